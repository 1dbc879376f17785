import { expect } from 'chai';
import { readEvents, type ServerEvent } from '../../../src/cli/server-events.ts';

async function eventsOf(...chunks: readonly string[]): Promise<readonly ServerEvent[]> {
  const all: ServerEvent[] = [];
  const arriving = async function* (): AsyncGenerator<string> {
    yield* chunks;
  };
  for await (const event of readEvents(arriving())) all.push(event);
  return all;
}

describe('server-sent events', () => {
  it('are read with name and data, however they are cut', async () => {
    const text = 'retry: 3000\n\nevent: sample\ndata: {"a":1}\n\n: alive\n\nevent: note\ndata: one\ndata: two\n\n';
    const all = [
      { name: '', data: '' },
      { name: 'sample', data: '{"a":1}' },
      { name: '', data: '' },
      { name: 'note', data: 'one\ntwo' },
    ];
    expect(await eventsOf(text)).to.deep.equal(all);
    expect(await eventsOf(...text)).to.deep.equal(all);
  });

  it('count only when they are complete', async () => {
    expect(await eventsOf('event: sample\ndata: {"a":', '1}\n')).to.deep.equal([]);
  });

  it('are given up when one has no end', async () => {
    const failure = await eventsOf('data: '.padEnd(17 * 1024 * 1024, 'x')).catch((error: Error) => error.name);
    expect(failure).to.equal('RangeError');
  });
});
