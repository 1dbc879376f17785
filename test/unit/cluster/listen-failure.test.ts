import { constants } from 'node:os';
import { expect } from 'chai';
import { listenFailure } from '../../../src/cluster/listen-failure.ts';
import type { ListenQuery } from '../../../src/ipc/protocol.ts';

const QUERY: ListenQuery = {
  address: null,
  port: 80,
  addressType: 4,
  fd: -1,
  flags: 0,
  backlog: 511,
  isHttp: true,
  index: 0,
  readableAll: false,
  writableAll: false,
  data: null,
};
const said = (errno: keyof typeof constants.errno, query: Partial<ListenQuery> = {}): string =>
  listenFailure({ ...QUERY, ...query }, -constants.errno[errno]);

describe('why an app can not listen', () => {
  it('is said with the port and what to do', () => {
    expect(said('EADDRINUSE')).to.equal(
      'port 80 is taken (EADDRINUSE); end what has it, or let the app listen elsewhere (PORT)',
    );
    expect(said('EACCES', { address: '::1' })).to.match(/^port 80 of ::1 is not allowed to this user \(EACCES\); take/);
    expect(said('EADDRNOTAVAIL', { address: '10.9.8.7' })).to.equal(
      'port 80 of 10.9.8.7: no interface of this machine has that address (EADDRNOTAVAIL)',
    );
  });

  it('names a unix socket by its path, and any other error as the system does', () => {
    expect(said('ENOENT', { address: '/gone/app.sock', port: -1, addressType: -1 })).to.equal(
      'it can’t listen on /gone/app.sock (ENOENT)',
    );
  });
});
