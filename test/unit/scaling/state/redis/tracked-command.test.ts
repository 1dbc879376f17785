import { Writable } from 'node:stream';
import { expect } from 'chai';
import { TrackedCommand } from '../../../../../src/scaling/state/redis/tracked-command.ts';

/** What reaches the other side, in the pieces in which it leaves. */
class Socket extends Writable {
  readonly pieces: string[] = [];

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.pieces.push(chunk.toString());
    done();
  }

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    this.pieces.push(chunks.map(({ chunk }) => chunk.toString()).join(''));
    done();
  }
}

/** As ioredis does it. */
function send(command: TrackedCommand, socket: Socket): void {
  command.setReplyContext(undefined);
  socket.write(command.toWritable(socket));
}

describe('a command that knows whether it was sent', () => {
  it('was not sent before it is written, and was after', () => {
    const command = new TrackedCommand('incrby', ['key', 1]);
    expect(command.sent).to.equal(false);
    send(command, new Socket());
    expect(command.sent).to.equal(true);
  });

  it('was not sent when an answer redirected it, until it is written to the other node', () => {
    const command = new TrackedCommand('incrby', ['key', 1]);
    const [first, second] = [new Socket(), new Socket()];
    send(command, first);
    command.setReplyContext(undefined);
    expect(command.sent).to.equal(false);
    send(command, second);
    expect(command.sent).to.equal(true);
    expect(command.socket).to.equal(second);
  });

  it('leaves a PING in its place when nobody waits for it any more', async () => {
    const command = new TrackedCommand('incrby', ['key', 1]);
    const socket = new Socket();
    command.giveUp();
    send(command, socket);
    await new Promise((resolve) => setImmediate(resolve));
    expect(socket.pieces.join('')).to.equal('*1\r\n$4\r\nPING\r\n');
    expect(command.sent).to.equal(false);
  });

  it('leaves with all others of its turn of the event loop in one piece', async () => {
    const socket = new Socket();
    send(new TrackedCommand('get', ['a']), socket);
    send(new TrackedCommand('get', ['b']), socket);
    expect(socket.pieces).to.deep.equal([]);
    await new Promise((resolve) => setImmediate(resolve));
    send(new TrackedCommand('get', ['c']), socket);
    await new Promise((resolve) => setImmediate(resolve));
    const get = (key: string) => `*2\r\n$3\r\nget\r\n$1\r\n${key}\r\n`;
    expect(socket.pieces).to.deep.equal([get('a') + get('b'), get('c')]);
  });
});
