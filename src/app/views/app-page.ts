/** The page at `/app`: accounts, chat, jobs and what else the app has, in one document without any external asset. */
import { describeWorker, type WorkerIdentity } from '../services/worker-identity.ts';
import { APP_PAGE_SCRIPT } from './app-page-script.ts';
import { CHAT_SECTION, MORE_SECTIONS, SIDE_SECTIONS } from './app-page-sections.ts';
import { APP_PAGE_STYLE } from './app-page-style.ts';
import { ICON_URL, WAVE } from './brand.ts';

/** The HTML of the page as served by `worker`; `nonce` lets its style and script through the content security policy. */
export function appPage(worker: WorkerIdentity, nonce: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Tidegate reference app: accounts, chat and jobs</title>
<link rel="icon" href="${ICON_URL}">
<style nonce="${nonce}">${APP_PAGE_STYLE}</style>
</head>
<body data-screen="outside">
<header>
  <h1><a href="/" title="To the first page">${WAVE}Tidegate reference app</a></h1>
  <p id="account" class="account" hidden><span class="unseen">You are </span><b id="my-name"></b> <button type="button" id="logout" class="small">Log out</button></p>
</header>
<main>
<section id="outside" class="welcome" aria-labelledby="login-title" hidden>
  <h2 id="login-title">Log in</h2>
  <p class="note">Talk with a random partner, whichever worker serves you. The first time, a name and a password make an account.</p>
  <form id="login">
    <label>Name <input id="name" name="name" minlength="2" maxlength="32" autocomplete="username" required></label>
    <label>Password <input name="password" type="password" minlength="4" maxlength="200" autocomplete="current-password" required></label>
    <button type="submit" class="strong">Log in</button>
  </form>
  <p id="login-answer" class="note" role="status"></p>
</section>
<div id="inside" class="inside" hidden>
${CHAT_SECTION}
<div class="side">${SIDE_SECTIONS}</div>
${MORE_SECTIONS}
</div>
<noscript><section class="welcome"><h2>This page needs its script</h2><p class="note">Allow JavaScript to use it.</p></section></noscript>
</main>
<footer>Page served by ${describeWorker(worker)}. Sessions, limits, caches, jobs and leases are shared by all workers.</footer>
<script nonce="${nonce}">${APP_PAGE_SCRIPT}</script>
</body>
</html>
`;
}
