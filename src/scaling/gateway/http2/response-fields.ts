import { FIELD } from '../wire/field-kinds.ts';
import type { FieldTable } from '../wire/field-table.ts';

/** As `node:http2` takes them. */
export type Http2Fields = Record<string, string | string[]>;

/**
 * The fields of a response, or of its trailers, without those that are for a connection of HTTP/1.1 only. Repeated ones are joined as
 * RFC 9110 (5.3) has it, but for Set-Cookie, whose values hold commas.
 */
export function http2Fields(table: FieldTable): Http2Fields {
  const fields: Http2Fields = Object.create(null);
  for (let index = 0; index < table.count; index++) {
    if (!isPassed(table.kind[index] as number)) continue;
    const name = table.name(index).toLowerCase();
    const value = table.value(index);
    const before = fields[name];
    if (name === 'set-cookie') fields[name] = before === undefined ? [value] : [...before, value];
    else fields[name] = before === undefined ? value : `${before}, ${value}`;
  }
  return fields;
}

function isPassed(kind: number): boolean {
  switch (kind) {
    case FIELD.connection:
    case FIELD.keepAlive:
    case FIELD.transferEncoding:
    case FIELD.upgrade:
    case FIELD.te:
    case FIELD.hop:
      return false;
    default:
      return true;
  }
}
