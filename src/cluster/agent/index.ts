/** Preloaded into every worker, as one CommonJS file, before the app. Inert in the app's own child processes and threads. */
import cluster from 'node:cluster';
import { isMainThread } from 'node:worker_threads';
import { AGENT_ENV, type AgentSettings } from '../../ipc/protocol.ts';
import { Agent } from './agent.ts';

const settings = process.env[AGENT_ENV];
delete process.env[AGENT_ENV];
if (settings !== undefined && isMainThread && cluster.isWorker) {
  // What the app forks must not load us again.
  const preload = process.execArgv.indexOf('--require');
  if (preload >= 0) process.execArgv.splice(preload, 2);
  new Agent(JSON.parse(settings) as AgentSettings).start();
}
