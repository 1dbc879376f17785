/** Words that options and the parts they configure share. */

/** The loopback default of the control API; any other address demands tokens. */
export const LOOPBACK_HOSTS: readonly string[] = ['127.0.0.1', '::1', 'localhost'];

export const LB_ALGORITHMS = [
  'adaptive',
  'round-robin',
  'least-connections',
  'weighted',
  'ip-hash',
  'consistent-hash',
  'power-of-two',
  'peak-ewma',
] as const;
export type LbAlgorithm = (typeof LB_ALGORITHMS)[number];

export const ROLES = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];
