/** The agent, as one CommonJS file that `preload.ts` runs before the app. */
import cluster from 'node:cluster';
import { AGENT_ENV, type AgentSettings } from '../../ipc/protocol.ts';
import { makeOffer } from '../../ipc/runtime-offer.ts';
import { Agent } from './agent.ts';

// The app's threads and child processes get an environment without it.
const settings = process.env[AGENT_ENV];
delete process.env[AGENT_ENV];
if (settings !== undefined && cluster.isWorker) {
  const parsed = JSON.parse(settings) as AgentSettings;
  const agent = new Agent(parsed, require.cache);
  agent.start();
  const { state, workersMax } = parsed;
  makeOffer({ state, workersMax, stateNeeded: () => agent.needState() });
}
