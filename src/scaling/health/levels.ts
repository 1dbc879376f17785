import type { ProbeSpec, Threshold } from './probe-state.ts';

/** Other levels for one probe, as HEALTH_LEVELS gives them. */
export interface LevelOverride {
  readonly probe: string;
  readonly warning: number;
  readonly critical: number;
}

/** `memory=0.9/0.97`. */
const LEVEL_PATTERN = /^([a-z][a-z0-9-]*)=(\d+(?:\.\d+)?)\/(\d+(?:\.\d+)?)$/;

/** The texts that match `LEVEL_PATTERN`. */
export function parseLevels(texts: readonly string[]): readonly LevelOverride[] {
  return texts.flatMap((text) => {
    const match = LEVEL_PATTERN.exec(text);
    if (match === null) return [];
    const [, probe = '', warning, critical] = match;
    return [{ probe, warning: Number(warning), critical: Number(critical) }];
  });
}

/** The specification with the levels given for it, if any are. A level that it does not have stays away. */
export function withLevels(spec: ProbeSpec, overrides: readonly LevelOverride[]): ProbeSpec {
  const override = overrides.find(({ probe }) => probe === spec.name);
  if (override === undefined) return spec;
  return {
    ...spec,
    ...(spec.warning !== undefined && { warning: moved(spec.warning, override.warning) }),
    ...(spec.critical !== undefined && { critical: moved(spec.critical, override.critical) }),
  };
}

/** The clear value keeps its distance, in proportion: the hysteresis stays what it was. */
function moved(threshold: Threshold, set: number): Threshold {
  return { ...threshold, set, clear: threshold.set === 0 ? set : (threshold.clear / threshold.set) * set };
}
