// What workers share, without a server: a session, a limit, a cache and a job queue. The same calls go to Redis with REDIS_ENABLED=true.
import express from 'express';
import session from 'express-session';
import { cache, jobs, rateLimit, sessions } from 'tidegate/state';

const app = express();
const rates = cache({ name: 'rates', ttlMs: 10_000, staleMs: 60_000 });
const squares = jobs('squares');

squares.process((job) => job.data.number ** 2, { concurrency: 2 });

app.use(rateLimit({ name: 'api', kind: 'standard', points: 100, durationMs: 60_000 }).middleware());
app.use(
  session({
    store: sessions(),
    secret: process.env.SESSION_SECRET ?? 'only for this example',
    resave: false,
    saveUninitialized: false,
  }),
);

// Counts on, whichever worker answers.
app.get('/', (request, response) => {
  request.session.visits = (request.session.visits ?? 0) + 1;
  response.json({ pid: process.pid, visits: request.session.visits });
});

// Made once in ten seconds, by one worker for all.
app.get('/rates', async (_request, response) => {
  response.json(await rates.get('today', async () => ({ madeBy: process.pid, atMs: Date.now() })));
});

// Done by any worker, once.
app.get('/square/:number', async (request, response) => {
  const job = await squares.add({ number: Number(request.params.number) }, { attempts: 3 });
  response.json({ square: await job.waitUntilFinished({ timeoutMs: 5_000 }) });
});

const server = app.listen(process.env.PORT || 3001, (error) => {
  if (error) throw error;
  console.log(`listening on http://localhost:${server.address().port}/`);
});
