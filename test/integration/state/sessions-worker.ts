/** A worker that serves the app with sessions, and tells its port. */
import { sessionStore } from '../../../src/scaling/state/sessions/index.ts';
import { portOf, serveSessions } from './sessions-app.ts';
import { openTarget, targetFromEnvironment } from './sessions-limits-target.ts';

const state = await openTarget(targetFromEnvironment());
const server = await serveSessions(sessionStore(state));
process.on('disconnect', () => process.exit());
process.send?.({ port: portOf(server) });
