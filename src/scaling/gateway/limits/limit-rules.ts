import { createHash } from 'node:crypto';
import { GatewayOptionError } from '../errors.ts';

/** A limit as it is written in a configuration: `/login=5/60:strict:300`. */
export interface LimitRule {
  /** Names its counts in the shared state: the same text, the same counts, on whatever machine. */
  readonly name: string;
  readonly path: string;
  readonly kind: 'standard' | 'strict' | 'progressive';
  readonly points: number;
  readonly durationMs: number;
  /** Undefined: as long as `durationMs`. */
  readonly blockMs: number | undefined;
}

const RULE = /^(\/[^\s=,?#]*)=([1-9]\d{0,8})\/([1-9]\d{0,5})(?::(standard|strict|progressive)(?::([1-9]\d{0,5}))?)?$/;
const ALLOWED =
  '<path>=<requests>/<seconds>, then :standard, :strict or :progressive, then :<seconds of the block>, as in /login=5/60:strict:300';

/** @throws GatewayOptionError with what is allowed */
export function limitRule(text: string): LimitRule {
  const [, path, points, seconds, kind = 'standard', blockSeconds] = RULE.exec(text) ?? [];
  if (path === undefined) throw new GatewayOptionError('rateLimits', text, ALLOWED);
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 8);
  const readable = path.replace(/[^\w.-]+/g, '.').slice(0, 40);
  return {
    name: `gateway${readable}.${digest}`,
    path,
    kind: kind as LimitRule['kind'],
    points: Number(points),
    durationMs: Number(seconds) * 1000,
    blockMs: blockSeconds === undefined ? undefined : Number(blockSeconds) * 1000,
  };
}
