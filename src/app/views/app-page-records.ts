/** Source of the cards about what is kept: reports, leases, activity, and how the app and what it depends on are. */
export const APP_PAGE_RECORDS = `
const SOURCES = { cache: 'the server’s cache', load: 'where the reports are kept' };

async function showReports({ kind, period }) {
  const path = '/api/reports/' + encodeURIComponent(kind) + '?period=' + encodeURIComponent(period) + '&limit=5';
  const { body, from } = await api.get(path, { maxAgeMs: 15000 });
  fill('report-list', body.reports.map((report) => make('li', {},
    make('span', { className: 'who' }, reportText(report.payload), make('small', {}, timeOf(report.createdAtMs))))), 'No reports of this kind in ' + period + '.');
  tell('report-answer', 'Answered from ' + (from === 'page' ? 'the page’s own cache' : (SOURCES[body.cached] ?? 'the server')) + '.');
}

const reportText = (payload) => (typeof payload?.note === 'string' ? payload.note : JSON.stringify(payload));

onSubmit('reports', 'report-answer', (fields) => showReports(fields));
onClick('add-report', 'report-answer', async () => {
  const fields = Object.fromEntries(new FormData(byId('reports')));
  const path = '/api/reports/' + encodeURIComponent(fields.kind);
  const payload = { note: 'Noted by ' + me.name };
  await api.send('POST', path, { period: fields.period, payload }, { invalidates: [path] });
  await showReports(fields);
});

/** Leases that were asked for on this page, by id; of the others the history tells. */
const leases = new Map();
const NEXT = { granted: ['connect', 'disconnect'], connected: ['heartbeat', 'disconnect'] };

async function leaseStep(lease, step) {
  const { body } = await api.send('POST', '/api/leases/' + encodeURIComponent(lease.id) + '/' + step, {}, { invalidates: ['/api/leases', '/api/activity'] });
  leases.set(lease.id, body);
  tell('lease-answer', '');
  await refreshLeases();
}

function leaseRow(lease) {
  const steps = (NEXT[lease.status] ?? []).map((step) => {
    const button = make('button', { type: 'button', className: 'small' }, step);
    button.addEventListener('click', () => act(button, 'lease-answer', () => leaseStep(lease, step)));
    return button;
  });
  const tone = { granted: 'warn', connected: 'good', refused: 'bad', expired: 'bad' }[lease.status] ?? '';
  const where = lease.server === null ? (lease.refused ?? '') : lease.server.host + ':' + lease.server.port;
  const history = lease.history.map((entry) => entry.status).join(' → ');
  return make('li', {},
    make('span', { className: 'who' }, make('b', {}, lease.id.slice(0, 8)), ' ' + where, make('small', {}, history)),
    chip(lease.status, tone), make('span', { className: 'steps' }, ...steps));
}

async function refreshLeases() {
  const { body } = await api.get('/api/leases', { maxAgeMs: 15000 });
  const changes = body.history.slice(0, 6);
  fill('leases', [...leases.values()].reverse().slice(0, 3).map(leaseRow), 'None on this page yet.');
  fill('lease-history', changes.map((change) => make('li', {},
    make('span', {}, timeOf(change.atMs), ' ', make('code', {}, change.leaseId.slice(0, 8))), chip(change.status))), 'No history yet.');
}

onSubmit('new-lease', 'lease-answer', async ({ bandwidthMbps, location }) => {
  const wish = { ...(bandwidthMbps ? { bandwidthMbps: Number(bandwidthMbps) } : {}), ...(location ? { location } : {}) };
  const { body: lease } = await api.send('POST', '/api/leases', wish, { invalidates: ['/api/leases', '/api/activity'] });
  leases.set(lease.id, lease);
  tell('lease-answer', '');
  await refreshLeases();
});

const refreshActivity = every(10000, async () => {
  const { body } = await api.get('/api/activity?hours=24', { maxAgeMs: 5000 });
  const totals = new Map();
  for (const { kind, count } of body.counts) totals.set(kind, (totals.get(kind) ?? 0) + count);
  const most = Math.max(1, ...totals.values());
  fill('activity', [...totals].sort(([, a], [, b]) => b - a).map(([kind, count]) => make('li', {},
    make('span', {}, kind), make('meter', { max: most, value: count, ariaLabel: kind }), make('b', {}, String(count)))), 'Nothing in the last 24 hours.');
});

/** What a dependency's figures say, as far as they are plain. */
const figures = (thing) => Object.entries(thing ?? {}).filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value))
  .map(([name, value]) => name + ' ' + (typeof value === 'number' ? Math.round(value * 100) / 100 : value)).join(', ');

const refreshHealth = every(10000, async () => {
  const { body: health } = await api.get('/api/health');
  const rows = Object.entries(health.dependencies ?? {}).map(([name, dependency]) => {
    const { status, ...rest } = dependency;
    return make('li', {}, make('span', { className: 'who' }, make('b', {}, name), make('small', {}, figures(rest))),
      chip(status, { ok: 'good', starting: '', degraded: 'warn' }[status] ?? 'bad'));
  });
  const own = make('li', {}, make('span', { className: 'who' }, make('b', {}, 'app'), make('small', {}, nameOf(health.worker))),
    chip(health.status, health.status === 'ok' ? 'good' : 'warn'));
  fill('health', [own, ...rows], '');
  const { entries, hits, misses } = api.statistics();
  tell('cache', 'This page keeps ' + plural(entries, 'answer', 'answers') + ': ' + hits + ' from there, ' + misses + ' asked for.');
});

function refreshAll() {
  refreshPresence();
  refreshQueue();
  refreshActivity();
  refreshHealth();
  leases.clear();
  refreshLeases().catch((error) => tell('lease-answer', explain(error), true));
}
`;
