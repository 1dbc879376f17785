import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { AcceptQueue } from '../../../../src/scaling/machine/accept-queue.ts';

const TCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:0BB9 00000000:0000 0A 00000000:00000011 00:00000000 00000000     0        0 1001 1 0 100 0 0 10 0
   1: 0100007F:2329 00000000:0000 0A 00000000:00000005 00:00000000 00000000     0        0 1002 1 0 100 0 0 10 0
   2: 0100007F:0BB9 0100007F:C001 01 00000000:00000040 00:00000000 00000000     0        0 1003 1 0 20 4 30 10 -1
`;
const TCP6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when
   0: 00000000000000000000000000000000:0BB9 00000000000000000000000000000000:0000 0A 00000000:00000003 00:00000000 0
`;

describe('the accept queue', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'tg-proc-'));
    mkdirSync(path.join(root, 'proc/net'), { recursive: true });
    writeFileSync(path.join(root, 'proc/net/tcp'), TCP);
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('is what the kernel holds for the ports that workers listen on, of both protocols', () => {
    writeFileSync(path.join(root, 'proc/net/tcp6'), TCP6);
    const queue = new AcceptQueue(root);
    expect(queue.waiting(['127.0.0.1:3001'])).to.equal(17 + 3);
    expect(queue.waiting(['[::]:3001', '127.0.0.1:9001'])).to.equal(17 + 3 + 5);
  });

  it('counts no bytes of connections, and needs no IPv6', () => {
    expect(new AcceptQueue(root).waiting(['127.0.0.1:3001'])).to.equal(17);
    expect(new AcceptQueue(root).waiting(['127.0.0.1:3002'])).to.equal(0);
  });

  it('is unknown where nothing listens on TCP, or the kernel does not tell', () => {
    expect(new AcceptQueue(root).waiting(['/run/app.sock'])).to.equal(null);
    expect(new AcceptQueue(path.join(root, 'nowhere')).waiting(['127.0.0.1:3001'])).to.equal(null);
  });
});
