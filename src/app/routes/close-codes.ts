/** How WebSockets are bounded and closed. Codes of RFC 6455 and the IANA registry; from 4000 on they are the app's own. */
export const CLOSE_GOING_AWAY = 1001;
export const CLOSE_TRY_AGAIN_LATER = 1013;
export const CLOSE_LOGGED_OUT = 4401;

export const MAX_MESSAGE_BYTES = 65_536;
