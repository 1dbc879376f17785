/** Source of what all parts of the page's script use. Text from the network only ever becomes text nodes. */
export const APP_PAGE_DOM = `
const byId = (id) => document.getElementById(id);

/** An element with properties, data-* values and children; null children are left out. */
function make(tag, { data = {}, ...properties } = {}, ...children) {
  const element = document.createElement(tag);
  Object.assign(element, properties);
  Object.assign(element.dataset, data);
  element.append(...children.filter((child) => child !== null));
  return element;
}

function nameOf(worker) {
  return worker.id === null ? 'single process, pid ' + worker.pid : 'worker ' + (worker.slot ?? worker.id) + ', pid ' + worker.pid;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const timeOf = (ms) => make('time', { dateTime: new Date(ms).toISOString() }, clock.format(ms));
const plural = (count, one, many) => count + ' ' + (count === 1 ? one : many);

function explain(error) {
  if (!(error instanceof ApiError)) return String(error.message ?? error);
  const again = error.retryAfterSeconds === null ? '' : ' Try again in ' + plural(error.retryAfterSeconds, 'second', 'seconds') + '.';
  return error.message.charAt(0).toUpperCase() + error.message.slice(1) + (error.code ? ' (' + error.code + ').' : '.') + again;
}

function tell(id, text, bad = false) {
  const place = byId(id);
  place.textContent = text;
  place.classList.toggle('bad', bad);
}

/** Runs an action of a button or form, which cannot be used again meanwhile; an error is told at the given place. */
async function act(control, placeId, action) {
  if (control.disabled) return;
  const hadFocus = document.activeElement === control;
  control.disabled = true;
  try {
    await action();
  } catch (error) {
    tell(placeId, explain(error), true);
    if (error instanceof ApiError && error.status === 401 && error.code === 'NOT_LOGGED_IN') leave('You are no longer logged in.');
  } finally {
    control.disabled = false;
    // A control that is disabled loses the focus, and with it the keyboard's place in the page.
    if (hadFocus && document.activeElement === document.body) control.focus();
  }
}

function onClick(id, placeId, action) {
  byId(id).addEventListener('click', (event) => act(event.currentTarget, placeId, action));
}

function onSubmit(id, placeId, action) {
  byId(id).addEventListener('submit', (event) => {
    event.preventDefault();
    const form = event.currentTarget;
    act(form.querySelector('button'), placeId, () => action(Object.fromEntries(new FormData(form)), form));
  });
}

/** A chip: a word with the colour of its tone, 'good', 'warn', 'bad' or ''. */
const chip = (text, tone = '') => make('span', { className: 'chip ' + tone }, text);

/** Rows in place of a list's; a sentence when there are none. */
function fill(id, rows, empty) {
  byId(id).replaceChildren(...(rows.length > 0 ? rows : [make('li', { className: 'empty' }, empty)]));
}

/** Calls refresh now and every few seconds while the page is seen and somebody is logged in; the result refreshes at once. */
function every(ms, refresh) {
  let timer;
  const run = async () => {
    clearTimeout(timer);
    if (me !== null && !document.hidden) await refresh().catch(() => {});
    clearTimeout(timer);
    timer = setTimeout(run, ms);
  };
  document.addEventListener('visibilitychange', run);
  run();
  return run;
}
`;
