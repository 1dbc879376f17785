import type { Endpoint } from '../../ipc/proxy-header.ts';
import type { HttpSocket } from './internals.ts';
import { ParserIdleness } from './parser-idleness.ts';

/** Which of a drain receipt's heaps a closed connection belongs to. */
export type Fate = 'open' | 'moving' | 'moved' | 'cut';

/** What serves a connection. Only plain HTTP/1 connections can move; a gateway's carries many clients' requests, and stays. */
export type ServerKind = 'http' | 'https' | 'http2' | 'gateway' | 'other';

/** What the agent knows of one client connection. */
export interface Connection {
  readonly socket: HttpSocket;
  /** The socket that requests arrive on: the same, or the TLS socket on top of it from the first request on. */
  http: HttpSocket;
  readonly listenerKey: string;
  readonly kind: ServerKind;
  /** As a proxy has told it; goes with it when it moves. */
  client?: Endpoint;
  /** A gateway has given it away for an upgrade: another request would pass the gateway by. */
  onlyUpgrade?: boolean;
  /** Bytes for its server were read before it came here: the socket does not count them. */
  begun?: boolean;
  requestsStarted: number;
  requestsFinished: number;
  /** Left HTTP by an upgrade or CONNECT. */
  upgraded: boolean;
  websocket: boolean;
  fate: Fate;
  /** The response under way, of several pipelined ones the first that was begun; null: none. */
  response: object | null;
  /** When its request came (`performance.now()`). */
  startedAtMs: number;
  /** When the last response ended (`performance.now()`); null before the first. */
  idleSinceMs: number | null;
  /** Moved in and silent since: its remaining keep-alive time runs as a socket timeout. */
  borrowedTimeout: boolean;
}

/**
 * Whether nothing of this HTTP/1 connection is in this process at this very moment: no request under way, not a byte of a
 * next one in the parser, nothing waiting to be written.
 *
 * @param parsers for several connections in one synchronous step: one for all
 */
export function isIdle(connection: Connection, parsers = new ParserIdleness()): boolean {
  if (connection.upgraded || connection.fate !== 'open') return false;
  if (connection.requestsStarted !== connection.requestsFinished) return false;
  const socket = connection.http;
  if (socket.destroyed || socket._handle === null || !socket.readable || !socket.writable) return false;
  if (socket._httpMessage != null || socket._paused === true) return false;
  if (socket.writableLength > 0 || (socket._handle.writeQueueSize ?? 0) > 0 || socket.readableLength > 0) return false;
  if (socket.parser == null) return false;
  return (socket.bytesRead === 0 && connection.begun !== true) || parsers.isIdle(socket);
}

/**
 * The only judge of whether a connection may move to another worker. Call it, and stop reading, in one synchronous step:
 * sockets are read only between two turns of the event loop.
 */
export function isMovable(connection: Connection, parsers?: ParserIdleness): boolean {
  return connection.kind === 'http' && isIdle(connection, parsers);
}

/** Idle keep-alive time left, in ms, by the server's own rule; null when there is no limit or it never spoke. */
export function keepAliveLeftMs(connection: Connection, nowMs: number): number | null {
  const limitMs = (connection.socket.server as { keepAliveTimeout?: number } | undefined)?.keepAliveTimeout ?? 0;
  if (connection.idleSinceMs === null || limitMs === 0) return null;
  return Math.max(1, Math.round(limitMs - (nowMs - connection.idleSinceMs)));
}
