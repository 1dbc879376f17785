/** What stood in the way of a start, as the command line tells it: the runtime's errors know no exit codes. */
import { ConfigError } from '../../config/errors.ts';
import { RulesError } from '../../config/rules.ts';
import { CliError, UsageError } from './errors.ts';

/** The configuration has to change: wrong usage. */
const USAGE_CODES: ReadonlySet<unknown> = new Set([
  'ACCESS_CONFIG',
  'MANAGEMENT_TOKENS_REQUIRED',
  'POLICY_FILE',
  'POLICY_INVALID',
  'RULES_FILE',
  'SCALING_SCHEDULES',
  'WEBHOOK_URL',
]);

/** The machine does not have what the configuration asks of it. */
const FAILURE_CODES: ReadonlySet<unknown> = new Set([
  'MANAGEMENT_LISTEN_FAILED',
  'MANAGEMENT_PORT_IN_USE',
  'MANAGEMENT_SOCKET_IN_USE',
  'RUNTIME_DIR_UNSAFE',
  'INHERITED_SOCKETS_UNUSABLE',
]);

/** The error to report for one of `runPrimary`; what is not known here stays as it is. */
export function startFailure(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if (error instanceof RulesError) return new ConfigError(error.problems);
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (USAGE_CODES.has(code)) return new UsageError(error.message);
  if (FAILURE_CODES.has(code)) return new CliError(String(code), error.message);
  if (syscall !== 'mkdir') return error;
  const message = `The runtime directory can't be created: ${error.message}. Set TIDEGATE_RUNTIME_DIR to one that you may write to`;
  return new CliError('RUNTIME_DIR', message);
}
