/** Source of the cards beside the chat: who is here, jobs, and limits to try. */
export const APP_PAGE_WORK = `
const refreshPresence = every(4000, async () => {
  const [{ body: presence }, { body: stats }] = await Promise.all([
    api.get('/api/presence', { maxAgeMs: 250 }),
    api.get('/api/webrtc/stats', { maxAgeMs: 250 }),
  ]);
  const tones = { idle: '', waiting: 'warn', talking: 'good' };
  fill('people', presence.users.map((user) => make('li', { data: { user: user.id } },
    make('span', { className: 'who' }, make('b', {}, user.name), user.id === me?.id ? ' (you)' : null, make('small', {}, nameOf(user.worker))),
    chip(user.state, tones[user.state]))), 'Nobody is connected.');
  tell('stats', plural(presence.count, 'person', 'people') + ' here, ' + stats.waiting + ' waiting, ' +
    plural(stats.conversations, 'conversation', 'conversations') + ', ' + plural(stats.messages, 'message', 'messages') + ', ' +
    plural(stats.offers, 'offer', 'offers') + ' and ' + plural(stats.answers, 'answer', 'answers') + ' signalled.');
});

/** Something changed: the workers tell each other within a moment. */
const seeWhoIsHere = () => setTimeout(refreshPresence, 300);

/** The jobs that were asked for on this page, newest first. */
let jobs = [];

function forgetJobs() {
  jobs = [];
  fill('jobs', [], 'None yet.');
}

function jobRow(id, upTo) {
  const bar = make('progress', { max: 100, value: 0, ariaLabel: 'Progress of the count up to ' + upTo });
  const state = make('span', { className: 'chip' }, 'waiting');
  const share = make('span', { className: 'share' }, '0 %');
  const outcome = make('p', { className: 'outcome' });
  const row = make('li', { data: { job: id, state: 'waiting' } },
    make('div', { className: 'row' }, make('b', {}, 'up to ' + upTo.toLocaleString('en')), state),
    make('div', { className: 'row' }, bar, share), outcome);
  return { row, bar, state, share, outcome };
}

function showJob({ row, bar, state, share, outcome }, job) {
  const ended = job.state === 'completed' || job.state === 'failed';
  const percent = job.state === 'completed' ? 100 : Math.round(job.progress);
  bar.value = percent;
  share.textContent = percent + ' %';
  row.dataset.state = job.state;
  state.textContent = job.state;
  state.className = 'chip ' + ({ completed: 'good', failed: 'bad', active: 'warn' }[job.state] ?? '');
  if (job.state === 'completed') outcome.textContent = job.result.count.toLocaleString('en') + ' primes, the largest ' + job.result.largest.toLocaleString('en');
  if (job.state === 'failed') outcome.textContent = String(job.error);
  return ended;
}

async function follow(id, shown) {
  const mine = me;
  while (me === mine) {
    try {
      const { body } = await api.get('/api/jobs/' + encodeURIComponent(id));
      if (showJob(shown, body)) break;
    } catch (error) {
      // The job goes on without this page: only what it says is missing meanwhile.
      shown.outcome.textContent = explain(error);
      if (error.status >= 400 && error.status < 500 && error.status !== 429) break;
    }
    await new Promise((resolve) => setTimeout(resolve, 400));
  }
  refreshQueue();
}

const refreshQueue = every(5000, async () => {
  const { body } = await api.get('/api/jobs', { maxAgeMs: 500 });
  tell('queue', ['waiting', 'active', 'completed', 'failed'].map((state) => (body[state] ?? 0) + ' ' + state).join(', ') + ' in the queue.');
});

onSubmit('new-job', 'job-answer', async ({ upTo }) => {
  tell('job-answer', '');
  const { body } = await api.send('POST', '/api/jobs', { upTo: Number(upTo) }, { invalidates: ['/api/jobs', '/api/activity'] });
  const shown = jobRow(body.id, Number(upTo));
  jobs = [shown.row, ...jobs].slice(0, 5);
  fill('jobs', jobs, 'None yet.');
  follow(body.id, shown);
});

async function tryLimit(kind) {
  let allowed = true;
  let words;
  try {
    const { headers } = await api.get('/api/limited/' + kind);
    const left = headers.get('ratelimit-remaining');
    words = 'taken' + (left === null ? '' : ', ' + left + ' left');
  } catch (error) {
    if (error.status !== 429) throw error;
    allowed = false;
    words = 'refused' + (error.retryAfterSeconds === null ? '' : ', again in ' + error.retryAfterSeconds + ' s');
  }
  const row = make('li', {}, make('span', {}, kind), chip(words, allowed ? 'good' : 'bad'));
  fill('limit-answers', [row, ...byId('limit-answers').querySelectorAll('li:not(.empty)')].slice(0, 6), '');
}

for (const kind of ['standard', 'strict', 'progressive']) onClick('limit-' + kind, 'limit-error', () => tryLimit(kind));
`;
