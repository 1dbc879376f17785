import { cpuGuard, cpuRelease } from './cpu.ts';
import { crashLoopGuard } from './crash-loop.ts';
import { downstreamGuard } from './downstream.ts';
import { errorsGuard } from './errors.ts';
import { futilityGuard } from './futility.ts';
import type { Guard, GuardFinding, GuardInput } from './guard.ts';
import { memoryGuard } from './memory.ts';
import { missingMetricsGuard } from './missing-metrics.ts';
import { reloadGuard } from './reload.ts';

/** In the order in which they clamp, which is also the order in which they are named as the reason. */
const GUARDS: readonly Guard[] = [
  missingMetricsGuard,
  crashLoopGuard,
  memoryGuard,
  cpuGuard,
  downstreamGuard,
  errorsGuard,
  futilityGuard,
  reloadGuard,
  cpuRelease,
];

export function inspect(input: GuardInput): readonly GuardFinding[] {
  return GUARDS.flatMap((guard) => guard(input) ?? []);
}

/** True: the guard forbids the next step up or down, or takes workers away. */
export function isInForce(finding: GuardFinding, desired: number): boolean {
  return finding.floor !== null || (finding.ceiling !== null && finding.ceiling <= desired);
}
