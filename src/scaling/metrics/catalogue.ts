import { alerts } from './alerts.ts';
import { breakers } from './breakers.ts';
import { build } from './build.ts';
import { connections } from './connections.ts';
import { drains } from './drains.ts';
import type { MetricDefinition } from './family.ts';
import { health } from './health.ts';
import { host } from './host.ts';
import { http } from './http.ts';
import { meters } from './meters.ts';
import { ownProcess } from './process.ts';
import { scaling } from './scaling.ts';
import { shadow } from './shadow.ts';
import { workers } from './workers.ts';

/** Every metric of `/metrics`, in the order of the page; docs/METRICS.md lists the same. A new family is a file and a line here. */
export const CATALOGUE: readonly MetricDefinition[] = [
  ...http,
  ...connections,
  ...workers,
  ...scaling,
  ...shadow,
  ...drains,
  ...health,
  ...alerts,
  ...breakers,
  ...meters,
  ...host,
  ...ownProcess,
  ...build,
];
