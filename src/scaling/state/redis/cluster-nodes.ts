/** What a Redis says of itself, read from the text of INFO and CLUSTER NODES. */

/** One line of CLUSTER NODES. */
export interface ClusterNode {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  readonly role: 'master' | 'replica';
  /** The master of a replica. */
  readonly masterId: string | null;
  /** Raised by each failover: of two who claim a slot, the one with the higher epoch holds it. */
  readonly epoch: number;
  /** `suspected` by the node that was asked (PFAIL), or `failed` by agreement of the masters. */
  readonly health: 'ok' | 'suspected' | 'failed';
  /** First and last slot of each range. */
  readonly slots: readonly (readonly [first: number, last: number])[];
}

/** Of each line: `id host:port@busport[,hostname] flags master ping pong epoch link-state slot…`. Lines of another form are left out. */
export function parseClusterNodes(text: string): readonly ClusterNode[] {
  return text.split('\n').flatMap((line) => {
    const [id, address, flagList, master, , , epoch, , ...ranges] = line.trim().split(' ');
    const [, host, port] = /^(.*):(\d+)@/.exec(address ?? '') ?? [];
    if (id === undefined || port === undefined || flagList === undefined) return [];
    const flags = flagList.split(',');
    if (flags.includes('noaddr') || flags.includes('handshake')) return [];
    return [
      {
        id,
        host: host ?? '',
        port: Number(port),
        role: flags.includes('master') ? 'master' : 'replica',
        masterId: master === undefined || master === '-' ? null : master,
        epoch: Number(epoch),
        health: flags.includes('fail') ? 'failed' : flags.includes('fail?') ? 'suspected' : 'ok',
        slots: ranges.flatMap((range) => {
          // A slot on its way to another node, in brackets, is told among the others too.
          const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(range) ?? [];
          return first === undefined ? [] : [[Number(first), Number(last)] as const];
        }),
      } satisfies ClusterNode,
    ];
  });
}

/** Of several nodes' tables, the one that knows the latest failover; empty where there is none. */
export function latestTable(tables: readonly (readonly ClusterNode[])[]): readonly ClusterNode[] {
  const epochOf = (table: readonly ClusterNode[]) => Math.max(0, ...table.map(({ epoch }) => epoch));
  return tables.reduce((latest, table) => (epochOf(table) > epochOf(latest) ? table : latest), tables[0] ?? []);
}

/** How many slots the ranges cover. */
export function slotCount(slots: ClusterNode['slots']): number {
  return slots.reduce((sum, [first, last]) => sum + last - first + 1, 0);
}

/** A field of INFO; undefined: there is none. */
export function infoField(info: string, name: string): string | undefined {
  return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
}

/**
 * How many masters were replaced between two looks: replicas of then that hold slots now. Slots that were moved from one master to another by
 * people are no failover.
 */
export function failoversBetween(before: readonly ClusterNode[], now: readonly ClusterNode[]): number {
  const replicas = new Set(before.filter(({ role }) => role === 'replica').map(({ id }) => id));
  return now.filter(({ id, role, slots }) => role === 'master' && slots.length > 0 && replicas.has(id)).length;
}
