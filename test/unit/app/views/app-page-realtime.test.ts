import { expect } from 'chai';
import { APP_PAGE_REALTIME } from '../../../../src/app/views/app-page-realtime.ts';
import { evaluate } from './page-source.ts';

class FakeSocket {
  readyState = 0;
  readonly sent: string[] = [];
  onmessage: (event: { data: string }) => void = () => {};
  onclose: () => void = () => {};

  send(text: string): void {
    this.sent.push(text);
  }

  close(): void {
    this.readyState = 3;
  }

  ready(): void {
    this.readyState = 1;
    this.onmessage({ data: '{"type":"ready"}' });
  }

  lose(): void {
    this.readyState = 3;
    this.onclose();
  }
}

interface State {
  readonly kind: string;
  readonly attempt?: number;
  readonly retryInMs?: number;
  readonly refused?: boolean;
}
interface Realtime {
  start(): void;
  stop(): void;
  retryNow(): void;
  send(message: object): boolean;
}

describe('the page’s connection', () => {
  let sockets: FakeSocket[];
  let states: State[];
  let timers: Map<number, { readonly run: () => void; readonly ms: number }>;
  let realtime: Realtime;
  const newest = (): FakeSocket => sockets.at(-1) as FakeSocket;
  const elapse = (): number => {
    const [[id, { run, ms }] = [0, { run: () => {}, ms: Number.NaN }]] = [...timers];
    timers.delete(id);
    run();
    return ms;
  };

  beforeEach(() => {
    sockets = [];
    states = [];
    timers = new Map();
    let nextTimer = 1;
    const globals = {
      setTimeout: (run: () => void, ms: number) => {
        timers.set(nextTimer, { run, ms });
        nextTimer += 1;
        return nextTimer - 1;
      },
      clearTimeout: (id: number) => timers.delete(id),
      Math: Object.assign(Object.create(Math), { random: () => 1 }) as Math,
    };
    const Connection = evaluate<new (options: object) => Realtime>(APP_PAGE_REALTIME, 'Realtime', globals);
    realtime = new Connection({
      open: () => {
        sockets.push(new FakeSocket());
        return newest();
      },
      onMessage: () => {},
      onState: (state: State) => states.push(state),
    });
    realtime.start();
  });

  it('sends nothing before the server is ready', () => {
    newest().readyState = 1;
    expect(realtime.send({ type: 'find' })).to.equal(false);
    newest().ready();
    expect(realtime.send({ type: 'find' })).to.equal(true);
    expect(newest().sent).to.deep.equal(['{"type":"find"}']);
  });

  it('connects again by itself, waits longer each time, at most 10 s, and less again after it was ready', () => {
    const waits: number[] = [];
    for (let attempt = 0; attempt < 7; attempt += 1) {
      newest().lose();
      waits.push(elapse());
    }
    expect(waits).to.deep.equal([500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
    newest().ready();
    newest().lose();
    expect(elapse()).to.equal(250);
  });

  it('tells a connection that was lost from one that was refused', () => {
    newest().lose();
    expect(states.at(-1)).to.include({ kind: 'lost', refused: true });
    elapse();
    newest().ready();
    newest().lose();
    expect(states.at(-1)).to.include({ kind: 'lost', refused: false });
  });

  it('does not wait when the network is back, and has one connection then', () => {
    newest().lose();
    realtime.retryNow();
    expect(sockets).to.have.lengthOf(2);
    expect(timers.size).to.equal(0);
    realtime.retryNow();
    expect(sockets).to.have.lengthOf(2);
  });

  it('stays away once it was stopped, whatever the old socket does', () => {
    newest().ready();
    realtime.stop();
    newest().lose();
    realtime.retryNow();
    expect(timers.size).to.equal(0);
    expect(sockets).to.have.lengthOf(1);
    expect(realtime.send({ type: 'find' })).to.equal(false);
  });
});
