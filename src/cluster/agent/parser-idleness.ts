import type { HttpParser, HttpSocket } from './internals.ts';

/** Node's list of a server's HTTP connections. */
interface ConnectionsList {
  /** Parsers between two messages. */
  idle(): HttpParser[];
}

/**
 * Tells whether a socket's parser is between two messages: not a byte of a next head has reached it. Node 20 and 22 say so for each
 * parser (`duration()` is 0); later ones only list the idle parsers of a server. One object is good for one synchronous step,
 * in which no parser can get on, and asks each server once.
 */
export class ParserIdleness {
  readonly #idleOf = new Map<object, ReadonlySet<HttpParser>>();

  /** False, too, where Node tells neither way. */
  isIdle(socket: HttpSocket): boolean {
    const { parser, server } = socket;
    if (parser == null) return false;
    if (typeof parser.duration === 'function') return parser.duration() === 0;
    return server !== undefined && this.#idleParsers(server).has(parser);
  }

  #idleParsers(server: object): ReadonlySet<HttpParser> {
    const known = this.#idleOf.get(server);
    if (known !== undefined) return known;
    const idle = new Set(connectionsOf(server)?.idle());
    this.#idleOf.set(server, idle);
    return idle;
  }
}

function connectionsOf(server: object): ConnectionsList | undefined {
  const symbol = Object.getOwnPropertySymbols(server).find(
    ({ description }) => description === 'http.server.connections',
  );
  return symbol === undefined ? undefined : (server as Record<symbol, ConnectionsList>)[symbol];
}
