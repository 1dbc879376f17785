import { isIP } from 'node:net';

/**
 * The PROXY protocol, versions 1 and 2 (haproxy.org, doc/proxy-protocol.txt): what a proxy says of its client in front of the
 * connection's own bytes.
 */

/** One end of a connection. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** A header, and how many bytes it took. */
export interface ProxyHeader {
  readonly bytes: number;
  /** Null: the proxy speaks for itself (a health check), or does not know. */
  readonly client: Endpoint | null;
}

/** Bytes in the place of a PROXY header that are none. */
export class ProxyHeaderError extends Error {
  override readonly name = 'ProxyHeaderError';
  readonly code = 'PROXY_HEADER_INVALID';
}

const SIGNATURE_2 = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const SIGNATURE_1 = Buffer.from('PROXY ', 'latin1');
const FIXED_2 = 16;
/** The longest line of version 1, with its CRLF. */
const MAX_1 = 107;
/** Addresses, and what else a proxy may say (TLS details among it); the format's own limit is 65,535. */
const MAX_2 = 4_096;
const LF = 0x0a;

/** @returns undefined while it is not whole. @throws ProxyHeaderError as soon as it can't become one */
export function readProxyHeader(bytes: Buffer): ProxyHeader | undefined {
  if (isBegunBy(SIGNATURE_2, bytes)) return bytes.length < FIXED_2 ? undefined : readVersion2(bytes);
  if (isBegunBy(SIGNATURE_1, bytes)) return readVersion1(bytes);
  throw new ProxyHeaderError(
    `${JSON.stringify(bytes.toString('latin1', 0, 12))} stands where a PROXY header must begin`,
  );
}

/** A header of version 2 for a connection from `client` to `server`; LOCAL without a client. */
export function proxyHeader2(client: Endpoint | null, server: Endpoint): Buffer {
  const version = client === null ? 0 : isIP(client.address);
  if (client === null || version === 0) return Buffer.concat([SIGNATURE_2, Buffer.from([0x20, 0x00, 0, 0])]);
  const is6 = version === 6 || isIP(server.address) === 6;
  const addresses = Buffer.concat([addressBytes(client.address, is6), addressBytes(server.address, is6)]);
  const rest = Buffer.alloc(8);
  rest.writeUInt16BE(addresses.length + 4, 2);
  rest[0] = 0x21;
  rest[1] = is6 ? 0x21 : 0x11;
  const ports = Buffer.alloc(4);
  ports.writeUInt16BE(client.port, 0);
  ports.writeUInt16BE(server.port, 2);
  return Buffer.concat([SIGNATURE_2, rest.subarray(0, 4), addresses, ports]);
}

/** A line of version 1. */
export function proxyHeader1(client: Endpoint | null, server: Endpoint): Buffer {
  if (client === null || isIP(client.address) === 0 || isIP(client.address) !== isIP(server.address)) {
    return Buffer.from('PROXY UNKNOWN\r\n', 'latin1');
  }
  const family = isIP(client.address) === 6 ? 'TCP6' : 'TCP4';
  return Buffer.from(`PROXY ${family} ${client.address} ${server.address} ${client.port} ${server.port}\r\n`, 'latin1');
}

function isBegunBy(signature: Buffer, bytes: Buffer): boolean {
  const length = Math.min(signature.length, bytes.length);
  return signature.compare(bytes, 0, length, 0, length) === 0;
}

function readVersion1(bytes: Buffer): ProxyHeader | undefined {
  const end = bytes.subarray(0, MAX_1).indexOf(LF);
  if (end === -1) {
    if (bytes.length >= MAX_1) throw new ProxyHeaderError(`no line end in the first ${MAX_1} bytes`);
    return undefined;
  }
  const line = bytes.toString('latin1', 0, end + 1);
  if (/^PROXY UNKNOWN[^\r\n]*\r\n$/.test(line)) return { bytes: end + 1, client: null };
  const [, family, address = '', server = '', port, serverPort] =
    /^PROXY TCP([46]) ([0-9A-Fa-f:.]+) ([0-9A-Fa-f:.]+) (\d{1,5}) (\d{1,5})\r\n$/.exec(line) ?? [];
  const isValid =
    family !== undefined &&
    isIP(address) === Number(family) &&
    isIP(server) === Number(family) &&
    Number(port) < 65_536 &&
    Number(serverPort) < 65_536;
  if (!isValid) throw new ProxyHeaderError(`the line is ${JSON.stringify(line)}`);
  return { bytes: end + 1, client: { address, port: Number(port) } };
}

function readVersion2(bytes: Buffer): ProxyHeader | undefined {
  const versionCommand = bytes[12] as number;
  const family = bytes[13] as number;
  const length = bytes.readUInt16BE(14);
  if (versionCommand >> 4 !== 2 || (versionCommand & 15) > 1) {
    throw new ProxyHeaderError(`version and command are 0x${versionCommand.toString(16)}`);
  }
  if (length > MAX_2) throw new ProxyHeaderError(`it has ${length} bytes; at most ${MAX_2} are read`);
  const isProxied = (versionCommand & 15) === 1;
  const addressLength = family === 0x11 ? 4 : family === 0x21 ? 16 : 0;
  if (isProxied && length < addressLength * 2 + 4 && addressLength > 0) {
    throw new ProxyHeaderError(`${length} bytes are too few for its addresses`);
  }
  const end = FIXED_2 + length;
  if (bytes.length < end) return undefined;
  // What is no TCP over IP has no address that an app could know its client by.
  if (!isProxied || addressLength === 0) return { bytes: end, client: null };
  const address = addressText(bytes.subarray(FIXED_2, FIXED_2 + addressLength));
  return { bytes: end, client: { address, port: bytes.readUInt16BE(FIXED_2 + addressLength * 2) } };
}

function addressText(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16));
  // The URL parser writes IPv6 in its one canonical form (RFC 5952).
  return new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1);
}

function addressBytes(address: string, as6: boolean): Buffer {
  if (isIP(address) === 4) {
    const bytes = Buffer.from(address.split('.').map(Number));
    return as6 ? Buffer.concat([Buffer.alloc(10), Buffer.from([255, 255]), bytes]) : bytes;
  }
  if (isIP(address) === 0) return Buffer.alloc(as6 ? 16 : 4);
  const [head = '', tail] = new URL(`http://[${address.split('%')[0]}]/`).hostname.slice(1, -1).split('::');
  const groups = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
  const first = groups(head);
  const last = groups(tail ?? '');
  const all = [...first, ...new Array<number>(8 - first.length - last.length).fill(0), ...last];
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 255]));
}
