import { expect } from 'chai';
import fc from 'fast-check';
import { FrameSplitter } from '../../../../../src/scaling/state/embedded/frame-splitter.ts';
import { fromStored, toStored } from '../../../../../src/scaling/state/embedded/stored.ts';
import { MalformedFrameError, WireReader } from '../../../../../src/scaling/state/embedded/wire-reader.ts';
import { WireWriter } from '../../../../../src/scaling/state/embedded/wire-writer.ts';

const bytes = fc.uint8Array({ maxLength: 200 });
/** Well-formed, of any script: what UTF-8 can carry. */
const text = fc.string({ unit: 'binary', maxLength: 80 });

function readerOf(writer: WireWriter): WireReader {
  const reader = new WireReader();
  reader.reset(Buffer.from(writer.written), 0, writer.length);
  return reader;
}

describe('the wire of the embedded store', () => {
  it('brings everything over as it was', () => {
    const size = fc.integer({ min: 0, max: 0xffff_ffff });
    fc.assert(
      fc.property(
        text,
        bytes,
        fc.double({ noNaN: true }),
        size,
        fc.array(text),
        (name, value, number, whole, names) => {
          const writer = new WireWriter(1, 1e6);
          writer.text(name);
          writer.value(value);
          writer.stored(toStored(value));
          writer.number(number);
          writer.size(whole);
          writer.texts(names);
          writer.flag(true);
          writer.value(name);
          const reader = readerOf(writer);
          expect(reader.text()).to.equal(name);
          expect(reader.bytes().equals(value)).to.equal(true);
          expect(fromStored(reader.stored()).equals(value)).to.equal(true);
          expect(reader.number()).to.equal(number);
          expect(reader.size()).to.equal(whole);
          expect(reader.texts()).to.deep.equal(names);
          expect(reader.flag()).to.equal(true);
          expect(String(reader.bytes())).to.equal(name);
          reader.end();
        },
      ),
    );
  });

  it('notices a frame that is too short or too long, and never reads beyond it', () => {
    const writer = new WireWriter(16, 1e6);
    writer.text('key');
    const whole = Buffer.concat([writer.written, Buffer.from('the next frame')]);
    const reader = new WireReader();
    for (let end = 0; end < writer.length; end++) {
      reader.reset(whole, 0, end);
      expect(() => reader.text()).to.throw(MalformedFrameError);
    }
    reader.reset(whole, 0, whole.length);
    expect(reader.text()).to.equal('key');
    expect(() => reader.end()).to.throw(MalformedFrameError, '14 bytes too many');
  });

  it('notices a fraction where a whole number belongs', () => {
    const writer = new WireWriter(16, 1e6);
    writer.number(0.5);
    writer.number(Number.NaN);
    const reader = readerOf(writer);
    expect(() => reader.whole()).to.throw(MalformedFrameError);
    expect(() => reader.whole()).to.throw(MalformedFrameError);
  });

  it('does not write more than it may', () => {
    const writer = new WireWriter(16, 100);
    expect(() => writer.value(Buffer.alloc(97)))
      .to.throw('needs more than 100 bytes')
      .with.property('code', 'STATE_BAD_ARGUMENT');
    writer.value(Buffer.alloc(96));
    expect(writer.length).to.equal(100);
  });

  it('finds the same frames however the stream was cut', () => {
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 12 }), fc.array(fc.integer({ min: 1, max: 40 })), (contents, cuts) => {
        const writer = new WireWriter(16, 1e6);
        for (const content of contents) {
          const start = writer.beginFrame();
          writer.raw(content);
          writer.endFrame(start);
        }
        const stream = Buffer.from(writer.written);
        const memory = Buffer.alloc(stream.length);
        for (const isMemoryUsedAgain of [false, true]) {
          const splitter = new FrameSplitter(1000);
          const reader = new WireReader();
          const found: number[][] = [];
          for (let at = 0, turn = 0; at < stream.length; turn++) {
            const chunk = stream.subarray(at, at + (cuts[turn % cuts.length] ?? stream.length));
            if (isMemoryUsedAgain) {
              chunk.copy(memory.fill(0xff));
              splitter.push(memory.subarray(0, chunk.length));
            } else {
              splitter.push(chunk);
            }
            at += chunk.length;
            while (splitter.next(reader)) found.push(restOf(reader));
            if (isMemoryUsedAgain) splitter.keep();
          }
          expect(found).to.deep.equal(contents.map((content) => [...content]));
        }
      }),
    );
  });

  it('refuses a frame that says it is longer than one can be, before it has come', () => {
    const splitter = new FrameSplitter(1000);
    splitter.push(Buffer.from([0xe9, 3, 0, 0]));
    expect(() => splitter.next(new WireReader())).to.throw(MalformedFrameError, 'it has 1001 bytes; at most 1000');
  });
});

function restOf(reader: WireReader): number[] {
  const rest: number[] = [];
  for (;;) {
    try {
      reader.end();
      return rest;
    } catch {
      rest.push(reader.byte());
    }
  }
}
