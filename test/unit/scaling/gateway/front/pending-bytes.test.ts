import { expect } from 'chai';
import { PendingBytes } from '../../../../../src/scaling/gateway/front/pending-bytes.ts';

describe('PendingBytes', () => {
  it('keeps the first piece as it came', () => {
    const pending = new PendingBytes();
    const piece = Buffer.from('first');
    pending.append(piece);
    expect(pending.bytes).to.equal(piece);
  });

  it('puts what follows behind it', () => {
    const pending = new PendingBytes();
    for (const text of ['one ', 'two ', 'three ', 'x'.repeat(1000)]) pending.append(Buffer.from(text));
    expect(pending.bytes?.toString()).to.equal(`one two three ${'x'.repeat(1000)}`);
    expect(pending.length).to.equal(1014);
  });

  it('leaves what was taken as it is when more comes', () => {
    const pending = new PendingBytes();
    pending.append(Buffer.from('ab'));
    pending.append(Buffer.from('cd'));
    const taken = pending.bytes;
    pending.drop(3);
    pending.append(Buffer.from('ef'));
    pending.append(Buffer.from('gh'));
    expect(taken?.toString()).to.equal('abcd');
    expect(pending.bytes?.toString()).to.equal('defgh');
    pending.drop(5);
    expect(pending).to.include({ length: 0, bytes: undefined });
  });
});
