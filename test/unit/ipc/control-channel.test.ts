import { once } from 'node:events';
import { Duplex, PassThrough } from 'node:stream';
import { expect } from 'chai';
import fc from 'fast-check';
import { ControlChannel } from '../../../src/ipc/control-channel.ts';
import { SEEDED } from '../scaling/balancing/candidates.ts';

interface Note {
  readonly note: string;
}

function isNote(value: unknown): value is Note {
  return typeof (value as Note | null)?.note === 'string';
}

/** Both ends of a connection: what one writes, the other reads. */
function pair(): [Duplex, Duplex] {
  const [there, back] = [new PassThrough(), new PassThrough()];
  return [Duplex.from({ readable: back, writable: there }), Duplex.from({ readable: there, writable: back })];
}

/** A channel that keeps what it gets. */
class Listener {
  readonly notes: string[] = [];
  readonly faults: string[] = [];
  readonly ended: Promise<void>;
  readonly channel: ControlChannel<Note, Note>;

  constructor(stream: Duplex) {
    let end: () => void;
    this.ended = new Promise((resolve) => {
      end = resolve;
    });
    this.channel = new ControlChannel<Note, Note>(stream, {
      accept: isNote,
      onMessage: ({ note }) => this.notes.push(note),
      onFault: (problem) => this.faults.push(problem),
      onEnd: () => end(),
    });
  }
}

/** Feeds `chunks`, ends the stream, and returns who read them. */
async function fed(chunks: readonly (string | Buffer)[]): Promise<Listener> {
  const stream = new PassThrough();
  const listener = new Listener(stream);
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
  await once(stream, 'end');
  return listener;
}

describe('ControlChannel', () => {
  it('brings messages over in both directions, in order', async () => {
    const [left, right] = pair();
    const [primary, worker] = [new Listener(left), new Listener(right)];
    for (const note of ['one', 'two\nlines', 'drei – ③']) primary.channel.send({ note });
    worker.channel.send({ note: 'back' });
    while (worker.notes.length < 3 || primary.notes.length < 1) await new Promise(setImmediate);
    expect(worker.notes).to.deep.equal(['one', 'two\nlines', 'drei – ③']);
    expect(primary.notes).to.deep.equal(['back']);
    primary.channel.close();
    worker.channel.close();
    await Promise.all([primary.ended, worker.ended]);
  });

  it('reads the same messages whatever the chunks, even inside a character', async () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'binary' }), { maxLength: 8 }), cuts, async (notes, lengths) => {
        let rest = Buffer.from(notes.map((note) => `${JSON.stringify({ note })}\n`).join(''));
        const chunks: Buffer[] = [];
        for (let index = 0; rest.length > 0; index += 1) {
          const length = lengths[index % lengths.length] as number;
          chunks.push(rest.subarray(0, length));
          rest = rest.subarray(length);
        }
        const listener = await fed(chunks);
        expect(listener.notes).to.deep.equal(notes);
        expect(listener.faults).to.deep.equal([]);
      }),
      { ...SEEDED, numRuns: 25 },
    );
  });

  it('reports a line that is not JSON, and goes on', async () => {
    const listener = await fed([`{"note":"a"}\nnonsense\n{"note":"b"}\n`]);
    expect(listener.notes).to.deep.equal(['a', 'b']);
    expect(listener.faults).to.deep.equal(['not JSON: nonsense']);
  });

  it('reports JSON that is no message, shortened', async () => {
    const listener = await fed([`null\n{"note":${'1'.repeat(200)}}\n`]);
    expect(listener.notes).to.deep.equal([]);
    expect(listener.faults).to.deep.equal([
      'unknown message: null',
      `unknown message: {"note":${'1'.repeat(100 - '{"note":'.length)}`,
    ]);
  });

  it('gives up a line without an end after a megabyte, instead of keeping it', async () => {
    const listener = await fed(['x'.repeat(1 << 20), 'x', '\n{"note":"after"}\n']);
    expect(listener.faults[0]).to.equal('a line of more than 1048576 characters');
    expect(listener.notes).to.deep.equal(['after']);
  });

  it('says once that the peer is gone, and drops what is sent to it then', async () => {
    const [left, right] = pair();
    const [primary, worker] = [new Listener(left), new Listener(right)];
    worker.channel.close();
    await worker.ended;
    left.destroy(new Error('ECONNRESET'));
    await primary.ended;
    primary.channel.send({ note: 'nobody hears this' });
    primary.channel.close();
    expect(worker.notes).to.deep.equal([]);
  });
});
