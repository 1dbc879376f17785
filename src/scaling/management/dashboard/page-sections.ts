/** The sections of the page. */
import { HOLDS, SILENCE_TIMES } from './browser/confirmation.ts';

const holds = HOLDS.map(optionOf).join('');
const silenceTimes = SILENCE_TIMES.map(optionOf).join('');

function optionOf([value, text]: readonly [value: string, text: string]): string {
  return `<option value="${value}">${text}</option>`;
}

function tile(title: string, id: string, more = ''): string {
  return `<div class="tile"><dt>${title}</dt><dd class="big"><span id="${id}">–</span>${more}</dd><dd class="note" id="${id}-note"></dd></div>`;
}

/** With a heading that names it. */
function section(id: string, classes: string, title: string, aside: string, body: string): string {
  return `
<section class="${classes}" id="${id}" aria-labelledby="h-${id}">
  <div class="head"><h2 id="h-${id}">${title}</h2>${aside}</div>${body}
</section>`;
}

const tiles = `
<section class="flush" aria-label="Now"><dl class="tiles">
  ${tile('Workers ready / desired', 'size', '<small id="size-of"></small><button type="button" class="why" id="why">Why?</button>')}
  ${tile('Requests per second', 'rate')}${tile('Latency, p95', 'latency')}${tile('Errors', 'errors')}
  ${tile('CPU', 'cpu')}${tile('Memory of the workers', 'memory')}
</dl></section>`;

const timeline = section(
  'timeline',
  'wide',
  'Time line',
  `<span class="note" id="cursor-time"></span>
  <label class="inline">Show <select id="range"><option value="1">1 minute</option><option value="5" selected>5 minutes</option><option value="15">15 minutes</option><option value="60">1 hour</option><option value="360">6 hours</option><option value="1440">24 hours</option></select></label>`,
  `
  <div id="chart-traffic"></div><div id="chart-latency"></div><div id="chart-workers"></div>
  <div class="lane" id="marks" role="group" aria-label="Decisions on the time line; arrow keys go from one to the next"></div>
  <div class="axis" id="time-axis" aria-hidden="true"></div>
  <p class="note key"><b class="up">▲</b> more workers <b class="down">▼</b> fewer <b class="hold">•</b> held for a new reason; each opens its explanation</p>`,
);

const scale = section(
  'control',
  '',
  'Scale and operate',
  '',
  `
  <form id="scale" class="row">
    <label>Workers<span class="stepper"><button type="button" id="fewer" aria-label="One worker less">−</button><input type="number" id="instances" min="1" max="1000" step="1" required inputmode="numeric"><button type="button" id="more" aria-label="One worker more">+</button></span></label>
    <label class="grow">For<select id="hold">${holds}</select></label>
    <label class="all">Reason<input type="text" id="reason" maxlength="500" autocomplete="off" placeholder="stands in the audit log"></label>
    <button type="submit" class="main" id="scale-set">Set</button>
    <button type="button" id="pause">Pause scaling</button><button type="button" id="resume" hidden>Resume scaling</button>
  </form>
  <p class="by-hand" id="by-hand" role="status"></p>
  <div class="row rule-above">
    <button type="button" id="reload">Reload</button><button type="button" id="restart">Restart all</button><button type="button" class="grave" id="stop">Stop</button>
  </div>
  <div id="reload-progress" hidden><progress id="reload-bar" aria-labelledby="reload-text"></progress><p class="note" id="reload-text" role="status"></p></div>
  <p class="note" id="may-not"></p>`,
);

const decisions = section(
  'decision-story',
  'tall',
  'Decisions',
  '',
  '<ol class="list story" id="decisions" tabindex="0" aria-label="Decisions, the newest first"></ol><p class="empty" id="no-decisions">No decision yet.</p>',
);

