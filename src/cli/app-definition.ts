/** An app to start, as a command line or an ecosystem file describes it; nothing is resolved against the machine yet. */
import type { OptionName } from '../../config/schema.ts';

/** How many workers somebody asked for. `cores-minus` is PM2's negative count. */
export type WorkersWish =
  | { readonly kind: 'fixed'; readonly count: number }
  | { readonly kind: 'cores-minus'; readonly fewer: number }
  | { readonly kind: 'auto' }
  | { readonly kind: 'max' };

/** A wish and the name it goes by in messages: `-i`, `instances in ecosystem.config.cjs`. */
export interface NamedWish {
  readonly wish: WorkersWish;
  readonly name: string;
}

export interface AppDefinition {
  readonly script: string;
  readonly args: readonly string[];
  /** Undefined: where the command was given. */
  readonly cwd: string | undefined;
  readonly nodeArgs: readonly string[];
  readonly workers: NamedWish | undefined;
  /** Set: one process only (PM2's fork mode), and the name that says so. */
  readonly singleProcess: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  /** Options of ours that the definition sets, not yet checked, and how each is called there. */
  readonly options: Readonly<Partial<Record<OptionName, unknown>>>;
  readonly optionNames: Readonly<Partial<Record<OptionName, string>>>;
}

/**
 * Reads a wish: a positive count, `max` (0 in PM2), `auto`, or PM2's negative count, all cores but that many.
 * @returns undefined when it is none
 */
export function parseWorkersWish(value: unknown): WorkersWish | undefined {
  const text = typeof value === 'number' || typeof value === 'string' ? String(value).trim().toLowerCase() : '';
  if (text === 'auto') return { kind: 'auto' };
  if (text === 'max') return { kind: 'max' };
  if (!/^-?\d{1,4}$/.test(text)) return undefined;
  const count = Number(text);
  if (count === 0) return { kind: 'max' };
  if (count < 0) return { kind: 'cores-minus', fewer: -count };
  return count <= 1000 ? { kind: 'fixed', count } : undefined;
}

export const WORKERS_ALLOWED =
  'a whole number from 1 to 1000, max (or 0, one per core), -1 (all cores but one) or auto';
