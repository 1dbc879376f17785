/** When the number of workers changes. */
import { byteSize, flag, integer, type OptionTable, oneOf, text } from '../option.ts';
import { HOUR_MS } from './ranges.ts';

export const scaling = {
  autoScalingEnabled: flag('AUTO_SCALING_ENABLED', true, 'false: the worker count changes by hand only.'),
  scalingMode: oneOf('SCALING_MODE', 'auto', ['auto', 'rules'], 'auto: demand model and rules; rules: rules alone.'),
  scalingRulesFile: text('SCALING_RULES_FILE', '', 'JSON file of rules; empty: the shipped config/scaling-rules.json.'),
  scalingIntervalMs: integer('SCALING_INTERVAL_MS', 1_000, [100, 600_000], 'ms', 'Time between two observations.'),
  scaleDownStabilizationMs: integer(
    'SCALE_DOWN_STABILIZATION_MS',
    120_000,
    [0, HOUR_MS],
    'ms',
    'A scale-down takes the highest recommendation of this window.',
  ),
  latencyObjectiveMs: integer(
    'LATENCY_OBJECTIVE_MS',
    500,
    [5, 60_000],
    'ms',
    'Response time that requests are to stay below; the demand model plans for it, guards judge by it.',
  ),
  scalingSchedules: text(
    'SCALING_SCHEDULES',
    '',
    'Minimums by the clock (UTC): minute hour day month weekday duration workers; several are separated by semicolons.',
    { allowed: 'entries such as 30 7 * * 1-5 10h 4', pattern: /^[\d\s*,/;mhd-]{0,4096}$/ },
  ),
  manualPinMs: integer(
    'MANUAL_PIN_MS',
    300_000,
    [1_000, 31_536_000_000],
    'ms',
    'How long a manual scaling holds when it names no time.',
  ),
  shadowPolicy: text(
    'SHADOW_POLICY',
    '',
    'JSON files of policies that are evaluated beside the live one and not obeyed, with commas between; four at the most.',
  ),
  recordFile: text(
    'RECORD_FILE',
    '',
    'File that decisions and what they were made from are appended to, for tidegate simulate --replay; empty: none.',
  ),
  recordMaxBytes: byteSize(
    'RECORD_MAX_BYTES',
    64_000_000,
    'Size of the recording and the part before it (RECORD_FILE.1) together.',
    1_000_000,
  ),
} satisfies OptionTable;
