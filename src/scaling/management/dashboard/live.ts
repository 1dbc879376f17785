/**
 * The dashboard's connection and its buttons, as browser JavaScript. GET /events is read by fetch, because EventSource cannot send a token;
 * when the stream is missing or silent, GET /cluster/status is polled. A hidden page reads nothing.
 */
export const live = `
const POLL_MS = 2000;
const STREAM_RETRY_MS = 5000;
const STREAM_SILENCE_MS = 40000;
const TOKEN_KEY = 'tidegate-token';

const model = newModel();
let latest = null;
let latestAtMs = 0;
let scalingAtMs = 0;
let stream = null;
let streamHeardAtMs = 0;
let streamTriedAtMs = 0;
let busy = false;

class Refused extends Error {}

async function call(method, path, body, signal) {
  const headers = {};
  const token = sessionStorage.getItem(TOKEN_KEY);
  if (token) headers.Authorization = 'Bearer ' + token;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  const options = { method, headers, cache: 'no-store', signal };
  if (body !== undefined) options.body = JSON.stringify(body);
  const response = await fetch(path, options);
  if (response.status === 401) askToken();
  const problem = (response.headers.get('content-type') || '').startsWith('application/problem+json');
  if (problem) throw new Refused((await response.json()).detail);
  return response;
}

async function getJson(path) { return (await call('GET', path)).json(); }

function askToken() {
  sessionStorage.removeItem(TOKEN_KEY);
  if (!$('ask-token').open) { $('token').value = ''; $('ask-token').showModal(); }
}

function take(status) {
  latest = status;
  latestAtMs = Date.now();
  drawStatus(status, observe(model, status, latestAtMs), model.history, latestAtMs);
}

async function refresh() { take(await getJson('/cluster/status')); }

async function refreshScaling() {
  scalingAtMs = Date.now();
  const [scaling, health] = await Promise.all([getJson('/scaling/status'), getJson('/health')]);
  const pin = scaling.pin;
  const hold = pin ? (pin.untilMs ? 'until ' + new Date(pin.untilMs).toLocaleTimeString() : 'until resume') : '';
  setText('pin', scaling.paused ? 'Automatic scaling is paused.' : pin ? 'Held at ' + pin.instances + ' by hand, ' + hold + '.' : '');
  $('resume').disabled = !pin && !scaling.paused;
  $('pause').disabled = Boolean(scaling.paused);
  drawDecisions(newsOf(scaling.decisions || []));
  const tones = { ok: 'good', healthy: 'good', warning: 'warn', degraded: 'warn', critical: 'bad', unhealthy: 'bad' };
  setPill('health', String(health.status), tones[health.status] || 'idle');
  if (health.version) setText('version', 'Tidegate ' + health.version);
}

function onEvent(event, data) {
  if (event === 'sample' && data.cluster) take(data.cluster);
  if (event === 'worker') latestAtMs = 0;
  if (event === 'worker' || (event === 'decision' && data.action !== 'hold')) scalingAtMs = 0;
  if (event === 'alert') notify(data.message || 'Alert', true);
}

async function listen() {
  streamTriedAtMs = Date.now();
  const control = new AbortController();
  stream = control;
  try {
    const response = await call('GET', '/events', undefined, control.signal);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      streamHeardAtMs = Date.now();
      setPill('link', 'live', 'good');
      text += value;
      for (let found = nextEvent(text); found; found = nextEvent(text)) {
        text = found[2];
        if (found[0]) onEvent(found[0], JSON.parse(found[1] || '{}'));
      }
    }
  } catch { /* The next beat polls, and opens the stream again. */ }
  if (stream === control) stream = null;
}

/* Once a second: opens the stream when it is missing, and fetches what it did not bring. */
async function beat() {
  if (document.hidden) { stream?.abort(); return; }
  if ($('ask-token').open || busy) return;
  busy = true;
  const nowMs = Date.now();
  try {
    if (stream && nowMs - Math.max(streamHeardAtMs, streamTriedAtMs) > STREAM_SILENCE_MS) stream.abort();
    if (!stream && nowMs - streamTriedAtMs > STREAM_RETRY_MS) listen();
    if (nowMs - latestAtMs >= POLL_MS) {
      await refresh();
      if (!stream) setPill('link', 'polling', 'warn');
    }
    if (nowMs - scalingAtMs >= (scalingAtMs === 0 ? POLL_MS / 2 : 5 * POLL_MS)) await refreshScaling();
  } catch (error) {
    if (!(error instanceof Refused)) setPill('link', 'not reachable', 'bad');
  } finally {
    busy = false;
  }
}

async function command(question, path, body, said) {
  if (!(await confirmed(question))) return;
  try {
    const response = await call('POST', path, body);
    await said(response);
    latestAtMs = 0;
    scalingAtMs = 0;
  } catch (error) {
    notify(error instanceof Refused ? error.message : 'The control API is not reachable.', true);
  }
}

function scaleTo(instances) {
  const hold = $('hold');
  const body = { instances, reason: $('reason').value.trim() || 'dashboard' };
  if (hold.value) body.for = hold.value;
  const span = hold.value === 'forever' ? 'until resume' : 'for ' + hold.selectedOptions[0].textContent;
  const question = 'Scale from ' + latest.desired + ' to ' + instances + ' workers, and hold that ' + span + '?';
  return command(question, '/scaling/manual', body, () => {
    delete $('instances').dataset.edited;
    notify('Scaling to ' + instances + ' workers.');
  });
}

async function followReload(response) {
  const lines = (await response.text()).trim().split('\\n');
  const last = JSON.parse(lines[lines.length - 1]);
  notify('Reload ' + last.outcome + ': ' + last.detail, last.outcome !== 'done');
}

$('instances').oninput = () => { $('instances').dataset.edited = 'yes'; };
$('fewer').onclick = () => latest && scaleTo(Math.max(1, latest.desired - 1));
$('more').onclick = () => latest && scaleTo(latest.desired + 1);
$('scale').onsubmit = (event) => { event.preventDefault(); if (latest) scaleTo(Number($('instances').value)); };
$('reload').onclick = () => command('Replace all workers one after the other?', '/cluster/reload', undefined, followReload);
$('pause').onclick = () => command('Pause automatic scaling?', '/scaling/pause', { reason: 'dashboard' }, () => notify('Scaling is paused.'));
$('resume').onclick = () => command('Let the scaler decide again?', '/scaling/resume', undefined, () => notify('The scaler decides again.'));
$('token-form').onsubmit = (event) => {
  event.preventDefault();
  sessionStorage.setItem(TOKEN_KEY, $('token').value.trim());
  $('ask-token').close();
  streamTriedAtMs = 0;
};
document.addEventListener('visibilitychange', () => beat());
(function next() { beat().finally(() => setTimeout(next, 1000)); })();
`;
