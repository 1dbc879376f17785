import { expect } from 'chai';
import { APP_PAGE_TRANSCRIPT } from '../../../../src/app/views/app-page-transcript.ts';
import { evaluate } from './page-source.ts';

interface Entry {
  readonly id: string;
  readonly mine: boolean;
  readonly text: string;
  readonly delivered: boolean;
}
interface Transcript {
  readonly entries: Entry[];
  readonly waiting: Entry[];
  say(text: string, nowMs: number): Entry;
  receive(message: { id: string; text: string; atMs: number }): Entry | null;
  deliver(id: string): boolean;
  due(nowMs: number, all?: boolean): Entry[];
}
type TranscriptClass = new (options: { room: string; tag: string; saved?: unknown }) => Transcript;

const Transcript = evaluate<TranscriptClass>(APP_PAGE_TRANSCRIPT, 'Transcript');
const ids = (entries: readonly Entry[]): string[] => [...entries].map(({ id }) => id);

describe('the page’s record of a conversation', () => {
  let transcript: Transcript;
  beforeEach(() => {
    transcript = new Transcript({ room: 'r', tag: 'me' });
  });

  it('sends a message at once, and again after 2, 4, 5 and 5 s until it is delivered', () => {
    transcript.say('hello', 0);
    const sentAtMs: number[] = [];
    for (let nowMs = 0; nowMs <= 17_000; nowMs += 500) if (transcript.due(nowMs).length > 0) sentAtMs.push(nowMs);
    expect(sentAtMs).to.deep.equal([0, 2_000, 6_000, 11_000, 16_000]);
    expect(transcript.deliver('me.1')).to.equal(true);
    expect(ids(transcript.due(60_000))).to.deep.equal([]);
  });

  it('sends all that waits after a reconnect, oldest first', () => {
    for (const text of ['a', 'b', 'c']) transcript.say(text, 0);
    transcript.due(0);
    transcript.deliver('me.2');
    expect(ids(transcript.due(1, true))).to.deep.equal(['me.1', 'me.3']);
  });

  it('shows once what is received several times', () => {
    expect(transcript.receive({ id: 'they.1', text: 'hi', atMs: 0 })).to.include({ text: 'hi', mine: false });
    expect(transcript.receive({ id: 'they.1', text: 'hi', atMs: 9 })).to.equal(null);
    expect(ids(transcript.entries)).to.deep.equal(['they.1']);
  });

  it('puts a message that was said again in its place', () => {
    for (const id of ['they.1', 'they.3']) transcript.receive({ id, text: id, atMs: 0 });
    transcript.say('mine', 0);
    transcript.receive({ id: 'they.10', text: '', atMs: 0 });
    transcript.receive({ id: 'they.2', text: '', atMs: 0 });
    expect(ids(transcript.entries)).to.deep.equal(['they.1', 'they.2', 'they.3', 'me.1', 'they.10']);
  });

  it('takes a confirmation once, and only for messages of its own', () => {
    transcript.say('a', 0);
    transcript.receive({ id: 'they.1', text: '', atMs: 0 });
    expect(transcript.deliver('they.1')).to.equal(false);
    expect(transcript.deliver('me.7')).to.equal(false);
    expect(transcript.deliver('me.1')).to.equal(true);
    expect(transcript.deliver('me.1')).to.equal(false);
  });

  it('goes on after the page was loaded again: what waits, what was seen, and the numbers', () => {
    transcript.say('a', 0);
    transcript.say('b', 0);
    transcript.due(0);
    transcript.deliver('me.1');
    transcript.receive({ id: 'they.1', text: 'hi', atMs: 0 });
    const saved = JSON.parse(JSON.stringify(transcript)) as unknown;
    const again = new Transcript({ room: 'r', tag: 'another', saved });
    expect(ids(again.entries)).to.deep.equal(['me.1', 'me.2', 'they.1']);
    expect(ids(again.due(0))).to.deep.equal(['me.2']);
    expect(again.receive({ id: 'they.1', text: 'hi', atMs: 0 })).to.equal(null);
    expect(again.say('c', 0).id).to.equal('me.3');
  });

  it('keeps 300 messages, and never drops one that waits', () => {
    transcript.say('waits', 0);
    for (let number = 1; number <= 400; number += 1) transcript.receive({ id: `they.${number}`, text: '', atMs: 0 });
    expect(transcript.entries).to.have.lengthOf(300);
    expect(ids(transcript.waiting)).to.deep.equal(['me.1']);
    expect(transcript.entries[1]).to.include({ id: 'they.102' });
  });
});
