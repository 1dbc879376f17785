/** Which addresses and host names only this machine can reach, and what it takes to listen on any other. */
import { isIPv4 } from 'node:net';
import { LOOPBACK_HOSTS } from '../../../config/schema.ts';

/** True for `127.0.0.0/8`, `::1` and their IPv4-mapped forms. */
export function isLoopbackAddress(address: string): boolean {
  const plain = address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
  return plain === '::1' || (isIPv4(plain) && plain.startsWith('127.'));
}

/** True for a MANAGEMENT_HOST that only this machine can reach. */
export function isLoopbackHost(host: string): boolean {
  return LOOPBACK_HOSTS.includes(host.toLowerCase()) || isLoopbackAddress(host);
}

/** The control API would stand open on a network. */
export class ManagementTokensRequiredError extends Error {
  readonly code = 'MANAGEMENT_TOKENS_REQUIRED';

  constructor(host: string) {
    super(
      `MANAGEMENT_HOST=${host} is not loopback, so the control API needs tokens: set MANAGEMENT_TOKENS, ` +
        'for example MANAGEMENT_TOKENS=admin:<16 or more characters>, or MANAGEMENT_TOKENS_FILE, or JWT_AUDIENCE ' +
        'and a key, or set MANAGEMENT_HOST=127.0.0.1.',
    );
    this.name = 'ManagementTokensRequiredError';
  }
}

/**
 * Refuses an address other than loopback when no credentials are configured.
 * @throws ManagementTokensRequiredError
 */
export function assertSafeToListen(host: string, demandsCredentials: boolean): void {
  if (!isLoopbackHost(host) && !demandsCredentials) throw new ManagementTokensRequiredError(host);
}
