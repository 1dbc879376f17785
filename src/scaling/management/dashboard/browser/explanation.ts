/** A decision taken apart for the eye: figures, rules against their thresholds, and the sentences of `explain` in sections. */
import { showBytes, showMs, showPercent } from './figures.ts';

export interface RuleFigures {
  readonly name: string;
  readonly metric: string;
  readonly condition: string;
  readonly threshold: number;
  readonly unit: string;
  readonly value: number | null;
  readonly status: string;
  readonly wants: string | null;
}

/** The part of a decision record that the dialog shows; a record may lack any of it. */
export interface ExplainedRecord {
  readonly id: number;
  readonly atMs: number;
  readonly action: string;
  readonly reason: string;
  readonly sentence: string;
  readonly before?: number;
  readonly desired: number;
  readonly ready?: number | null;
  readonly recommended?: number;
  readonly limits?: { readonly min: number; readonly max: number };
  readonly demand?: {
    readonly serviceMs: number | null;
    readonly offeredLoadErlangs: number;
    readonly need: number;
    readonly backlogSeconds: number;
  } | null;
  readonly inputs?: {
    readonly machineCpu: number | null;
    readonly cores: number;
    readonly availableMemoryBytes: number | null;
    readonly maxByMemory: number | null;
  } | null;
  readonly rules?: readonly RuleFigures[];
}

export interface Section {
  /** Empty for the sentences before the first heading. */
  readonly title: string;
  readonly lines: readonly string[];
}

/** The lines of `explain`: an indented line belongs to the line above that is not. */
export function sectionsOf(lines: readonly string[]): readonly Section[] {
  const sections: { title: string; lines: string[] }[] = [];
  for (const [index, line] of lines.entries()) {
    const indented = line.startsWith('  ');
    const opens = !indented && (lines[index + 1]?.startsWith('  ') ?? false);
    if (opens) sections.push({ title: line.replace(/:$/, ''), lines: [] });
    else {
      const last = sections.at(-1);
      const belongs = last !== undefined && (indented ? last.title !== '' : last.title === '');
      if (belongs) last.lines.push(line.trim());
      else sections.push({ title: '', lines: [line.trim()] });
    }
  }
  return sections;
}

/** The figures that it went by, as pairs of name and value. */
export function figuresOf(record: ExplainedRecord): readonly (readonly [name: string, value: string])[] {
  const { before, desired, ready, recommended, limits, demand, inputs } = record;
  const pairs: [string, string][] = [
    ['Workers wanted', before === undefined || before === desired ? `${desired}` : `${before} → ${desired}`],
  ];
  if (typeof ready === 'number') pairs.push(['Ready then', `${ready}`]);
  if (recommended !== undefined) pairs.push(['Recommended', `${recommended}`]);
  if (limits !== undefined) pairs.push(['Limits', `${limits.min} to ${limits.max}`]);
  if (demand) {
    pairs.push(
      ['Offered load', `${demand.offeredLoadErlangs.toFixed(2)} erlangs`],
      ['Needed for it', `${demand.need}`],
    );
    if (demand.serviceMs !== null) pairs.push(['One request takes', showMs(demand.serviceMs)]);
    if (demand.backlogSeconds > 0) pairs.push(['Work that waits', showMs(demand.backlogSeconds * 1_000)]);
  }
  if (inputs) {
    if (inputs.machineCpu !== null) pairs.push([`CPU of ${inputs.cores} cores`, showPercent(inputs.machineCpu)]);
    if (inputs.availableMemoryBytes !== null) pairs.push(['Memory available', showBytes(inputs.availableMemoryBytes)]);
    if (inputs.maxByMemory !== null) pairs.push(['Memory has room for', `${inputs.maxByMemory}`]);
  }
  return pairs;
}

export interface RuleBar {
  readonly name: string;
  readonly text: string;
  /** 0..1 of the bar; null: there is no value. */
  readonly share: number | null;
  readonly thresholdShare: number;
  readonly holds: boolean;
}

/** Each rule's value against its threshold, on a bar that has both on it; those that hold first, those without a value last. */
export function ruleBars(rules: readonly RuleFigures[]): readonly RuleBar[] {
  const rank = ({ share, holds }: RuleBar): number => (holds ? 0 : share === null ? 2 : 1);
  const bars = rules.map(({ name, metric, condition, threshold, unit, value, status, wants }) => {
    const top = Math.max(threshold, value ?? 0, Number.EPSILON) * 1.25;
    const shown = value === null ? status : `${value.toFixed(value < 10 ? 1 : 0)}${unit === '' ? '' : ` ${unit}`}`;
    const effect = status === 'holds' ? `holds${wants === null ? '' : `, wants ${wants}`}` : 'does not hold';
    const text = value === null ? `${metric}: ${status}` : `${metric} ${shown}, ${condition}: ${effect}`;
    return {
      name,
      text,
      share: value === null ? null : value / top,
      thresholdShare: threshold / top,
      holds: status === 'holds',
    };
  });
  return bars.sort((a, b) => rank(a) - rank(b));
}
