/** What the app takes from its environment. */

export const DEFAULT_PORT = 3001;

/** A setting that cannot be used; the message names it, the value given and what is allowed. */
export class SettingError extends Error {
  readonly code = 'BAD_SETTING';
  override readonly name = 'SettingError';
}

/**
 * The TCP port to listen on: `PORT`, 3001 when it is unset or empty; 0 lets the system pick a free one.
 * @throws SettingError when `PORT` is not a whole number from 0 to 65535
 */
export function readPort(env: Readonly<Record<string, string | undefined>>): number {
  const given = env.PORT ?? '';
  if (given === '') return DEFAULT_PORT;
  const port = /^\d{1,5}$/.test(given) ? Number(given) : Number.NaN;
  if (!(port <= 65_535))
    throw new SettingError(`PORT is ${JSON.stringify(given)}; allowed is a whole number from 0 to 65535`);
  return port;
}
