/** Source of the chat: who the partner is, what was said, and the connection it goes over. */
export const APP_PAGE_CHAT = `
/** {kind: 'idle' | 'waiting' | 'ended'} or {kind: 'talking', partner, initiator}. */
let chat = { kind: 'idle' };
let transcript = null;
const lines = new Map();

const realtime = new Realtime({
  open: () => new WebSocket(location.origin.replace('http', 'ws') + '/realtime'),
  onMessage: (message) => handlers[message.type]?.(message),
  onState: showLink,
});

function showLink(state) {
  const place = byId('link');
  place.dataset.state = state.kind;
  if (state.kind === 'connecting') place.textContent = state.attempt > 1 ? 'connecting again …' : 'connecting …';
  if (state.kind === 'lost') {
    place.textContent = 'connection lost, connecting again in ' + Math.max(1, Math.round(state.retryInMs / 1000)) + ' s';
    if (!state.refused) note('Connection lost. Connecting again …', 'lost');
    else askWhoIAm().then((known) => { if (known === null && me !== null) leave('You are no longer logged in.'); });
  }
}

let servedBy = null;
const handlers = {
  ready({ worker, conversation }) {
    const again = servedBy !== null;
    servedBy = nameOf(worker);
    tell('link', 'connected to ' + servedBy);
    Object.assign(byId('link').dataset, { state: 'open', pid: worker.pid });
    if (again) note('Connected again, now to ' + servedBy + '.', 'again');
    seeWhoIsHere();
    if (conversation !== null) begin(conversation, true);
    else if (chat.kind === 'waiting') realtime.send({ type: 'find' });
    else if (chat.kind === 'talking') finish('The conversation ended while the connection was lost.');
  },
  waiting() { change({ kind: 'waiting' }); },
  paired(conversation) { begin(conversation, false); },
  said(message) {
    if (transcript === null) return;
    // Said again means that the partner does not know yet that it came: each one is confirmed, the seen ones too.
    realtime.send({ type: 'received', id: message.id });
    const entry = transcript.receive(message);
    if (entry !== null) show(entry);
    save();
  },
  delivered({ id }) {
    if (transcript?.deliver(id)) mark(id, 'delivered');
    save();
  },
  signal({ kind, data }) { direct.receive(kind, data); },
  ended({ reason }) {
    const name = chat.partner?.name ?? 'Your partner';
    finish(reason === 'gone' ? name + ' has been gone for too long. The conversation is over.' : name + ' left the conversation.');
  },
  error({ message, code, id }) {
    note((id === undefined ? '' : 'A message was not taken: ') + message + ' (' + code + ')', 'error');
    if (chat.kind === 'waiting' && id === undefined) change({ kind: 'idle' });
  },
};

/** A conversation: a new one, or after a reconnect the one that was there. */
function begin({ room, partner, initiator }, resumed) {
  if (transcript?.room !== room) {
    clearLines();
    const saved = load(room);
    transcript = new Transcript({ room, tag: crypto.randomUUID().slice(0, 8), saved });
    for (const entry of transcript.entries) show(entry);
    if (saved === undefined) note('You are talking with ' + partner.name + '.', 'paired');
    direct.expect(!initiator);
    if (resumed || initiator) direct.offer();
  } else if (!direct.isOpen) direct.offer();
  change({ kind: 'talking', partner, initiator });
  deliver(true);
  save();
}

function finish(text) {
  note(text, 'ended');
  direct.close();
  endCall();
  change({ kind: 'ended' });
  try { sessionStorage.removeItem('tidegate.chat'); } catch { /* storage is off */ }
}

function forgetConversation() {
  transcript = null;
  servedBy = null;
  clearLines();
  direct.close();
  endCall();
  change({ kind: 'idle' });
  try { sessionStorage.removeItem('tidegate.chat'); } catch { /* storage is off */ }
}

function change(next) {
  const before = chat.kind;
  chat = next;
  const talking = next.kind === 'talking';
  byId('chat').dataset.state = next.kind;
  byId('chat-state').textContent = {
    idle: 'You talk with nobody yet.',
    waiting: 'Waiting for somebody to talk to …',
    talking: talking ? 'Talking with ' + next.partner.name : '',
    ended: 'The conversation is over.',
  }[next.kind];
  byId('find').hidden = next.kind === 'waiting' || talking;
  byId('find').textContent = next.kind === 'ended' ? 'Find another partner' : 'Find a partner';
  byId('leave').hidden = !byId('find').hidden;
  byId('leave').textContent = talking ? 'Leave' : 'Stop waiting';
  byId('text').disabled = byId('send').disabled = !talking;
  byId('text').placeholder = talking ? 'Say something to ' + next.partner.name : 'Find a partner first';
  byId('call').hidden = !talking;
  if (before === next.kind) return;
  // Where the button was that is hidden now, the keyboard goes on with what comes next.
  const lost = document.activeElement === document.body || document.activeElement?.hidden;
  if (lost && me !== null) byId(talking ? 'text' : byId('find').hidden ? 'leave' : 'find').focus();
  seeWhoIsHere();
}

/** Sends what is due; what cannot be sent now is, once the connection is back. */
function deliver(all) {
  if (transcript === null || chat.kind !== 'talking') return;
  for (const { id, text } of transcript.due(performance.now(), all)) {
    if (realtime.send({ type: 'say', id, text })) mark(id, 'sent');
  }
}

/** Again and again: the partner's page may have been away when it was sent. */
function keepDelivering() {
  deliver(false);
  setTimeout(keepDelivering, 500);
}

function save() {
  if (transcript === null || me === null) return;
  try { sessionStorage.setItem('tidegate.chat', JSON.stringify({ user: me.id, transcript })); } catch { /* storage is off, or full */ }
}

function load(room) {
  try {
    const saved = JSON.parse(sessionStorage.getItem('tidegate.chat'));
    return saved?.user === me.id && saved.transcript.room === room ? saved.transcript : undefined;
  } catch {
    return undefined;
  }
}

onClick('find', 'chat-state', async () => {
  if (!realtime.send({ type: 'find' })) return note('There is no connection yet.', 'error');
  if (chat.kind === 'ended') { transcript = null; clearLines(); }
});

onClick('leave', 'chat-state', async () => {
  if (!realtime.send({ type: 'leave' })) return note('There is no connection at the moment.', 'error');
  if (chat.kind === 'talking') finish('You left the conversation.');
  else change({ kind: 'idle' });
});

byId('say').addEventListener('submit', (event) => {
  event.preventDefault();
  const text = byId('text').value.trim();
  if (text === '' || chat.kind !== 'talking') return;
  byId('text').value = '';
  show(transcript.say(text, Date.now()));
  deliver(false);
  save();
});
addEventListener('online', () => realtime.retryNow());
`;
