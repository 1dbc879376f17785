/** Supply against demand, as SPEC's cloud group defines elasticity (Herbst and others, "Ready for Rain?", 2016), in workers and shares. */
export interface Elasticity {
  readonly underWorkers: number;
  readonly overWorkers: number;
  readonly underShare: number;
  readonly overShare: number;
  readonly instability: number;
}

/**
 * @param demand workers needed, one figure a second
 * @param supply workers ready, one figure a second
 */
export function elasticity(demand: readonly number[], supply: readonly number[]): Elasticity {
  const seconds = Math.min(demand.length, supply.length);
  let [underWorkers, overWorkers, under, over, apart] = [0, 0, 0, 0, 0];
  for (let second = 0; second < seconds; second += 1) {
    const surplus = (supply[second] as number) - (demand[second] as number);
    if (surplus < 0) {
      underWorkers -= surplus;
      under += 1;
    } else if (surplus > 0) {
      overWorkers += surplus;
      over += 1;
    }
    if (second > 0 && direction(demand, second) !== direction(supply, second)) apart += 1;
  }
  const share = (value: number): number => (seconds === 0 ? 0 : value / seconds);
  return {
    underWorkers: share(underWorkers),
    overWorkers: share(overWorkers),
    underShare: share(under),
    overShare: share(over),
    instability: share(apart),
  };
}

function direction(values: readonly number[], second: number): number {
  return Math.sign((values[second] as number) - (values[second - 1] as number));
}
