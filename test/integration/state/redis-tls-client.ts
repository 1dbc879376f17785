/** Uses a Redis over TLS from a process of its own: which authorities a process trusts is settled when it starts. */
import { RedisState } from '../../../src/scaling/state/redis/redis-state.ts';
import { redisSettings } from './open-redis.ts';

const port = Number(process.argv[2]);
const settings = redisSettings({ nodes: [{ host: 'localhost', port }], tls: true, password: 'secret' });
const state = new RedisState(settings, 'test:');
await state.connect();
try {
  let hear: (message: Buffer) => void = () => {};
  const heard = new Promise<Buffer>((resolve) => {
    hear = resolve;
  });
  await state.subscribe('channel', hear);
  await state.set('key', 'over TLS');
  await state.publish('channel', 'heard');
  process.stdout.write(`${await state.get('key')}, ${await heard}`);
} catch (error) {
  process.stdout.write((error as Error).message);
} finally {
  await state.close();
}
