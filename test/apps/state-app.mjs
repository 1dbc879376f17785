// Everything of tidegate/state in one Express app. Its own answers name the worker: `pid`. STATE_MODULE: where tidegate/state is loaded
// from; STATE_AT_IMPORT: the state is used before the app listens; LIMIT_POINTS: of /limited; LOADER_MS: of /cached/slow….
import { createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import express from 'express';
import session from 'express-session';
import { WebSocketServer } from 'ws';
import { spin } from './spin.mjs';

const { cache, fleet, jobs, pubsub, rateLimit, sessions, sharedState } = await import(
  process.env.STATE_MODULE ?? 'tidegate/state'
);
const { LIMIT_POINTS = '100', LOADER_MS = '50', PORT, STATE_AT_IMPORT } = process.env;
const { pid } = process;
/** Of a hundred bytes. */
const VALUE = 'x'.repeat(100);

let atImport = null;
if (STATE_AT_IMPORT !== undefined) {
  await sharedState().set('at-import', String(pid), { ttlMs: 60_000 });
  atImport = Number(await sharedState().get('at-import'));
}

const limit = rateLimit({
  name: 'limited',
  kind: 'standard',
  points: Number(LIMIT_POINTS),
  durationMs: 120_000,
  key: (request) => String(request.query.key),
});
const values = cache({ name: 'values', ttlMs: 60_000 });
const bus = pubsub();
const doubling = jobs('doubling');

const app = express();
app.use(express.json());
const withSession = session({
  store: sessions(),
  secret: 'only for tests',
  resave: false,
  saveUninitialized: false,
  cookie: { maxAge: 3_600_000 },
});
const users = express.Router();
users.use((request, response, next) => {
  const startedMs = performance.now();
  withSession(request, response, (error) => {
    response.locals.loadMs = performance.now() - startedMs; // how long the shared state took to give the session
    next(error);
  });
});
app.use('/users', users);

app.get('/', (_request, response) => response.json({ pid, atImport }));

users.post('/login', (request, response, next) => {
  request.session.regenerate((error) => {
    if (error) return next(error);
    request.session.user = request.body.user;
    request.session.visits = 0;
    response.json({ user: request.session.user, pid });
  });
});
users.get('/me', (request, response) => {
  if (request.session.user === undefined) return response.status(401).json({ code: 'LOGGED_OUT', pid });
  const { user, visits } = request.session;
  response.json({ user, visits, pid, loadMs: response.locals.loadMs });
});
users.post('/visit', (request, response) => {
  if (request.session.user === undefined) return response.status(401).json({ code: 'LOGGED_OUT', pid });
  request.session.visits += 1;
  response.json({ user: request.session.user, visits: request.session.visits, pid });
});
users.post('/logout', (request, response, next) => {
  request.session.destroy((error) => (error ? next(error) : response.json({ pid })));
});

app.get('/limited', limit.middleware(), (_request, response) => response.json({ pid }));

app.get('/cached/:key', async (request, response) => {
  const { key } = request.params;
  const value = await values.get(key, async () => {
    console.log(`loading ${key}`);
    if (key.startsWith('slow')) await new Promise((resolve) => setTimeout(resolve, Number(LOADER_MS)));
    return { stamp: await stampOf(key) };
  });
  response.json({ pid, stamp: value.stamp });
});
app.post('/change/:key', async (request, response) => {
  const { key } = request.params;
  await sharedState().set(`source:${key}`, request.body.stamp);
  response.json({ pid, told: await values.invalidate({ key }) });
});

async function stampOf(key) {
  return String((await sharedState().get(`source:${key}`)) ?? 'first');
}

if (process.env.JOB_WORKER !== undefined) doubling.process(async ({ data }) => ({ pid, double: data.number * 2 }));
app.post('/jobs', async (request, response) => {
  const job = await doubling.add({ number: request.body.number });
  response.json({ pid, result: await job.waitUntilFinished({ timeoutMs: 10_000 }) });
});

app.post('/leases', async (request, response) => {
  const { created, lease } = await fleet().leases.create({ owner: request.body.owner });
  response.json({ pid, created, lease });
});

// Asks the store for so long, with so many calls at a time: as fast as it answers, or so many a second, those of each millisecond together.
app.post('/hammer', async (request, response) => {
  const { forMs, atOnce, perSecond } = request.body;
  const startedMs = performance.now();
  const untilMs = startedMs + forMs;
  const state = sharedState();
  let calls = 0;
  let underWay = 0;
  let failed = 0;
  const call = () => {
    const number = calls++;
    const key = `hammer:${pid}:${number % 50_000}`;
    const answer = number % 2 === 0 ? state.set(key, VALUE, { ttlMs: 60_000 }) : state.get(key);
    return answer.catch(() => {
      failed += 1;
    });
  };
  const ended = () => {
    underWay -= 1;
  };
  const asFastAsAnswered = async () => {
    while (performance.now() < untilMs) await call();
  };
  const paced = async () => {
    while (performance.now() < untilMs) {
      const due = ((performance.now() - startedMs) * perSecond) / 1_000;
      for (; calls < due && underWay < atOnce; underWay += 1) call().then(ended);
      await delay(1);
    }
  };
  if (perSecond === undefined) await Promise.all(Array.from({ length: atOnce }, asFastAsAnswered));
  else await paced();
  response.json({ pid, calls, failed });
});

// As much of a core as some load took, without the shared state.
app.post('/spin', async (request, response) => {
  await spin(request.body.forMs, request.body.share);
  response.json({ pid });
});

app.use((error, _request, response, _next) => {
  console.log(`failed: ${error.code} ${error.message}`);
  response
    .status(error.code === 'STATE_UNAVAILABLE' ? 503 : 500)
    .json({ pid, code: error.code, message: error.message });
});

const server = createServer(app);
// A socket hears the channel `on` and says what it sends to the channel `to`.
new WebSocketServer({ server }).on('connection', async (socket, request) => {
  const { searchParams } = new URL(request.url, 'http://localhost');
  const [on, to] = [searchParams.get('on'), searchParams.get('to')];
  socket.on('error', (error) => console.log(error.message));
  socket.on('message', (text) => {
    bus.publishJson(to, String(text)).catch((error) => console.log(`failed: publish ${error.code} ${error.message}`));
  });
  const leave = await bus.subscribe(on, ({ json }) => socket.send(json));
  socket.once('close', leave);
  socket.send(JSON.stringify({ pid }));
});
server.listen(PORT, () => console.log(`listening on ${server.address().port}`));
