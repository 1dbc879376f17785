/** Source of the conversation as it is seen: a line for each message, with its tick, and notes between them. */
export const APP_PAGE_LINES = `
const TICKS = { kept: ['…', 'not sent yet'], sent: ['✓', 'sent'], delivered: ['✓✓', 'delivered'] };

/** The line of a message, at the place that it has among the others. */
function show(entry) {
  const line = make('li', { className: entry.mine ? 'mine' : 'theirs', data: { id: entry.id } },
    make('span', { className: 'text' }, entry.text),
    make('span', { className: 'meta' }, timeOf(entry.atMs), entry.mine ? make('span', { className: 'tick' }) : null));
  lines.set(entry.id, line);
  const next = transcript.entries.slice(transcript.entries.indexOf(entry) + 1).find(({ id }) => lines.has(id));
  put(line, next === undefined ? null : lines.get(next.id));
  if (entry.mine) mark(entry.id, entry.delivered ? 'delivered' : 'kept');
}

function mark(id, state) {
  const line = lines.get(id);
  const tick = line?.querySelector('.tick');
  if (!tick || line.dataset.state === 'delivered') return;
  const [sign, words] = TICKS[state];
  line.dataset.state = state;
  tick.title = words;
  tick.replaceChildren(make('span', { ariaHidden: 'true' }, sign), make('span', { className: 'unseen' }, words));
}

/** A line that nobody said. */
function note(text, kind) {
  // What goes wrong again and again is told once.
  const last = byId('messages').lastElementChild;
  if (last?.className === 'note' && last.textContent === text) return;
  put(make('li', { className: 'note', data: { kind } }, text), null);
}

function put(line, before) {
  const list = byId('messages');
  // Who has scrolled up to read is left there.
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 60;
  list.insertBefore(line, before);
  if (list.children.length > 400) list.firstElementChild.remove();
  if (atEnd || line.className === 'mine') list.scrollTop = list.scrollHeight;
}

function clearLines() {
  lines.clear();
  byId('messages').replaceChildren();
}
`;
