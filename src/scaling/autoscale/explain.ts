import { duration, quantity, workers } from './quantity.ts';
import { REASON_MEANINGS } from './reason.ts';
import { holdsGrowthOnly } from './reason-ends.ts';
import type { DecisionRecord, RuleVerdict } from './record.ts';
import { inBrackets } from './sentence.ts';
import type { ShadowVerdict } from './shadow.ts';

/**
 * The decision for people, line by line.
 * @param shadows what other policies would have decided
 */
export function explain(record: DecisionRecord, shadows: readonly ShadowVerdict[] = []): string[] {
  const { id, atMs, action, reason, sentence, limits } = record;
  return [
    `Decision ${id} at ${new Date(atMs).toISOString()}: ${action}, ${reason} (${REASON_MEANINGS[reason]})`,
    sentence,
    countLine(record),
    ...manualLines(record),
    ...demandLine(record),
    `Asked for: ${workers(record.recommended)}, of ${limits.min} to ${limits.max} that are allowed`,
    ...section('Rules:', ruleLines(record.rules)),
    ...section(
      'Clamps:',
      record.clamps.map(({ before, after, why, detail }) => `${before} → ${after}: ${why} (${detail})`),
    ),
    ...section(
      'Guards in force:',
      record.guards.map(({ reason: guard, detail }) => `${guard}: ${detail}`),
    ),
    ...section(
      'Missing:',
      record.missing.map(({ what, forMs }) => `${what}, for ${duration(forMs)}`),
    ),
    ...section(
      'Alerts:',
      record.alerts.map(({ source, sentence: alert }) => `${source}: ${alert}`),
    ),
    ...inputLines(record),
    stabilizationLine(record),
    nextLine(record),
    ...section('The next decision changes when', record.wouldChange),
    ...section(
      'Other policies would have decided:',
      shadows.map(({ name, summary }) => `${name}: ${summary}`),
    ),
  ];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)];
}

/** `Demand: 2.9 erlangs (3 s: 2.7, 10 s: 2.9), 21 ms a request, workers at most 85 % busy: 4 needed; …`. */
function demandLine({ demand }: DecisionRecord): string[] {
  if (demand === null) return [];
  const { offeredLoadErlangs, fastErlangs, normalErlangs, serviceMs, backlogSeconds, targetUtilization } = demand;
  const { need, forecast, panic, startMs } = demand;
  const parts = [
    `${quantity(offeredLoadErlangs, 'erlangs')} (3 s: ${quantity(fastErlangs, '')}, 10 s: ${quantity(normalErlangs, '')})`,
    `${quantity(backlogSeconds, 's')} of work waits`,
    serviceMs === null ? 'too few requests to tell what one takes' : `${quantity(serviceMs, 'ms')} a request`,
    `workers at most ${quantity(100 * targetUtilization, '%')} busy: ${workers(need)} needed`,
  ];
  const ahead = `${quantity(forecast.erlangs, 'erlangs')} in ${quantity(forecast.horizonMs / 1_000, 's')}`;
  const trust = `${quantity(100 * forecast.confidence, '%')} better than "as now"`;
  return [
    `Demand: ${parts.join(', ')}${panic ? '; a burst: nothing shrinks' : ''}`,
    `Forecast: ${ahead}, lately ${trust}; a worker takes ${quantity(startMs / 1_000, 's')} to start`,
  ];
}

function countLine({ before, desired, ready, pending }: DecisionRecord): string {
  const seen = ready === null ? 'not observed' : `${ready} ready, ${pending ?? 0} pending`;
  return `Workers: ${before} wanted before, ${desired} now; ${seen}`;
}

function manualLines({ pin, floor, paused, atMs }: DecisionRecord): string[] {
  const until = (untilMs: number | null) =>
    untilMs === null ? 'until resume' : `for another ${duration(untilMs - atMs)}`;
  const lines: string[] = [];
  if (pin !== null) {
    const force = pin.force ? ', forced' : '';
    lines.push(`Pin: ${workers(pin.instances)} ${until(pin.untilMs)}, by ${pin.by}${inBrackets(pin.reason)}${force}`);
  }
  if (floor !== null)
    lines.push(`Floor: ${workers(floor.instances)} ${until(floor.untilMs)}, by ${floor.by}${inBrackets(floor.reason)}`);
  if (paused !== null) lines.push(`Paused by ${paused.by}${inBrackets(paused.reason)}`);
  return lines;
}

/** Rules about what is not there need no line each. */
function ruleLines(rules: readonly RuleVerdict[]): readonly string[] {
  const unused = rules.filter(({ status }) => status === 'unused').map(({ name }) => name);
  const used = rules.filter(({ status }) => status !== 'unused').map(ruleLine);
  return unused.length === 0 ? used : [...used, `not in use here: ${unused.join(', ')}`];
}

