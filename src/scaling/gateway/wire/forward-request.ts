import { FIELD } from './field-kinds.ts';
import type { FieldTable } from './field-table.ts';
import type { RequestHead } from './request-head.ts';

/** What is said of a client in each of its requests; made once per connection. */
export interface ClientLines {
  /** The address as it stands in X-Forwarded-For. */
  readonly address: string;
  /** The same as it stands in Forwarded: IPv6 in brackets and quotes. */
  readonly node: string;
  readonly proto: 'http' | 'https';
  /** Its X-Forwarded-* and Forwarded fields are believed, and added to. */
  readonly trusted: boolean;
  /** The version it speaks, as Via says it; by default that of the request's head. */
  readonly received?: string;
  /** The identity field's whole line, or ''. */
  readonly identityLine: string;
}

/**
 * The head as it goes to the upstream. Order: hop-by-hop and nominated fields are gone before ours are added; a body gets exactly one
 * framing, ours.
 */
export function forwardRequest(head: RequestHead, table: FieldTable, client: ClientLines, via: string): string {
  let out = `${head.method} ${head.target} HTTP/1.1\r\nHost: ${head.host}\r\n`;
  out += passedFields(table, head, client.trusted);
  switch (head.framing.kind) {
    case 'length':
      out += `Content-Length: ${head.framing.bytes}\r\n`;
      break;
    case 'chunked':
      out += 'Transfer-Encoding: chunked\r\n';
      break;
  }
  if (head.upgrade !== undefined) out += `Connection: Upgrade\r\nUpgrade: ${head.upgrade}\r\n`;
  else if (head.trailers) out += 'Connection: TE\r\nTE: trailers\r\n';
  if (head.expectsContinue) out += 'Expect: 100-continue\r\n';
  out += `${originLines(head, table, client)}Via: ${head.via === '' ? '' : `${head.via}, `}${client.received ?? `1.${head.minor}`} ${via}\r\n`;
  return `${out}${client.identityLine}\r\n`;
}

/** Fields that nothing is done about, in runs as long as possible. */
function passedFields(table: FieldTable, head: RequestHead, trusted: boolean): string {
  const { text, count } = table;
  const nominated = head.connection.nominated;
  let out = '';
  let run = -1;
  for (let index = 0; index < count; index++) {
    const passes =
      isPassed(table.kind[index] as number, trusted) && !(nominated?.has(table.name(index).toLowerCase()) ?? false);
    if (passes && table.plain[index] === 1) {
      if (run === -1) run = table.nameStart[index] as number;
      continue;
    }
    if (run !== -1) out += text.slice(run, table.nameStart[index]);
    run = -1;
    if (passes) out += `${table.name(index)}: ${table.value(index)}\r\n`;
  }
  return run === -1 ? out : out + text.slice(run, text.length - 2);
}

function isPassed(kind: number, trusted: boolean): boolean {
  if (kind === FIELD.other || kind === FIELD.cookie) return true;
  return trusted && (kind === FIELD.forwardedProto || kind === FIELD.forwardedHost);
}

function originLines(head: RequestHead, table: FieldTable, client: ClientLines): string {
  const host = head.host === '' ? '' : `;host="${head.host}"`;
  const element = `for=${client.node}${host};proto=${client.proto}`;
  if (!client.trusted) {
    const hostLine = head.host === '' ? '' : `X-Forwarded-Host: ${head.host}\r\n`;
    return `X-Forwarded-For: ${client.address}\r\nX-Forwarded-Proto: ${client.proto}\r\n${hostLine}Forwarded: ${element}\r\n`;
  }
  const nominated = head.connection;
  const chain = nominated.nominates('x-forwarded-for') ? '' : head.forwardedFor;
  const elements = nominated.nominates('forwarded') ? '' : head.forwarded;
  let lines = `X-Forwarded-For: ${chain === '' ? '' : `${chain}, `}${client.address}\r\n`;
  // What the outermost proxy saw stands: ours is added only where nobody has said anything.
  if (!holds(table, FIELD.forwardedProto) || nominated.nominates('x-forwarded-proto')) {
    lines += `X-Forwarded-Proto: ${client.proto}\r\n`;
  }
  if (head.host !== '' && (!holds(table, FIELD.forwardedHost) || nominated.nominates('x-forwarded-host'))) {
    lines += `X-Forwarded-Host: ${head.host}\r\n`;
  }
  return `${lines}Forwarded: ${elements === '' ? '' : `${elements}, `}${element}\r\n`;
}

function holds(table: FieldTable, kind: number): boolean {
  for (let index = 0; index < table.count; index++) if (table.kind[index] === kind) return true;
  return false;
}
