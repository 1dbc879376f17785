/** Source of logging in and out: who uses the page, and what is seen of it. */
export const APP_PAGE_ACCOUNT = `
const api = new ApiClient({ fetch: (path, options) => fetch(path, options), nowMs: () => performance.now() });
/** {id, name}, or null: nobody is logged in. */
let me = null;

/** Only a hint: without it the page need not ask, and be refused, before anybody logged in. */
const remembered = {
  get: () => { try { return localStorage.getItem('tidegate.app') !== null; } catch { return false; } },
  set: (on) => { try { if (on) localStorage.setItem('tidegate.app', '1'); else localStorage.removeItem('tidegate.app'); } catch { /* storage is off */ } },
};

/** A conversation may go on for hours behind another tab, where nothing else asks: an hour without a request ends the session. */
const KEEP_SESSION_MS = 20 * 60_000;
let keeper;

async function keepSession() {
  const known = await askWhoIAm();
  if (me === null) return;
  if (known === null) leave('You are no longer logged in.');
  else keeper = setTimeout(keepSession, KEEP_SESSION_MS);
}

function showScreen() {
  const inside = me !== null;
  document.body.dataset.screen = inside ? 'inside' : 'outside';
  byId('outside').hidden = inside;
  byId('inside').hidden = !inside;
  byId('account').hidden = !inside;
}

function enter({ user, session }) {
  me = user;
  remembered.set(true);
  api.setUser(user.id);
  byId('my-name').textContent = user.name;
  if (session?.since) byId('my-name').title = 'Session since ' + new Date(session.since).toLocaleTimeString() + ', views: ' + session.views;
  tell('login-answer', '');
  showScreen();
  clearTimeout(keeper);
  keeper = setTimeout(keepSession, KEEP_SESSION_MS);
  byId('find').focus();
  realtime.start();
  refreshAll();
}

/** Nobody is logged in any more; the text says why. */
function leave(text) {
  me = null;
  clearTimeout(keeper);
  remembered.set(false);
  api.setUser(null);
  realtime.stop();
  forgetConversation();
  forgetJobs();
  showScreen();
  tell('login-answer', text);
  byId('name').focus();
}

/** Whether the session holds; undefined when nobody can tell, as the server cannot be reached. */
async function askWhoIAm() {
  try {
    return (await api.get('/api/me')).body;
  } catch (error) {
    if (error.status === 401) return null;
    return undefined;
  }
}

onSubmit('login', 'login-answer', async ({ name, password }, form) => {
  tell('login-answer', 'Logging in …');
  const { body } = await api.send('POST', '/api/login', { name: name.trim(), password });
  form.elements.password.value = '';
  enter((await askWhoIAm()) ?? body);
});

onClick('logout', 'chat-state', async () => {
  await api.send('POST', '/api/logout', {});
  leave('You are logged out.');
});

async function resume() {
  const known = remembered.get() ? await askWhoIAm() : null;
  if (known) return enter(known);
  showScreen();
  if (known === undefined) {
    tell('login-answer', 'The server cannot be reached. Trying again …', true);
    setTimeout(resume, 2000);
  } else {
    remembered.set(false);
    byId('name').focus();
  }
}
`;
