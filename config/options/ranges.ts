/** What options of several subjects allow. */
export const HOUR_MS = 3_600_000;
export const PORT = [0, 65535] as const;
export const PORT_UNIT = 'TCP port; 0 picks a free one';
export const HOST = { allowed: 'a host name or an address', pattern: /^[^\s/]+$/ };
