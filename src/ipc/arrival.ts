import type { Endpoint } from './proxy-header.ts';

/** What was read of a connection before it came to its worker. */
export interface Arrival {
  /** Who a proxy says that its client is. */
  readonly client?: Endpoint;
  /** Bytes for the server, in base64. */
  readonly first?: string;
  /** It comes from a gateway, for the upgrade in `first` and nothing else. */
  readonly upgrade?: true;
}

/** @param client null: the proxy did not say @param rest what came behind its header */
export function arrivalOf(client: Endpoint | null, rest: Buffer): Arrival {
  return { ...(client !== null && { client }), ...(rest.length > 0 && { first: rest.toString('base64') }) };
}

/** As a part of a message, or of what becomes one. */
export function carried(arrival: Arrival | undefined): { readonly arrival?: Arrival } {
  return arrival === undefined ? {} : { arrival };
}
