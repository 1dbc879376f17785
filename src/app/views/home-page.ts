/** The page at `/`: one document without any external asset. */
import { describeWorker, processMode, type WorkerIdentity } from '../services/worker-identity.ts';
import { ICON_URL, WAVE } from './brand.ts';
import { HOME_PAGE_SCRIPT } from './home-page-script.ts';
import { HOME_PAGE_STYLE } from './home-page-style.ts';

const INTRO = {
  'cluster-worker':
    'This app runs in several worker processes that share one port. It knows nothing of it: the same file runs alone too. Send some requests and see who answers.',
  'single-process':
    'This app runs as a single process, so every answer comes from the same one. Start it with <code>npm run start:cluster</code> and the workers below become several.',
} as const;

/** The HTML of the page as served by `worker`; `nonce` lets its style and script through the content security policy. */
export function homePage(worker: WorkerIdentity, nonce: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Tidegate reference app</title>
<link rel="icon" href="${ICON_URL}">
<style nonce="${nonce}">${HOME_PAGE_STYLE}</style>
</head>
<body>
<header>
  <h1>${WAVE}Tidegate reference app</h1>
  <p class="badge">page served by <strong>${describeWorker(worker)}</strong></p>
</header>
<main>
  <p class="intro">${INTRO[processMode(worker)]}</p>
  <p class="more"><a href="/app">Try the app with accounts, chat and jobs →</a></p>

  <section aria-labelledby="requests">
    <h2 id="requests">Requests</h2>
    <div class="buttons">
      <button type="button" data-get="/api/fast" title="A small JSON answer">Fast</button>
      <button type="button" data-get="/api/cpu?ms=200" title="200 ms of processor time">CPU 200 ms</button>
      <button type="button" data-get="/api/io?ms=200" title="Waits 200 ms, as for a database">I/O 200 ms</button>
      <button type="button" data-stream="/api/stream?seconds=5" title="Server-sent events, one a second">Stream 5 s</button>
      <button type="button" data-download="/api/download?mb=16" title="16 MiB, as fast as they are read">Download 16 MiB</button>
      <button type="button" data-get="/health">Health</button>
      <button type="button" data-get="/health/performance">Performance</button>
      <button type="button" data-burst="/api/fast" class="strong" title="60 requests, six at a time">Burst of 60</button>
      <button type="button" data-burst="/api/cpu?ms=50" class="strong" title="60 requests of 50 ms processor time">CPU burst of 60</button>
    </div>
    <pre id="answer" aria-live="polite">Answers appear here.</pre>
  </section>

  <section aria-labelledby="workers">
    <h2 id="workers">Who answered</h2>
    <ol id="tally"><li class="empty">Nobody yet.</li></ol>
  </section>

  <section aria-labelledby="chat">
    <h2 id="chat">Chat over a WebSocket</h2>
    <p class="note">A room has the people connected to one worker: <span id="room">connecting …</span></p>
    <ul id="messages" aria-live="polite"></ul>
    <form id="say">
      <input id="text" maxlength="1000" autocomplete="off" placeholder="Say something" aria-label="Message">
      <button type="submit" class="strong">Send</button>
    </form>
  </section>
</main>
<footer>Under <code>tidegate start</code> the dashboard and the control API are on port 9001, unless MANAGEMENT_PORT says otherwise.</footer>
<script nonce="${nonce}">${HOME_PAGE_SCRIPT}</script>
</body>
</html>
`;
}