/** `cpu-high: cpu 86.2 % (mean of 10 s), holds for ≥ 80 %, wants 4, waits: cooldown, 85 s left`. */
function ruleLine(verdict: RuleVerdict): string {
  const { name, metric, value, unit, aggregate, windowMs, condition, status, note, target, waitsFor } = verdict;
  if (status === 'disabled') return `${name}: disabled`;
  if (value === null) return `${name}: ${metric} is ${status} (${note})`;
  const parts = [
    `${name}: ${metric} ${quantity(value, unit)} (${aggregate} of ${duration(windowMs)})`,
    status === 'holds' ? `holds (${condition})` : `does not hold (${condition})`,
  ];
  if (target !== null) parts.push(`wants ${target}`);
  if (waitsFor === 'confirming')
    parts.push(`confirmed ${verdict.confirmations} of ${verdict.requiredConfirmations} times`);
  else if (waitsFor !== null) parts.push(`waits: ${waitsFor}`);
  if (verdict.cooldownLeftMs > 0) parts.push(`cooldown ${duration(verdict.cooldownLeftMs)} left`);
  if (note !== null) parts.push(note);
  return parts.join(', ');
}

function inputLines({ inputs }: DecisionRecord): string[] {
  if (inputs === null) return [];
  const { cores, machineCpu, meanRunDelay, availableMemoryBytes, maxByMemory } = inputs;
  const parts = [`${quantity(cores, '')} cores`];
  if (machineCpu !== null) parts.push(`${quantity(100 * machineCpu, '%')} busy`);
  if (meanRunDelay !== null) parts.push(`workers wait for one ${quantity(100 * meanRunDelay, '%')} of the time`);
  if (availableMemoryBytes !== null) parts.push(`${Math.round(availableMemoryBytes / 1_000_000)} MB memory available`);
  if (maxByMemory !== null) parts.push(`room for ${workers(maxByMemory)}`);
  return [`Machine: ${parts.join(', ')}`];
}

function stabilizationLine({ stabilization, desired, limits }: DecisionRecord): string {
  const { windowMs, maxRecommendation, leftMs } = stabilization;
  const left = leftMs > 0 && desired > limits.min ? `; fewer than ${desired} not before ${duration(leftMs)}` : '';
  return `Stabilization: at most ${workers(maxRecommendation)} recommended within ${duration(windowMs)}${left}`;
}

/** `Next possible: scale-up as soon as it is wanted, scale-down in 85 s`. */
function nextLine(record: DecisionRecord): string {
  const { scaleUpInMs, scaleDownInMs } = record.nextPossible;
  const up = scaleUpInMs === null ? upWaitsFor(record) : whenOf(scaleUpInMs);
  const down = scaleDownInMs === null ? downWaitsFor(record) : whenOf(scaleDownInMs);
  return `Next possible: scale-up ${up}, scale-down ${down}`;
}

function whenOf(ms: number): string {
  return ms === 0 ? 'as soon as it is wanted' : `in ${duration(ms)}`;
}

/** What a clock can't tell. */
function upWaitsFor(record: DecisionRecord): string {
  const { desired, limits, guards } = record;
  if (desired >= limits.max && !heldByHand(record)) return `not above MAX_INSTANCES (${limits.max})`;
  return heldByHand(record) ?? guardWord(guards) ?? 'by hand only, as nothing else adds workers';
}

function downWaitsFor(record: DecisionRecord): string {
  const { desired, limits, guards, floor, schedule, pending } = record;
  const byHand = heldByHand(record);
  if (byHand !== null) return byHand;
  if (desired <= limits.min) return `not below MIN_INSTANCES (${limits.min})`;
  if (floor !== null && desired <= floor.instances) return `not below the floor (${floor.instances})`;
  if (schedule !== null && desired <= schedule.workers) return `not below the schedule's ${schedule.workers}`;
  const held = guardWord(guards.filter(({ reason }) => !holdsGrowthOnly(reason)));
  if (held !== null) return held;
  if (pending !== 0) return 'when the pending workers are ready';
  return 'by hand only, as nothing else removes workers';
}

function heldByHand({ pin, paused, reason }: DecisionRecord): string | null {
  if (pin !== null || paused !== null) return 'after a resume';
  return reason === 'disabled' ? 'by hand only' : null;
}

function guardWord([guard]: DecisionRecord['guards']): string | null {
  return guard === undefined ? null : `when ${guard.reason} ends`;
}
