import { expect } from 'chai';
import { Opener, Sender } from '../../../../../src/scaling/state/fallback/envelope.ts';

describe('envelope', () => {
  it('gives back what was sealed, text and bytes, and nothing too', () => {
    const sender = new Sender();
    const opener = new Opener();
    expect(opener.open(sender.seal('grüße'))?.toString()).to.equal('grüße');
    expect(opener.open(sender.seal(new Uint8Array([0, 255, 7])))).to.deep.equal(Buffer.from([0, 255, 7]));
    expect(opener.open(sender.seal(''))).to.have.length(0);
  });

  it('opens each message once, whichever way its copies came', () => {
    const sender = new Sender();
    const opener = new Opener();
    const [one, two] = [sender.seal('1'), sender.seal('2')];
    expect([one, one, two, one, two].map((bytes) => opener.open(bytes)?.toString())).to.deep.equal([
      '1',
      undefined,
      '2',
      undefined,
      undefined,
    ]);
  });

  it('tells senders apart', () => {
    const opener = new Opener();
    const messages = [new Sender(), new Sender()].map((sender) => sender.seal('first'));
    expect(messages.map((bytes) => opener.open(bytes)?.toString())).to.deep.equal(['first', 'first']);
  });

  it('gives what was never sealed as it is', () => {
    const opener = new Opener();
    for (const text of ['plain', '', 'a text that is longer than any header']) {
      expect(opener.open(Buffer.from(text))?.toString()).to.equal(text);
    }
  });

  it('remembers a thousand senders, not all', () => {
    const opener = new Opener();
    const first = new Sender();
    const sealed = first.seal('again');
    opener.open(sealed);
    for (let i = 0; i < 1_000; i += 1) opener.open(new Sender().seal('x'));
    expect(opener.open(sealed)?.toString()).to.equal('again');
  });
});
