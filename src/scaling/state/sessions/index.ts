/** Sessions for express-session, over the shared state. */
export { SessionError, type SessionErrorCode } from './session-error.ts';
export { SessionStore, type SessionStoreOptions, sessionStore } from './session-store.ts';
