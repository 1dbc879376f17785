/** Network and disk of the host. systeminformation forks for them, so they are read when somebody scrapes, and seldom. */
import { isAbsolute, relative, sep } from 'node:path';
import type * as systeminformation from 'systeminformation';

/** Totals count from the boot of the host (or from when the interface was made). */
export interface NetworkFigures {
  readonly interface: string;
  readonly receivedBytes: number;
  readonly transmittedBytes: number;
}

export interface DiskFigures {
  readonly mount: string;
  readonly sizeBytes: number;
  readonly availableBytes: number;
}

export interface DiskTrafficFigures {
  readonly readBytes: number;
  readonly writtenBytes: number;
}

/** Null: this system does not tell. */
export interface DeviceFigures {
  readonly network: NetworkFigures | null;
  readonly disk: DiskFigures | null;
  readonly diskTraffic: DiskTrafficFigures | null;
}

type Library = Pick<typeof systeminformation, 'fsSize' | 'fsStats' | 'networkInterfaceDefault' | 'networkStats'>;

export interface HostDevicesOptions {
  /** By default systeminformation, loaded (8 MB) when it is first needed. */
  readonly load?: () => Promise<Library>;
  /** The disk of this directory is shown. */
  readonly directory?: string;
  /** How long one scrape waits for the figures; `df` never returns while a network file system is away. */
  readonly waitMs?: number;
}

const REFRESH_EVERY_MS = 15_000;
const NOTHING: DeviceFigures = { network: null, disk: null, diskTraffic: null };

async function loadSysteminformation(): Promise<Library> {
  return (await import('systeminformation')).default;
}

export class HostDevices {
  readonly #load: () => Promise<Library>;
  readonly #directory: string;
  readonly #waitMs: number;
  #interface = '';
  #figures: DeviceFigures = NOTHING;
  #refreshedAtMs = Number.NEGATIVE_INFINITY;
  #refresh: Promise<void> | null = null;

  constructor({ load = loadSysteminformation, directory = process.cwd(), waitMs = 500 }: HostDevicesOptions = {}) {
    this.#load = load;
    this.#directory = directory;
    this.#waitMs = waitMs;
  }

  /**
   * Figures at most 15 s old, or the latest known when new ones take longer than the wait. Never rejects.
   * @param nowMs any clock, the same at each call
   */
  async figures(nowMs: number): Promise<DeviceFigures> {
    if (this.#refresh === null && nowMs - this.#refreshedAtMs >= REFRESH_EVERY_MS) {
      this.#refreshedAtMs = nowMs;
      this.#refresh = this.#readAll()
        .then((figures) => {
          this.#figures = figures;
        })
        .catch(() => {
          // The library can't be loaded: what was known stays.
        })
        .finally(() => {
          this.#refresh = null;
        });
    }
    if (this.#refresh !== null) await atMost(this.#waitMs, this.#refresh);
    return this.#figures;
  }

  async #readAll(): Promise<DeviceFigures> {
    const library = await this.#load();
    const [network, disk, diskTraffic] = await Promise.all([
      this.#readNetwork(library).catch(() => null),
      readDisk(library, this.#directory).catch(() => null),
      readDiskTraffic(library).catch(() => null),
    ]);
    return { network, disk, diskTraffic };
  }

  /** Only the interface of the default route: bridges and tunnels would count the same bytes again. */
  async #readNetwork(library: Library): Promise<NetworkFigures | null> {
    // Finding the default route blocks for some 5 ms, so it is looked up again only when its interface has gone.
    this.#interface ||= await library.networkInterfaceDefault();
    const [stats] = this.#interface === '' ? [] : await library.networkStats(this.#interface);
    if (stats === undefined || !areTold(stats.rx_bytes, stats.tx_bytes)) {
      this.#interface = '';
      return null;
    }
    return { interface: stats.iface, receivedBytes: stats.rx_bytes, transmittedBytes: stats.tx_bytes };
  }
}

async function readDisk(library: Library, directory: string): Promise<DiskFigures | null> {
  let nearest: DiskFigures | null = null;
  for (const { mount, size, available } of await library.fsSize()) {
    if (!isCount(size) || !isCount(available) || !holds(mount, directory)) continue;
    if (nearest === null || mount.length > nearest.mount.length) {
      nearest = { mount, sizeBytes: size, availableBytes: available };
    }
  }
  return nearest;
}

function holds(mount: string, directory: string): boolean {
  const way = relative(mount, directory);
  return !isAbsolute(way) && way.split(sep)[0] !== '..';
}

async function readDiskTraffic(library: Library): Promise<DiskTrafficFigures | null> {
  const stats = (await library.fsStats()) as systeminformation.Systeminformation.FsStatsData | null;
  if (stats === null || !areTold(stats.rx, stats.wx)) return null;
  return { readBytes: stats.rx, writtenBytes: stats.wx };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

/** The library says 0 and 0 where it found nothing out. */
function areTold(inBytes: unknown, outBytes: unknown): boolean {
  return isCount(inBytes) && isCount(outBytes) && inBytes + outBytes > 0;
}

async function atMost(waitMs: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, waitMs);
  });
  await Promise.race([work, deadline]);
  clearTimeout(timer);
}
