/**
 * A server whose answers take known times, as a process of its own: what it measured of each answer is the truth that a load test is
 * held against. Tells its port; `report` is answered with the times of the answers that somebody waited for, and begins anew.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Of a hundred answers so many take so long. Each percentile that is looked at lies well within one of the groups. */
const DELAYS_MS = [
  [30, 500],
  [40, 1_000],
  [10, 1_500],
  [13, 2_000],
  [4, 3_000],
  [3, 5_000],
] as const;

const delays = DELAYS_MS.flatMap(([share, ms]) => new Array<number>(share).fill(ms));
let taken: number[] = [];
let asked = 0;

const server = createServer((_request, response) => {
  const startMs = performance.now();
  asked += 37; // coprime to 100: the delays come mixed, each as often as it should
  const timer = setTimeout(
    () => {
      taken.push(performance.now() - startMs);
      response.end('ok');
    },
    delays[asked % 100],
  );
  // Its client has left: nobody knows how long it would have taken.
  response.once('close', () => clearTimeout(timer));
});

process.on('message', (message) => {
  if (message !== 'report') return;
  process.send?.({ taken });
  taken = [];
});
process.once('disconnect', () => process.exit(0));
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
