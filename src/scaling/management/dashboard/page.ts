/** The dashboard's page: its skeleton, which the scripts fill, and the policy under which a browser runs it. */
import { browserFiles } from './assets.ts';
import { wave } from './brand.ts';
import { dialogs } from './page-dialogs.ts';
import { overview, standing } from './page-sections.ts';

/** Nothing but files of this server, and nothing but this server to talk to; no script within the page, and no markup made of text. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

const header = `
<a class="skip" href="#workers">Skip to the workers</a>
<header><div class="bar">
  <h1 class="brand">${wave}Tidegate</h1>
  <p class="about" id="about"></p>
  <div class="pills">
    <span class="pill idle" id="health">health unknown</span>
    <span class="pill idle" id="link" role="status">connecting</span>
    <span class="note" id="who"></span>
    <button type="button" class="small" id="log-out" hidden>Log out</button>
    <button type="button" class="icon" id="theme" aria-label="Switch colours"><svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="8"/><path d="M12 4a8 8 0 0 1 0 16z"/></svg></button>
  </div>
</div></header>`;

const footer = `
<footer>
  <a href="metrics">Metrics</a><a href="health">Health</a><a href="openapi.json">API description</a>
  <span>Times are of this browser’s zone.</span>
</footer>`;

/** All scripts are named, so that a browser fetches them side by side instead of one import after the other. */
export function renderPage(): string {
  const preloads = browserFiles().map((file) => `<link rel="modulepreload" href="dashboard/${file}">`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Tidegate</title>
<link rel="icon" href="dashboard/icon.svg">
<link rel="stylesheet" href="dashboard/style.css">
${preloads.join('\n')}
<script type="module" src="dashboard/main.js"></script>
</head>
<body>${header}
<main id="main">${overview}${standing}</main>
${footer}
${dialogs}
<noscript><p class="empty">This page needs JavaScript. The same figures: GET /cluster/status, or tidegate top.</p></noscript>
</body>
</html>
`;
}
