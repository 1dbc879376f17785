import { BlockList, isIP } from 'node:net';

export interface Network {
  readonly address: string;
  readonly prefix: number;
  readonly family: 'ipv4' | 'ipv6';
}

/** Reads an address or a network in CIDR form; undefined when it is neither. */
export function parseNetwork(given: string): Network | undefined {
  const [address = '', bits, more] = given.split('/');
  const version = isIP(address);
  const widest = version === 6 ? 128 : 32;
  const prefix = bits === undefined ? widest : Number(bits);
  if (version === 0 || more !== undefined || !/^\d+$/.test(bits ?? '0') || prefix > widest) return undefined;
  return { address, prefix, family: version === 6 ? 'ipv6' : 'ipv4' };
}

/** An IPv4 client of a dual-stack socket, written as what it is. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/, '');
}

/** Addresses and networks that something holds for. */
export class NetworkList {
  readonly #list = new BlockList();
  readonly isEmpty: boolean;

  /** @throws RangeError for what is no address or network */
  constructor(networks: readonly string[]) {
    this.isEmpty = networks.length === 0;
    for (const given of networks) {
      const network = parseNetwork(given);
      if (network === undefined) throw new RangeError(`"${given}" is no IP address and no network such as 10.0.0.0/8`);
      this.#list.addSubnet(network.address, network.prefix, network.family);
    }
  }

  has(address: string): boolean {
    if (this.isEmpty) return false;
    const plain = plainAddress(address);
    const version = isIP(plain);
    return version !== 0 && this.#list.check(plain, version === 6 ? 'ipv6' : 'ipv4');
  }
}
