/** Since the gateway began. */
export class TrafficCounts {
  connections = 0;
  requests = 0;
  /** Those of them that came over HTTP/2. */
  http2Requests = 0;
  /** Answered by the gateway itself, with an error. */
  refused = 0;
  retries = 0;
  /** Sent again to the same upstream because a connection kept open had been closed by it just then. */
  staleConnections = 0;
  clientAborts = 0;
  upgrades = 0;
  /** Upgrades whose sockets local workers serve by themselves. */
  handedOver = 0;
}
