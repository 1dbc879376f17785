/** Preloaded into every worker, as one CommonJS file, before the app. Inert in the app's own child processes and threads. */
import cluster from 'node:cluster';
import { AGENT_ENV, type AgentSettings } from '../../ipc/protocol.ts';
import { makeOffer } from '../../ipc/runtime-offer.ts';
import { Agent } from './agent.ts';

// The app's threads and child processes get an environment without it.
const settings = process.env[AGENT_ENV];
delete process.env[AGENT_ENV];
// What the app forks must not load us again, but what the user has preloaded, which stands before us. Threads have a list too.
const preload = process.execArgv.lastIndexOf('--require');
if (preload >= 0 && process.execArgv[preload + 1] === __filename) process.execArgv.splice(preload, 2);
if (settings !== undefined && cluster.isWorker) {
  const parsed = JSON.parse(settings) as AgentSettings;
  const agent = new Agent(parsed, require.cache);
  agent.start();
  const { state, workersMax } = parsed;
  makeOffer({ state, workersMax, stateNeeded: () => agent.needState() });
}