const workers = `
<section id="workers" tabindex="-1" aria-labelledby="h-workers">
  <div class="head"><h2 id="h-workers">Workers</h2><span class="note" id="worker-count"></span>
  <label class="inline">Sort by <select id="sort"><option value="slot">slot</option><option value="state">state</option><option value="elu">event loop</option><option value="cpu">CPU</option><option value="rssBytes">memory</option><option value="connections">connections</option><option value="rate">requests/s</option></select></label></div>
  <div class="scroll"><table><caption class="hidden">Workers; the number of each opens its details</caption>
  <thead><tr><th scope="col">Worker</th><th scope="col">State</th><th scope="col">Event loop</th><th scope="col">CPU</th><th scope="col">Memory</th><th scope="col">Connections</th><th scope="col">Requests/s</th><th scope="col">Restarts</th><th scope="col"><span class="hidden">Actions</span></th></tr></thead>
  <tbody id="worker-rows"></tbody></table></div><p class="empty" id="no-workers">No worker yet.</p>
</section>`;

export const overview = `${tiles}${timeline}<div class="side">${scale}${decisions}</div>${workers}`;

const health = section(
  'health-panel',
  'third',
  'Health',
  '',
  `<ul class="list" id="health-list" tabindex="0" aria-labelledby="h-health-panel"></ul><p class="empty" id="no-health">No probe has reported yet.</p>
  <div id="recoveries" hidden><h3>Recoveries</h3><ul class="list" id="recovery-list" tabindex="0" aria-labelledby="h-health-panel"></ul></div>`,
);

const alerts = section(
  'alerts',
  'third',
  'Alerts',
  '<span class="note" id="alert-count"></span>',
  `<ul class="list" id="alert-list" tabindex="0" aria-labelledby="h-alerts"></ul><p class="empty" id="no-alerts">Nothing fires, and nothing has lately.</p>
  <div id="silences" hidden><h3>Silences</h3><ul class="list" id="silence-list" tabindex="0" aria-label="Silences"></ul></div>
  <details id="silence-new"><summary>Silence alerts</summary><form id="silence-form" class="row">
    <label class="all">Alerts<input type="text" id="silence-key" required maxlength="200" pattern="[\\w.\\/*: \\-]+" autocomplete="off" placeholder="health/memory, or health/*"></label>
    <label class="grow">For<select id="silence-for">${silenceTimes}</select></label>
    <label class="all">Reason<input type="text" id="silence-reason" maxlength="500" autocomplete="off"></label>
    <button type="submit" class="main" id="silence-set">Silence</button>
  </form></details>`,
);

const balancer = section(
  'balancer',
  'third',
  'Balancer',
  '<span class="note" id="breaker-count"></span>',
  '<dl class="pairs" id="balancer-facts"></dl><h3>Circuit breakers</h3><ul class="list" id="breaker-list" tabindex="0" aria-labelledby="h-balancer"></ul>',
);

const receipts = section(
  'receipts',
  'third',
  'Drain receipts',
  '',
  '<ul class="list" id="receipt-list" tabindex="0" aria-labelledby="h-receipts"></ul><p class="empty" id="no-receipts">No worker has left yet.</p>',
);

const state = section(
  'state',
  'third',
  'Shared state',
  '',
  '<dl class="pairs" id="state-facts"></dl><p class="note" id="state-note"></p>',
);

const fleet = section(
  'fleet',
  'third',
  'Fleet',
  '',
  '<dl class="pairs" id="fleet-facts"></dl><p class="note" id="fleet-note"></p><ul class="list" id="fleet-list" tabindex="0" aria-labelledby="h-fleet" hidden></ul>',
);

const logs = `
<section aria-labelledby="h-logs"><details id="logs"><summary><h2 id="h-logs">Log</h2></summary>
  <div class="row"><label>Source<select id="log-source"></select></label><label class="grow">Containing<input type="search" id="log-text" autocomplete="off"></label>
  <label class="check"><input type="checkbox" id="log-errors"> errors only</label><label class="check"><input type="checkbox" id="log-follow" checked> follow</label></div>
  <ol class="log" id="log-lines" tabindex="0" aria-label="Lines of the log"></ol><p class="note" id="log-note"></p></details></section>`;

export const standing = `${health}${alerts}${balancer}${receipts}${state}${fleet}${logs}`;
