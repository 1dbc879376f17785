/** Something of Node's own bindings that knows its peer. */
export interface HasPeer {
  getpeername?(out: object): number;
}

/** The client's address; empty for a unix socket, and for a connection that is gone already. */
export function peerAddress(handle: HasPeer): string {
  const out: { address?: string } = {};
  handle.getpeername?.(out);
  return out.address ?? '';
}
