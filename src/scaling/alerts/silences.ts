/** Times during which people do not want to hear of some alerts. */

export interface SilenceRequest {
  /** Key of the alerts; `*` stands for any characters: `health/*`. */
  readonly key: string;
  readonly reason: string;
  readonly by: string;
  readonly forMs: number;
}

export interface Silence {
  readonly id: string;
  readonly key: string;
  readonly reason: string;
  readonly by: string;
  readonly startsAtMs: number;
  readonly endsAtMs: number;
}

/** More than people can keep in mind; this bounds what a script's mistake can do. */
export const MAX_SILENCES = 100;

export class TooManySilencesError extends Error {
  readonly code = 'TOO_MANY_SILENCES';

  constructor() {
    super(`${MAX_SILENCES} silences hold, which is the limit; end one of them`);
    this.name = 'TooManySilencesError';
  }
}

export class Silences {
  #held: readonly Silence[] = [];
  #made = 0;

  /** @throws TooManySilencesError */
  add({ key, reason, by, forMs }: SilenceRequest, nowMs: number): Silence {
    this.#expire(nowMs);
    if (this.#held.length >= MAX_SILENCES) throw new TooManySilencesError();
    this.#made += 1;
    const silence = { id: `s${this.#made}`, key, reason, by, startsAtMs: nowMs, endsAtMs: nowMs + forMs };
    this.#held = [...this.#held, silence];
    return silence;
  }

  /** Ends one early; undefined: there is none of that id. */
  end(id: string): Silence | undefined {
    const ended = this.#held.find((silence) => silence.id === id);
    this.#held = this.#held.filter((silence) => silence !== ended);
    return ended;
  }

  /** Those that hold now, the oldest first. */
  list(nowMs: number): readonly Silence[] {
    this.#expire(nowMs);
    return this.#held;
  }

  /** The first that covers an alert. */
  covering(alertKey: string, nowMs: number): Silence | undefined {
    return this.#held.find(({ key, endsAtMs }) => nowMs < endsAtMs && keyMatches(key, alertKey));
  }

  #expire(nowMs: number): void {
    this.#held = this.#held.filter(({ endsAtMs }) => nowMs < endsAtMs);
  }
}

/** Whether a key fits a pattern in which `*` stands for any characters, none included. Linear in both lengths. */
export function keyMatches(pattern: string, key: string): boolean {
  const [head = '', ...rest] = pattern.split('*');
  if (!key.startsWith(head)) return false;
  const tail = rest.pop();
  if (tail === undefined) return key === head;
  let from = head.length;
  for (const part of rest) {
    const at = key.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return key.length - tail.length >= from && key.endsWith(tail);
}
