import { Redis } from 'ioredis';
import { RemoteState } from '../../src/scaling/state/embedded/remote-state.ts';
import { RespClient } from './resp-client.ts';

/** What all contenders do: keep bytes under keys. */
export interface KeyValue {
  set(key: string, value: Buffer): Promise<unknown>;
  get(key: string): Promise<unknown>;
  close(): Promise<unknown>;
}

/** Where a contender's server is, and how it is spoken to. */
export interface Target {
  readonly client: 'tidegate' | 'ioredis' | 'resp';
  /** A unix socket's path; with `port` a host. */
  readonly address: string;
  readonly port: number | null;
}

const TTL_MS = 60_000;

/** @throws Error when the server doesn't answer */
export async function connectTo(target: Target): Promise<KeyValue> {
  if (target.client === 'tidegate') return connectToTidegate(target.address);
  if (target.client === 'resp') return RespClient.connect(target.address);
  return connectByIoredis(target);
}

async function connectToTidegate(socketPath: string): Promise<KeyValue> {
  const state = new RemoteState({ socketPath });
  await state.connect();
  const kept = { ttlMs: TTL_MS };
  return {
    set: (key, value) => state.set(key, value, kept),
    get: (key) => state.get(key),
    close: () => state.close(),
  };
}

async function connectByIoredis({ address, port }: Target): Promise<KeyValue> {
  const where = port === null ? { path: address } : { host: address, port };
  const redis = new Redis({ ...where, enableAutoPipelining: true, lazyConnect: true });
  await redis.connect();
  return {
    set: (key, value) => redis.set(key, value, 'PX', TTL_MS),
    get: (key) => redis.getBuffer(key),
    close: () => redis.quit(),
  };
}
