import { FIELD } from './field-kinds.ts';
import type { FieldTable } from './field-table.ts';
import { WireError } from './wire-error.ts';

/**
 * Fields that change what a message means, who sent it or where it goes: no one may slip them in behind the body (RFC 9110, 6.5.1).
 * Those of `FIELD` other than `other` are forbidden as well.
 */
const FORBIDDEN = new Set([
  'authorization',
  'age',
  'cache-control',
  'content-encoding',
  'content-range',
  'content-type',
  'expires',
  'date',
  'location',
  'max-forwards',
  'pragma',
  'range',
  'retry-after',
  'set-cookie',
  'vary',
  'warning',
  'www-authenticate',
  'x-real-ip',
]);

/**
 * The trailer fields that may be passed on, as lines.
 * @throws WireError BAD_CHUNK for fields that frame a message or steer the connection: behind a body they are an attack or a mistake
 * (Node's parser refuses or heeds them)
 */
export function trailerLines(table: FieldTable): string {
  let lines = '';
  for (let index = 0; index < table.count; index++) {
    const kind = table.kind[index];
    if (
      kind === FIELD.contentLength ||
      kind === FIELD.transferEncoding ||
      kind === FIELD.connection ||
      kind === FIELD.upgrade
    ) {
      throw new WireError('BAD_CHUNK', `${table.name(index)} in the trailers`);
    }
    if (kind !== FIELD.other) continue;
    const name = table.name(index);
    if (!FORBIDDEN.has(name.toLowerCase())) lines += `${name}: ${table.value(index)}\r\n`;
  }
  return lines;
}
