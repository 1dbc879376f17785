/**
 * The dashboard's arithmetic, as browser JavaScript: rates and percentiles from the counters in ClusterStatus, and the texts for figures.
 * Pure functions and one small state, so that the tests can run them outside of a browser.
 */
export const model = `
const HISTORY_MS = 300000;
const LATENCY_WINDOW_MS = 10000;

function newModel() {
  return { workers: new Map(), history: [], latencies: [], rates: new Map() };
}

/* Takes one ClusterStatus in; returns the figures that the page shows. A rate is null until there are two samples to compare. */
function observe(model, status, nowMs) {
  const seen = new Map();
  const rates = new Map();
  let delta = { completed: 0, errors: 0, counts: null };
  for (const worker of status.workers) {
    if (!worker.sample) continue;
    const before = model.workers.get(worker.id);
    seen.set(worker.id, { atMs: worker.sampleAtMs, totals: worker.sample.totals });
    if (!before) continue;
    const elapsedMs = worker.sampleAtMs - before.atMs;
    if (elapsedMs <= 0) {
      seen.set(worker.id, before);
      if (model.rates.has(worker.id)) rates.set(worker.id, model.rates.get(worker.id));
      continue;
    }
    const completed = worker.sample.totals.requestsCompleted - before.totals.requestsCompleted;
    rates.set(worker.id, (completed * 1000) / elapsedMs);
    delta = addTotals(delta, before.totals, worker.sample.totals);
  }
  model.workers = seen;
  model.rates = rates;
  if (delta.counts) model.latencies.push({ atMs: nowMs, ...delta });
  model.latencies = model.latencies.filter((entry) => entry.atMs > nowMs - LATENCY_WINDOW_MS);
  const merged = mergeLatencies(model.latencies);
  const rate = rates.size === 0 ? null : sum([...rates.values()]);
  model.history.push({ atMs: nowMs, rate, ready: status.ready, desired: status.desired });
  model.history = model.history.filter((entry) => entry.atMs >= nowMs - HISTORY_MS);
  const samples = status.workers.map((worker) => worker.sample).filter(Boolean);
  return {
    rate,
    rates,
    errorRatio: merged.completed > 0 ? merged.errors / merged.completed : null,
    p50: percentile(merged.counts, 0.5),
    p95: percentile(merged.counts, 0.95),
    p99: percentile(merged.counts, 0.99),
    cpu: sum(samples.map((sample) => sample.cpu)),
    rssBytes: sum(samples.map((sample) => sample.rssBytes)),
    connections: sum(samples.map((sample) => sample.connections)),
    websockets: sum(samples.map((sample) => sample.websockets)),
    inFlight: sum(samples.map((sample) => sample.inFlight)),
  };
}

function addTotals(delta, before, after) {
  const counts = after.latencyCounts.map((count, index) => count - (before.latencyCounts[index] || 0) + (delta.counts ? delta.counts[index] : 0));
  return {
    completed: delta.completed + after.requestsCompleted - before.requestsCompleted,
    errors: delta.errors + after.requestErrors - before.requestErrors,
    counts,
  };
}

function mergeLatencies(entries) {
  const merged = { completed: 0, errors: 0, counts: new Array(LATENCY_BOUNDS_MS.length + 1).fill(0) };
  for (const entry of entries) {
    merged.completed += entry.completed;
    merged.errors += entry.errors;
    entry.counts.forEach((count, index) => { merged.counts[index] += count; });
  }
  return merged;
}

/* In ms, linear within a bucket, as Prometheus does it; null without requests. What is above the last bound reads as that bound. */
function percentile(counts, share) {
  const total = sum(counts);
  if (total === 0) return null;
  let rest = total * share;
  for (let index = 0; index < LATENCY_BOUNDS_MS.length; index += 1) {
    if (counts[index] >= rest) {
      const low = index === 0 ? 0 : LATENCY_BOUNDS_MS[index - 1];
      return low + ((LATENCY_BOUNDS_MS[index] - low) * rest) / counts[index];
    }
    rest -= counts[index];
  }
  return LATENCY_BOUNDS_MS[LATENCY_BOUNDS_MS.length - 1];
}

/* How far back the charts reach: as far as the page has watched, from one minute to five. */
function chartSpanMs(history, nowMs) {
  return Math.max(60000, history.length === 0 ? 0 : nowMs - history[0].atMs);
}

/* An SVG path over the last spanMs in a box of 300 x 60; gaps where the value is null. Steps: the value holds until the next. */
function chartPath(history, field, top, nowMs, spanMs, steps) {
  let path = '';
  let open = false;
  let lastY = 0;
  for (const entry of history) {
    const value = entry[field];
    if (value === null) { open = false; continue; }
    const x = round(300 - ((nowMs - entry.atMs) * 300) / spanMs);
    const y = round(60 - (value * 56) / top);
    path += open ? (steps ? 'H' + x + 'V' + y : 'L' + x + ' ' + y) : 'M' + x + ' ' + y;
    open = true;
    lastY = y;
  }
  return steps && open ? path + 'H300' : path;
}

/* Closes a line to the ground, for the tint under it. */
function areaPath(history, field, top, nowMs, spanMs, steps) {
  const known = history.filter((entry) => entry[field] !== null);
  if (known.length === 0) return '';
  const first = round(300 - ((nowMs - known[0].atMs) * 300) / spanMs);
  const last = steps ? 300 : round(300 - ((nowMs - known[known.length - 1].atMs) * 300) / spanMs);
  return chartPath(known, field, top, nowMs, spanMs, steps) + 'L' + last + ' 60L' + first + ' 60Z';
}

function peak(history, fields) {
  return Math.max(0, ...history.flatMap((entry) => fields.map((field) => entry[field] || 0)));
}

function sum(values) { return values.reduce((total, value) => total + value, 0); }
function round(value) { return Math.round(value * 10) / 10; }

function showCount(value) {
  if (value === null) return '\\u2013';
  return value >= 100 || Number.isInteger(value) ? Math.round(value).toLocaleString('en') : value.toFixed(1);
}
function showPercent(ratio, digits) { return ratio === null ? '\\u2013' : (ratio * 100).toFixed(digits) + ' %'; }
function showMs(value) {
  if (value === null) return '\\u2013';
  if (value >= 10000) return (value / 1000).toFixed(0) + ' s';
  if (value >= 1000) return (value / 1000).toFixed(1) + ' s';
  return value >= 10 ? value.toFixed(0) : value.toFixed(1);
}
function showBytes(bytes) {
  if (bytes >= 1e9) return (bytes / 1e9).toFixed(2) + ' GB';
  return (bytes / 1e6).toFixed(0) + ' MB';
}
function showSpan(spanMs) {
  const seconds = Math.max(0, Math.floor(spanMs / 1000));
  if (seconds < 60) return seconds + ' s';
  if (seconds < 3600) return Math.floor(seconds / 60) + ' min';
  if (seconds < 86400) return Math.floor(seconds / 3600) + ' h ' + (Math.floor(seconds / 60) % 60) + ' min';
  return Math.floor(seconds / 86400) + ' d ' + (Math.floor(seconds / 3600) % 24) + ' h';
}

/* Of one decision a second, the newest first: those that changed something, and the first of each run that held for the same reason. */
function newsOf(decisions) {
  const inOrder = [...decisions].sort((a, b) => a.id - b.id);
  return inOrder.filter((decision, index) => decision.action !== 'hold' || index === 0 || inOrder[index - 1].reason !== decision.reason).reverse();
}

/* One server-sent event out of the text so far: [event, data, rest], or null while it is incomplete. Comments have no event. */
function nextEvent(text) {
  const end = text.indexOf('\\n\\n');
  if (end < 0) return null;
  let event = '';
  let data = '';
  for (const line of text.slice(0, end).split('\\n')) {
    if (line.startsWith('event: ')) event = line.slice(7);
    if (line.startsWith('data: ')) data += line.slice(6);
  }
  return [event, data, text.slice(end + 2)];
}
`;
