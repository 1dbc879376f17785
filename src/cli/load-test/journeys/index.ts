/** The ready-made journeys: a new one is a new file and one line here. */
import type { Journey } from '../journey.ts';
import { chat } from './chat.ts';
import { get } from './get.ts';
import { leases } from './leases.ts';
import { mixed } from './mixed.ts';
import { sockets } from './sockets.ts';

export const JOURNEYS: readonly Journey[] = [get, leases, chat, mixed, sockets];

/** @param name of a ready-made journey, or the URL of a module that exports one as `default` */
export async function loadJourney(name: string): Promise<Journey> {
  const known = JOURNEYS.find((journey) => journey.name === name);
  if (known !== undefined) return known;
  const { default: journey } = (await import(name)) as { readonly default?: Partial<Journey> };
  if (typeof journey?.run === 'function') return { ...journey, name: journey.name ?? name } as Journey;
  throw new TypeError('it has no default export with a function run(user)');
}
