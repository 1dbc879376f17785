import { expect } from 'chai';
import { clusterOptions, singleOptions } from '../../../../../src/scaling/state/redis/connection-options.ts';
import type { RedisSettings } from '../../../../../src/scaling/state/settings.ts';

const SETTINGS: RedisSettings = {
  nodes: [{ host: 'redis.test', port: 6390 }],
  cluster: false,
  password: '',
  db: 4,
  tls: false,
  readReplicas: false,
  commandTimeoutMs: 1_000,
};
const random = () => 0;

describe('options of ioredis', () => {
  it('never let it send a command twice', () => {
    const single = singleOptions(SETTINGS, random);
    expect(single).to.include({
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      enableOfflineQueue: false,
    });
    const cluster = clusterOptions(SETTINGS, random);
    expect(cluster).to.include({ retryDelayOnFailover: 0, retryDelayOnClusterDown: 0 });
    expect(cluster.redisOptions).to.include({ autoResendUnfulfilledCommands: false, maxRetriesPerRequest: 0 });
  });

  it('take node, database, password and TLS from the settings', () => {
    expect(singleOptions(SETTINGS, random)).to.include({ host: 'redis.test', port: 6390, db: 4 });
    expect(singleOptions(SETTINGS, random)).to.not.have.any.keys('password', 'tls');
    const secured = { ...SETTINGS, password: 'secret', tls: true };
    expect(singleOptions(secured, random)).to.deep.include({ password: 'secret', tls: {} });
    expect(clusterOptions(secured, random).redisOptions).to.deep.include({ password: 'secret', tls: {} });
    expect(clusterOptions(secured, random)).to.have.property('dnsLookup');
  });

  it('refuse settings without a node', () => {
    expect(() => singleOptions({ ...SETTINGS, nodes: [] }, random)).to.throw(RangeError, 'redis.nodes is empty');
    expect(() => clusterOptions({ ...SETTINGS, nodes: [] }, random)).to.throw(RangeError, 'redis.nodes is empty');
  });

  it('send plain reads, and only those, to a replica that answers', () => {
    const { scaleReads } = clusterOptions({ ...SETTINGS, readReplicas: true }, random);
    const choose = scaleReads as (nodes: readonly unknown[], command: { name: string }) => unknown;
    const master = { status: 'ready' };
    const replica = { status: 'ready' };
    const gone = { status: 'end' };
    expect(choose([master, gone, replica], { name: 'get' })).to.equal(replica);
    expect(choose([master, gone, undefined], { name: 'get' })).to.equal(master);
    expect(choose([master, replica], { name: 'hgetall' })).to.equal(master);
    expect(clusterOptions(SETTINGS, random).scaleReads).to.equal('master');
  });
});
