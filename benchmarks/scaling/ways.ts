/** Ways to scale that are compared: the demand model, and what others do by rules on the signal that the load moves. */

const up = (given: object): object => ({ name: 'up', metric: 'elu', operator: 'gte', action: 'scale-up', ...given });
const down = (given: object): object => ({
  name: 'down',
  metric: 'elu',
  operator: 'lte',
  action: 'scale-down',
  ...given,
});

const watt = (threshold: number, windowMs: number, cooldownPeriod: number): readonly object[] => [
  up({ threshold, windowMs, scaleAmount: 1, cooldownPeriod }),
  down({ threshold: 20, windowMs: 60_000, scaleAmount: 1, cooldownPeriod: 20_000 }),
];

export interface Way {
  readonly name: string;
  /** Null: the demand model decides. */
  readonly rules: readonly object[] | null;
}

/** A rule acts when it has held in three observations, two seconds after the first: windows are that much shorter than the peers'. */
export const WAYS: readonly Way[] = [
  { name: 'Tidegate auto', rules: null },
  { name: 'Watt default', rules: watt(80, 8_000, 20_000) },
  { name: 'Watt tuned (80 % of 1 s)', rules: watt(80, 1_000, 1_000) },
  { name: 'Watt tuned (60 % of 2 s)', rules: watt(60, 2_000, 1_000) },
  { name: 'Watt tuned (45 % of 1 s)', rules: watt(45, 1_000, 0) },
  {
    name: 'pm2-autoscale',
    rules: [
      up({ threshold: 30, windowMs: 1_000, scaleAmount: 1, cooldownPeriod: 10_000 }),
      down({ threshold: 5, windowMs: 1_000, scaleAmount: 1, cooldownPeriod: 30_000 }),
    ],
  },
  {
    name: "customer's rules",
    rules: [
      up({ threshold: 80, windowMs: 8_000, scaleAmount: 2, cooldownPeriod: 300_000 }),
      down({ threshold: 30, windowMs: 8_000, scaleAmount: 1, cooldownPeriod: 600_000 }),
    ],
  },
];
