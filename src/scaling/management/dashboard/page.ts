/** The dashboard: one page without any outside asset, and the policy under which a browser runs exactly its script and style. */
import { createHash } from 'node:crypto';
import { LATENCY_BOUNDS_MS } from '../../../ipc/latency-buckets.ts';
import { live } from './live.ts';
import { model } from './model.ts';
import { style } from './style.ts';
import { view } from './view.ts';

const script = `'use strict';(() => {
const LATENCY_BOUNDS_MS = ${JSON.stringify(LATENCY_BOUNDS_MS)};
${model}
${view}
${live}
})();`;

const icon = `data:image/svg+xml,${encodeURIComponent(
  "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' stroke='#0b7285' stroke-width='2.4' stroke-linecap='round'><path d='M2 9c3.3-3 6.7-3 10 0s6.7 3 10 0M2 16c3.3-3 6.7-3 10 0s6.7 3 10 0'/></svg>",
)}`;

const header = `
<a class="skip" href="#workers">To the workers</a>
<header><div class="bar">
  <h1 class="brand"><svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="round" aria-hidden="true"><path d="M2 9c3.3-3 6.7-3 10 0s6.7 3 10 0M2 16c3.3-3 6.7-3 10 0s6.7 3 10 0"/></svg>Tidegate</h1>
  <span class="about" id="about"></span>
  <span class="push pill idle" id="health">health unknown</span>
  <span class="pill idle" id="link" role="status">connecting</span>
</div></header>`;

function tile(title: string, id: string): string {
  return `<div class="tile"><dt>${title}</dt><dd class="big" id="${id}">–</dd><dd class="note" id="${id}-note"></dd></div>`;
}

const tiles = `
<section class="flush" aria-label="Now"><dl class="tiles">
  ${tile('Workers ready / desired', 'size')}${tile('Requests per second', 'rate')}${tile('Latency p50 · p95 · p99', 'latency')}
  ${tile('CPU', 'cpu')}${tile('Memory of the workers', 'memory')}
</dl></section>`;

const charts = `
<section class="half"><div class="head"><h2>Requests per second</h2><span class="note" id="rate-span"></span></div>
  <svg class="chart" id="rate-chart" viewBox="0 0 300 60" preserveAspectRatio="none" role="img" aria-label="Requests per second"><line x1="0" y1="60" x2="300" y2="60"/><path class="area"/><path class="line"/></svg>
  <div class="axis" aria-hidden="true"><span id="rate-since"></span><span>now</span></div></section>
<section class="half"><div class="head"><h2>Workers</h2><span class="note" id="size-span"></span></div>
  <svg class="chart" id="size-chart" viewBox="0 0 300 60" preserveAspectRatio="none" role="img" aria-label="Workers"><line x1="0" y1="60" x2="300" y2="60"/><path class="area"/><path class="wanted"/><path class="line"/></svg>
  <div class="axis" aria-hidden="true"><span id="size-since"></span><span>now</span></div></section>`;

const controls = `
<section class="narrow" aria-labelledby="h-controls"><h2 id="h-controls">Scale</h2>
  <form id="scale" class="row">
    <button type="button" class="step" id="fewer" aria-label="One worker less">&minus;1</button>
    <button type="button" class="step" id="more" aria-label="One worker more">+1</button>
    <label>Workers<input type="number" id="instances" min="1" max="1000" step="1" required inputmode="numeric"></label>
    <label class="grow">For<select id="hold"><option value="">the default time</option><option value="15m">15 minutes</option><option value="1h">1 hour</option><option value="8h">8 hours</option><option value="forever">until resume</option></select></label>
    <label class="grow">Reason<input type="text" id="reason" maxlength="500" autocomplete="off" placeholder="optional"></label>
    <button type="submit" class="main">Set</button>
  </form>
  <div class="row">
    <button type="button" id="reload">Reload</button>
    <button type="button" id="pause">Pause</button>
    <button type="button" id="resume">Resume</button>
  </div>
  <p class="note" id="pin" role="status"></p>
</section>`;

const lists = `
<section class="wide" aria-labelledby="h-decisions"><h2 id="h-decisions">Last decisions</h2>
  <ol class="story" id="decisions"></ol><p class="empty" id="no-decisions">No decision yet.</p></section>
<section id="workers" tabindex="-1" aria-labelledby="h-workers"><div class="head"><h2 id="h-workers">Worker processes</h2><span class="note" id="generation"></span></div>
  <div class="scroll"><table><thead><tr id="worker-head"></tr></thead><tbody id="worker-rows"></tbody></table></div><p class="empty" id="no-workers">No worker yet.</p></section>
<section aria-labelledby="h-receipts"><h2 id="h-receipts">Last drain receipts</h2>
  <div class="scroll"><table><thead><tr id="receipt-head"></tr></thead><tbody id="receipt-rows"></tbody></table></div><p class="empty" id="no-receipts">No worker has left yet.</p></section>`;

const dialogs = `
<dialog id="confirm" aria-labelledby="confirm-text"><p id="confirm-text"></p><div class="row"><button type="button" id="confirm-no">Cancel</button><button type="button" class="main" id="confirm-yes">Yes</button></div></dialog>
<dialog id="ask-token" aria-labelledby="token-text"><form id="token-form"><p id="token-text">This control API asks for a token (MANAGEMENT_TOKENS). It is kept in this tab only.</p>
  <label>Token<input type="password" id="token" required autocomplete="off"></label><div class="row"><button type="submit" class="main">Use it</button></div></form></dialog>
<div id="notices" aria-live="polite"></div>`;

export const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tidegate</title>
<link rel="icon" href="${icon}">
<style>${style}</style>
</head>
<body>${header}
<main>${tiles}${charts}${controls}${lists}</main>
<footer><span id="version"></span><a href="/metrics">Metrics</a><a href="/health">Health</a><a href="/openapi.json">API description</a></footer>
${dialogs}
<noscript>This page needs JavaScript. The same figures: GET /cluster/status.</noscript>
<script>${script}</script>
</body>
</html>
`;

function hash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

/** Nothing but the script and the style above, and nothing but this server to talk to. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  `script-src ${hash(script)}`,
  `style-src ${hash(style)}`,
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
