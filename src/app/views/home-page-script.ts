/** The page's script. Text from the network only ever becomes text nodes. */
export const HOME_PAGE_SCRIPT = `
'use strict';
const byId = (id) => document.getElementById(id);
const counts = new Map();

function nameOf(worker) {
  return worker.id === null ? 'single process ' + worker.pid : 'worker ' + (worker.slot ?? worker.id) + ' · pid ' + worker.pid;
}

function count(worker) {
  const name = nameOf(worker);
  counts.set(name, (counts.get(name) ?? 0) + 1);
  const most = Math.max(...counts.values());
  const rows = [...counts].sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true })).map(([label, answers]) => {
    const row = document.createElement('li');
    const bar = document.createElement('meter');
    bar.max = most;
    bar.value = answers;
    const figure = document.createElement('b');
    figure.textContent = String(answers);
    row.append(label, bar, figure);
    return row;
  });
  byId('tally').replaceChildren(...rows);
}

function show(text, bad = false) {
  const answer = byId('answer');
  answer.textContent = text;
  answer.classList.toggle('bad', bad);
  answer.scrollTop = answer.scrollHeight;
}

async function get(path) {
  const startedMs = performance.now();
  // no-store also keeps the browser from sending equal requests one after another, in the hope of a cacheable answer.
  const response = await fetch(path, { cache: 'no-store' });
  const body = await response.json();
  if (body.worker) count(body.worker);
  return { status: response.status, ms: performance.now() - startedMs, body };
}

async function getOnce(path) {
  const { status, ms, body } = await get(path);
  show('GET ' + path + '\\n' + status + ' in ' + ms.toFixed(1) + ' ms\\n' + JSON.stringify(body, null, 2), status >= 400);
}

async function burst(path) {
  const total = 60;
  const times = [];
  let left = total;
  let failed = 0;
  const lane = async () => {
    while (left-- > 0) {
      const answer = await get(path).catch(() => null);
      if (answer === null || answer.status >= 400) failed += 1;
      else times.push(answer.ms);
      show('GET ' + path + '\\n' + times.length + ' of ' + total + ' answered');
    }
  };
  await Promise.all(Array.from({ length: 6 }, lane));
  times.sort((a, b) => a - b);
  const at = (share) => (times.length === 0 ? '-' : times[Math.ceil(times.length * share) - 1].toFixed(1) + ' ms');
  show('GET ' + path + '\\n' + times.length + ' answered, ' + failed + ' failed\\nmedian ' + at(0.5) + ', p95 ' + at(0.95), failed > 0);
}

function stream(path) {
  return new Promise((resolve) => {
    const lines = ['GET ' + path];
    const source = new EventSource(path);
    const line = (text) => { lines.push(text); show(lines.join('\\n')); };
    const end = (text) => { source.close(); line(text); resolve(); };
    source.addEventListener('tick', (event) => {
      const tick = JSON.parse(event.data);
      if (tick.tick === 1) count(tick.worker);
      line('tick ' + tick.tick + ' of ' + tick.of + ' from ' + nameOf(tick.worker));
    });
    source.addEventListener('end', (event) => end('end: ' + JSON.parse(event.data).reason));
    source.onerror = () => end('the stream broke off');
  });
}

async function download(path) {
  const startedMs = performance.now();
  const response = await fetch(path);
  const reader = response.body.getReader();
  let bytes = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    bytes += part.value.length;
    show('GET ' + path + '\\n' + (bytes / 1048576).toFixed(1) + ' MiB read');
  }
  const seconds = (performance.now() - startedMs) / 1000;
  show('GET ' + path + '\\n' + (bytes / 1048576).toFixed(1) + ' MiB in ' + seconds.toFixed(2) + ' s');
}

const actions = { get: getOnce, burst, stream, download };
document.querySelector('.buttons').addEventListener('click', async (event) => {
  const button = event.target.closest('button');
  if (button === null) return;
  const [[action, path]] = Object.entries(button.dataset);
  button.disabled = true;
  try { await actions[action](path); }
  catch (error) { show('GET ' + path + '\\n' + error, true); }
  finally { button.disabled = false; }
});

let socket;
let retryMs = 500;
function connect() {
  socket = new WebSocket(location.origin.replace('http', 'ws') + '/ws');
  socket.onmessage = (event) => {
    const message = JSON.parse(event.data);
    retryMs = 500;
    if (message.type === 'welcome') {
      byId('room').textContent = 'you are ' + message.name + ' on ' + nameOf(message.worker) + ', ' + message.members + ' here';
    } else if (message.type === 'chat') say(message.from, message.text);
    else if (message.type === 'error') say('error', message.message);
  };
  socket.onclose = () => {
    byId('room').textContent = 'connecting again …';
    setTimeout(connect, retryMs * (0.5 + Math.random()));
    retryMs = Math.min(retryMs * 2, 10000);
  };
}

function say(from, text) {
  const entry = document.createElement('li');
  const name = document.createElement('b');
  name.textContent = from + ' ';
  entry.append(name, text);
  const messages = byId('messages');
  messages.append(entry);
  if (messages.children.length > 200) messages.firstChild.remove();
  messages.scrollTop = messages.scrollHeight;
}

byId('say').addEventListener('submit', (event) => {
  event.preventDefault();
  const text = byId('text').value;
  if (text === '' || socket.readyState !== WebSocket.OPEN) return;
  socket.send(JSON.stringify({ type: 'chat', text }));
  byId('text').value = '';
});
connect();
`;
