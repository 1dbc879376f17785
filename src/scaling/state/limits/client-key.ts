/** The key of a client by its address. Pure. */
import { isIPv4, isIPv6 } from 'node:net';

/**
 * An IPv4 address as it is (also one written as IPv6, `::ffff:192.0.2.1`); an IPv6 address cut to its first 64 bits, because a client
 * usually has a whole /64 (RFC 6177, RFC 7421) and would otherwise have 2^64 limits. Anything else as it is.
 */
export function addressKey(address: string): string {
  const [bare = ''] = address.split('%', 1);
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1];
  if (mapped !== undefined && isIPv4(mapped)) return mapped;
  return isIPv6(bare) ? `${firstGroups(bare).join(':')}::/64` : address;
}

/** The first four of the eight groups, without leading zeros. */
function firstGroups(address: string): readonly string[] {
  const [head = '', tail] = address.toLowerCase().split('::');
  const before = groupsOf(head);
  const after = tail === undefined ? [] : groupsOf(tail);
  // An IPv4 tail takes the place of two groups; it is never among the first four unless the address is short of groups before it.
  const width = (groups: readonly string[]) => groups.reduce((sum, group) => sum + (group.includes('.') ? 2 : 1), 0);
  const zeros = tail === undefined ? 0 : 8 - width(before) - width(after);
  const all = [...before, ...Array<string>(Math.max(0, zeros)).fill('0'), ...after];
  return all.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
}

function groupsOf(part: string): readonly string[] {
  return part === '' ? [] : part.split(':');
}
