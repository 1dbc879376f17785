import { expect } from 'chai';
import { HostDevices, type HostDevicesOptions } from '../../../../src/scaling/machine/host-devices.ts';

type Library = Awaited<ReturnType<NonNullable<HostDevicesOptions['load']>>>;

/** A made-up systeminformation, as far as it is used. */
function library(given: Record<string, unknown> = {}): Library {
  return {
    networkInterfaceDefault: async () => 'eth0',
    networkStats: async (iface: string) => [{ iface, rx_bytes: 1_000, tx_bytes: 2_000 }],
    fsSize: async () => [
      { mount: '/', size: 100, available: 40 },
      { mount: '/srv', size: 50, available: 5 },
      { mount: '/srv/application', size: 20, available: 2 },
    ],
    fsStats: async () => ({ rx: 10, wx: 20 }),
    ...given,
  } as unknown as Library;
}

describe('HostDevices', () => {
  it('tells traffic of the default interface, the disk of the directory, and disk traffic', async () => {
    const devices = new HostDevices({ load: async () => library(), directory: '/srv/app' });
    expect(await devices.figures(0)).to.deep.equal({
      network: { interface: 'eth0', receivedBytes: 1_000, transmittedBytes: 2_000 },
      disk: { mount: '/srv', sizeBytes: 50, availableBytes: 5 },
      diskTraffic: { readBytes: 10, writtenBytes: 20 },
    });
  });

  it('takes the root for a directory without a mount of its own', async () => {
    const devices = new HostDevices({ load: async () => library(), directory: '/opt' });
    expect((await devices.figures(0)).disk?.mount).to.equal('/');
  });

  it('reads again after 15 s, not sooner', async () => {
    let loads = 0;
    const load = async (): Promise<Library> => {
      loads += 1;
      return library();
    };
    const devices = new HostDevices({ load });
    await devices.figures(0);
    await devices.figures(14_999);
    expect(loads).to.equal(1);
    await devices.figures(15_000);
    expect(loads).to.equal(2);
  });

  it('looks for the default interface once, and again when it has gone', async () => {
    let lookUps = 0;
    let rxBytes: number | null = 5;
    const devices = new HostDevices({
      load: async () =>
        library({
          networkInterfaceDefault: async () => {
            lookUps += 1;
            return `eth${lookUps}`;
          },
          networkStats: async (iface: string) => [{ iface, rx_bytes: rxBytes, tx_bytes: 0 }],
        }),
    });
    await devices.figures(0);
    await devices.figures(15_000);
    expect(lookUps).to.equal(1);
    rxBytes = null;
    expect((await devices.figures(30_000)).network).to.equal(null);
    rxBytes = 7;
    expect((await devices.figures(45_000)).network?.interface).to.equal('eth2');
  });

  it('leaves out what the system does not tell, and keeps the rest', async () => {
    const devices = new HostDevices({
      directory: '/srv',
      load: async () =>
        library({
          networkInterfaceDefault: async () => '',
          fsSize: async () => {
            throw new Error('no df');
          },
        }),
    });
    const { network, disk, diskTraffic } = await devices.figures(0);
    expect([network, disk]).to.deep.equal([null, null]);
    expect(diskTraffic).to.deep.equal({ readBytes: 10, writtenBytes: 20 });
  });

  it('takes the zeros of a library that found nothing for unknown', async () => {
    const devices = new HostDevices({
      load: async () =>
        library({
          networkStats: async (iface: string) => [{ iface, rx_bytes: 0, tx_bytes: 0 }],
          fsStats: async () => ({ rx: 0, wx: 0 }),
          fsSize: async () => [{ mount: '/', size: 10, available: null }],
        }),
    });
    expect(await devices.figures(0)).to.deep.equal({ network: null, disk: null, diskTraffic: null });
  });

  it('does not make a scrape wait for a disk that never answers, and takes the answer when it comes', async () => {
    let answer = (_: unknown): void => {};
    const load = async (): Promise<Library> =>
      library({
        fsSize: () =>
          new Promise((resolve) => {
            answer = resolve;
          }),
      });
    const devices = new HostDevices({ load, directory: '/', waitMs: 1 });
    expect((await devices.figures(0)).disk).to.equal(null);
    expect((await devices.figures(60_000)).disk).to.equal(null);
    answer([{ mount: '/', size: 10, available: 4 }]);
    await new Promise(setImmediate);
    expect((await devices.figures(60_001)).disk).to.deep.equal({ mount: '/', sizeBytes: 10, availableBytes: 4 });
  });

  it('keeps what it knew when the library can not be loaded', async () => {
    let broken = false;
    const load = async (): Promise<Library> => {
      if (broken) throw new Error('not installed');
      return library();
    };
    const devices = new HostDevices({ load });
    const before = await devices.figures(0);
    broken = true;
    expect(await devices.figures(15_000)).to.deep.equal(before);
  });
});
