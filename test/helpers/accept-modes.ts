/** Both ways in which workers come by their connections; what an app sees must be the same. */
export const ACCEPT_MODES = [
  { title: 'shared accept', env: { LB_ALGORITHM: 'adaptive' } },
  { title: 'hand-over', env: { LB_ALGORITHM: 'round-robin' } },
] as const;

export type AcceptMode = (typeof ACCEPT_MODES)[number];
