/** Sessions for express-session, over the shared state. */
export { SessionError, type SessionErrorCode } from './session-error.ts';
export type { SessionStoreOptions } from './session-options.ts';
export { SessionStore, sessionStore } from './session-store.ts';
