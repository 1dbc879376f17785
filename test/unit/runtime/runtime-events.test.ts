import { expect } from 'chai';
import { RuntimeEvents } from '../../../src/runtime/runtime-events.ts';

describe('RuntimeEvents', () => {
  it('reach all who watch, with their name and data', () => {
    const events = new RuntimeEvents();
    const seen: unknown[] = [];
    events.subscribe((event, data) => seen.push(['first', event, data]));
    events.subscribe((event, data) => seen.push(['second', event, data]));
    const data = { id: 3 };
    events.emit('decision', data);
    expect(seen).to.deep.equal([
      ['first', 'decision', data],
      ['second', 'decision', data],
    ]);
  });

  it('are gone when nobody watches', () => {
    const events = new RuntimeEvents();
    events.emit('sample', {});
    let seen = 0;
    events.subscribe(() => {
      seen += 1;
    });
    expect(seen).to.equal(0);
  });

  it('tell whether anybody watches', () => {
    const events = new RuntimeEvents();
    expect(events.watched).to.equal(false);
    const leave = [events.subscribe(() => {}), events.subscribe(() => {})];
    expect(events.watched).to.equal(true);
    leave[0]?.();
    expect(events.watched).to.equal(true);
    leave[1]?.();
    expect(events.watched).to.equal(false);
  });

  it('end for one watcher when it leaves, also twice, and go on for the others', () => {
    const events = new RuntimeEvents();
    const seen: string[] = [];
    const leave = events.subscribe((event) => seen.push(`first ${event}`));
    events.subscribe((event) => seen.push(`second ${event}`));
    leave();
    leave();
    events.emit('alert', {});
    expect(seen).to.deep.equal(['second alert']);
  });
});
