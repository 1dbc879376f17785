/**
 * Milliseconds since 1970 that never go back: a wall clock that was set at the start and then runs by itself. What is to live a minute
 * lives a minute, whatever is done to the machine's clock meanwhile.
 */
export function stateNowMs(): number {
  return performance.timeOrigin + performance.now();
}
