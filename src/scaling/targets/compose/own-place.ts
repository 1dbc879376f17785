import type { Engine } from './engine.ts';
import { LABEL } from './engine-types.ts';

/** Where a container stands. */
export interface OwnPlace {
  readonly project: string;
  /** Networks that it is in, as the Engine names them. */
  readonly networks: readonly string[];
}

/**
 * The Compose project that this process's own container belongs to; null: it is in none, or in no container at all.
 * @param hostname a container's is its id, unless somebody named it otherwise
 * @throws EngineError ENGINE_UNREACHABLE
 */
export async function ownPlace(engine: Engine, hostname: string): Promise<OwnPlace | null> {
  const container = await engine.find(hostname);
  const project = container?.Config.Labels?.[LABEL.project];
  if (container === null || project === undefined || project === '') return null;
  return { project, networks: Object.keys(container.NetworkSettings.Networks ?? {}) };
}
