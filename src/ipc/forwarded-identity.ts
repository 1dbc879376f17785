/** The field's name, in lower case; whatever a client sends under it is dropped. */
export const IDENTITY_FIELD = 'x-tidegate-client';

/** Who is at the other end of a client's connection, for an upstream that sees the gateway's connection only. */
export interface ClientIdentity {
  /** The client's address, and its port. */
  readonly address: string;
  readonly port: number;
  readonly proto: 'http' | 'https';
  /** The port that the client connected to. */
  readonly localPort: number;
}

const TAG_BYTES = 32;

/**
 * Writes and reads the field that tells a worker, beyond doubt, who its client is: `address port proto localPort tag`, the tag an
 * HMAC-SHA256 with a secret that gateway and workers share. The gateway drops the field from what clients send, so the tag guards
 * against those who reach a worker's socket by another way.
 */
export class ForwardedIdentity {
  readonly #secret: string;

  /** @throws RangeError for a secret of fewer than 16 characters */
  constructor(secret: string) {
    if (secret.length < 16) {
      throw new RangeError(`the secret has ${secret.length} characters; at least 16 are needed`);
    }
    this.#secret = secret;
  }

  /** The whole line with its CRLF. Costs a hash, so it is written once per connection. */
  line(identity: ClientIdentity): string {
    const facts = factsOf(identity);
    return `${IDENTITY_FIELD}: ${facts} ${this.#tag(facts)}\r\n`;
  }

  /** What a field's value says; undefined when it was not written with this secret. */
  read(value: string): ClientIdentity | undefined {
    const parts = value.split(' ');
    if (parts.length !== 5) return undefined;
    const [address, port, proto, localPort, tag] = parts as [string, string, string, string, string];
    const expected = Buffer.from(this.#tag(`${address} ${port} ${proto} ${localPort}`), 'latin1');
    const given = Buffer.from(tag, 'latin1');
    if (given.length !== expected.length || !crypto().timingSafeEqual(given, expected)) return undefined;
    return { address, port: Number(port), proto: proto === 'https' ? 'https' : 'http', localPort: Number(localPort) };
  }

  #tag(facts: string): string {
    return crypto().createHmac('sha256', this.#secret).update(facts).digest('base64url').slice(0, TAG_BYTES);
  }
}

/** Loaded when it is first needed: every worker has this file, few have a gateway, and loading takes 2 ms of a start. */
function crypto(): typeof import('node:crypto') {
  return process.getBuiltinModule('node:crypto');
}

function factsOf({ address, port, proto, localPort }: ClientIdentity): string {
  return `${address} ${port} ${proto} ${localPort}`;
}
