/** The dashboard's drawing, as browser JavaScript. Text goes in as text, never as markup: worker names and reasons are other people's input. */
export const view = `
const $ = (id) => document.getElementById(id);

function setText(id, text) { if ($(id).textContent !== text) $(id).textContent = text; }
function setPill(id, text, tone) { setText(id, text); $(id).className = (id === 'health' ? 'push ' : '') + 'pill ' + tone; }

function make(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

const PHASE_TONE = { starting: 'warn', ready: 'good', draining: 'warn', stopping: 'warn', stopped: 'idle' };

const WORKER_COLUMNS = [
  ['Slot', (worker) => String(worker.slot)],
  ['Id', (worker) => String(worker.id)],
  ['PID', (worker) => (worker.pid === null ? '\\u2013' : String(worker.pid))],
  ['State', (worker) => make('span', 'pill ' + (worker.ejected ? 'bad' : PHASE_TONE[worker.phase]), worker.ejected ? 'ejected' : worker.phase), 'text'],
  ['ELU', (worker) => gauge(worker.sample && worker.sample.elu)],
  ['CPU', (worker) => gauge(worker.sample && worker.sample.cpu)],
  ['Memory', (worker) => (worker.sample ? showBytes(worker.sample.rssBytes) : '\\u2013')],
  ['Connections', (worker) => (worker.sample ? showCount(worker.sample.connections) : '\\u2013')],
  ['Requests/s', (worker, figures) => showCount(figures.rates.has(worker.id) ? figures.rates.get(worker.id) : null)],
  ['Restarts', (worker) => String(worker.restarts)],
];

const RECEIPT_COLUMNS = [
  ['Worker', (receipt) => receipt.workerId + ' (slot ' + receipt.slot + ')', 'text'],
  ['Reason', (receipt) => receipt.reason, 'text'],
  ['When', (receipt) => new Date(receipt.startedAtMs).toLocaleTimeString(), 'text'],
  ['Took', (receipt) => (receipt.durationMs / 1000).toFixed(1) + ' s'],
  ['Open', (receipt) => showCount(receipt.openAtStart + receipt.acceptedSince)],
  ['Finished', (receipt) => showCount(receipt.finished)],
  ['Moved', (receipt) => showCount(receipt.moved)],
  ['Closed by client', (receipt) => showCount(receipt.closedByClient)],
  ['Cut', (receipt) => (receipt.cut > 0 ? make('span', 'pill bad', showCount(receipt.cut)) : '0')],
];

function gauge(share) {
  if (typeof share !== 'number') return '\\u2013';
  const fill = make('i');
  fill.style.setProperty('--share', String(Math.min(1, share)));
  const bar = make('span', share >= 0.8 ? 'gauge hot' : 'gauge', fill);
  bar.setAttribute('aria-hidden', 'true');
  return make('span', '', bar, showPercent(share, 0));
}

function drawHead(id, columns) {
  $(id).replaceChildren(...columns.map(([name, , kind]) => {
    const cell = make('th', kind || '', name);
    cell.scope = 'col';
    return cell;
  }));
}

function drawRows(id, columns, rows, figures) {
  $(id).replaceChildren(...rows.map((row) => make('tr', '', ...columns.map(([name, content, kind]) => {
    const cell = make('td', kind || '', content(row, figures));
    cell.dataset.label = name;
    return cell;
  }))));
}

function drawStatus(status, figures, history, nowMs) {
  document.title = status.ready + '/' + status.desired + ' ' + status.name + ' \\u00b7 Tidegate';
  setText('about', status.name + ' \\u00b7 ' + status.addresses.join(', ') + ' \\u00b7 up ' + showSpan(nowMs - status.startedAtMs));
  $('size').replaceChildren(String(status.ready), make('small', '', ' / ' + status.desired));
  setText('size-note', status.stopping ? 'stopping' : status.crashLoop.frozen ? 'crash loop: growth frozen' : '');
  setText('rate', showCount(figures.rate));
  setText('rate-note', showPercent(figures.errorRatio, 2) + ' errors \\u00b7 ' + showCount(figures.inFlight) + ' in flight');
  const [p50, p95, p99] = [figures.p50, figures.p95, figures.p99].map(showMs);
  $('latency').replaceChildren(p50 + ' \\u00b7 ' + p95 + ' \\u00b7 ' + p99, make('small', '', ' ms'));
  setText('latency-note', 'last ' + LATENCY_WINDOW_MS / 1000 + ' seconds');
  $('cpu').replaceChildren(figures.cpu.toFixed(2), make('small', '', figures.cpu === 1 ? ' core' : ' cores'));
  setText('cpu-note', 'all workers');
  setText('memory', showBytes(figures.rssBytes));
  setText('memory-note', showCount(figures.connections) + ' connections \\u00b7 ' + showCount(figures.websockets) + ' WebSockets');
  drawChart('rate-chart', history, 'rate', null, nowMs, false);
  drawChart('size-chart', history, 'ready', 'desired', nowMs, true);
  const since = showSpan(chartSpanMs(history, nowMs)) + ' ago';
  setText('rate-since', since);
  setText('size-since', since);
  setText('rate-span', 'peak ' + showCount(peak(history, ['rate'])));
  setText('size-span', 'ready, and desired dashed');
  setText('generation', 'generation ' + status.generation);
  const workers = [...status.workers].sort((a, b) => a.slot - b.slot || a.id - b.id);
  drawRows('worker-rows', WORKER_COLUMNS, workers, figures);
  $('no-workers').hidden = workers.length > 0;
  const receipts = [...status.receipts].sort((a, b) => b.startedAtMs - a.startedAtMs).slice(0, 10);
  drawRows('receipt-rows', RECEIPT_COLUMNS, receipts, figures);
  $('no-receipts').hidden = receipts.length > 0;
  if (document.activeElement !== $('instances') && !$('instances').dataset.edited) $('instances').value = String(status.desired);
}

function drawChart(id, history, field, second, nowMs, steps) {
  const top = Math.max(1, peak(history, second ? [field, second] : [field]));
  const spanMs = chartSpanMs(history, nowMs);
  const chart = $(id);
  chart.querySelector('.line').setAttribute('d', chartPath(history, field, top, nowMs, spanMs, steps));
  chart.querySelector('.area').setAttribute('d', areaPath(history, field, top, nowMs, spanMs, steps));
  if (second) chart.querySelector('.wanted').setAttribute('d', chartPath(history, second, top, nowMs, spanMs, steps));
}

/* The decisions, newest first; each with the sentence that log and command line give too. */
function drawDecisions(decisions) {
  $('decisions').replaceChildren(...decisions.slice(0, 20).map((decision) => {
    const time = make('time', '', new Date(decision.atMs).toLocaleTimeString());
    time.dateTime = new Date(decision.atMs).toISOString();
    return make('li', '', time, make('p', '', decision.sentence));
  }));
  $('no-decisions').hidden = decisions.length > 0;
}

function notify(text, failed) {
  const notice = make('div', failed ? 'notice failed' : 'notice', text);
  $('notices').append(notice);
  setTimeout(() => notice.remove(), failed ? 12000 : 5000);
}

/* Resolves to whether the reader said yes; Escape says no. */
function confirmed(text) {
  const dialog = $('confirm');
  setText('confirm-text', text);
  return new Promise((resolve) => {
    let answer = false;
    $('confirm-yes').onclick = () => { answer = true; dialog.close(); };
    $('confirm-no').onclick = () => dialog.close();
    dialog.addEventListener('close', () => resolve(answer), { once: true });
    dialog.showModal();
    $('confirm-yes').focus();
  });
}

drawHead('worker-head', WORKER_COLUMNS);
drawHead('receipt-head', RECEIPT_COLUMNS);
`;
