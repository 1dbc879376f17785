import { expect } from 'chai';
import { ReadBuffers } from '../../../../../src/scaling/gateway/upstream/read-buffers.ts';

/** What a read that fills the buffer with `text` gives. */
function read(buffers: ReadBuffers, into: Buffer, text: string): Buffer {
  into.write(text);
  return buffers.read(text.length);
}

describe('ReadBuffers', () => {
  it('reads to the same buffer again while nobody needs it', () => {
    const buffers = new ReadBuffers();
    const first = buffers.next(undefined, false);
    expect(read(buffers, first, 'one').toString()).to.equal('one');
    expect(buffers.next(undefined, false)).to.equal(first);
  });

  it('leaves bytes alone that a socket has not taken', () => {
    const buffers = new ReadBuffers();
    const socket = { writableLength: 3, destroyed: false };
    const one = read(buffers, buffers.next(undefined, false), 'one');
    const two = read(buffers, buffers.next(socket, false), 'two');
    expect([one.toString(), two.toString()]).to.deep.equal(['one', 'two']);
  });

  it('uses a buffer again when its socket has taken all, not when that was destroyed', () => {
    const buffers = new ReadBuffers();
    const taken = { writableLength: 3, destroyed: false };
    const first = buffers.next(undefined, false);
    read(buffers, first, 'one');
    const second = buffers.next(taken, false);
    taken.writableLength = 0;
    read(buffers, second, 'two');
    const destroyed = { writableLength: 0, destroyed: true };
    const third = buffers.next(destroyed, false);
    expect(third, 'the first is free').to.equal(first);
    read(buffers, third, 'three');
    expect(buffers.next({ writableLength: 5, destroyed: false }, false), 'the second is not').not.to.equal(second);
  });

  it('gives bytes that come after a rest a buffer of their own', () => {
    const socket = { writableLength: 3, destroyed: false };
    const [one, other] = [new ReadBuffers(), new ReadBuffers()];
    for (const buffers of [one, other]) read(buffers, buffers.next(undefined, false), 'old');
    const shared = one.next(socket, true);
    expect(other.next(socket, true)).to.equal(shared);
    const ofOne = read(one, shared, 'one');
    const ofOther = read(other, shared, 'two');
    expect([ofOne.toString(), ofOther.toString()]).to.deep.equal(['one', 'two']);
  });
});
