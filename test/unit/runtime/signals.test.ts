import { expect } from 'chai';
import { installSignals } from '../../../src/runtime/signals.ts';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGTTIN', 'SIGTTOU', 'SIGUSR2'] as const;

/** Handlers installed by a test, with what they were asked to do. */
class Handlers {
  readonly asked: string[] = [];
  readonly #before = new Map(SIGNALS.map((signal) => [signal, process.listeners(signal as NodeJS.Signals)]));

  constructor(hasTerminal: boolean) {
    installSignals(
      {
        stop: (signal) => this.asked.push(`stop ${signal}`),
        stopNow: (signal) => this.asked.push(`stop now ${signal}`),
        reload: (signal) => this.asked.push(`reload ${signal}`),
        scaleBy: (delta, signal) => this.asked.push(`scale ${delta} ${signal}`),
        unsupported: (signal) => this.asked.push(`unsupported ${signal}`),
      },
      hasTerminal,
    );
  }

  /** Calls what was installed, and nothing that others wait for a signal with. */
  receive(signal: (typeof SIGNALS)[number]): void {
    for (const handler of this.#installed(signal)) handler(signal as NodeJS.Signals);
  }

  remove(): void {
    for (const signal of SIGNALS) {
      for (const handler of this.#installed(signal)) process.off(signal as NodeJS.Signals, handler);
    }
  }

  #installed(signal: (typeof SIGNALS)[number]): NodeJS.SignalsListener[] {
    const before = this.#before.get(signal) ?? [];
    return process.listeners(signal as NodeJS.Signals).filter((handler) => !before.includes(handler));
  }
}

describe('signals', () => {
  let handlers: Handlers;
  afterEach(() => handlers.remove());

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`stop in order at the first ${signal}, at once at the second`, () => {
      handlers = new Handlers(false);
      handlers.receive(signal);
      expect(handlers.asked).to.deep.equal([`stop ${signal}`]);
      handlers.receive(signal);
      expect(handlers.asked).to.deep.equal([`stop ${signal}`, `stop now ${signal}`]);
    });
  }

  it('stop at once when another stop signal follows the first', () => {
    handlers = new Handlers(false);
    handlers.receive('SIGINT');
    handlers.receive('SIGTERM');
    expect(handlers.asked).to.deep.equal(['stop SIGINT', 'stop now SIGTERM']);
  });

  it('reload at SIGHUP, as often as it comes, when no terminal is attached', () => {
    handlers = new Handlers(false);
    handlers.receive('SIGHUP');
    handlers.receive('SIGHUP');
    handlers.receive('SIGTERM');
    expect(handlers.asked).to.deep.equal(['reload SIGHUP', 'reload SIGHUP', 'stop SIGTERM']);
  });

  it('stop at SIGHUP when a terminal is attached: it is closing', () => {
    handlers = new Handlers(true);
    handlers.receive('SIGHUP');
    expect(handlers.asked).to.deep.equal(['stop SIGHUP']);
  });

  it('scale by one worker at SIGTTIN and SIGTTOU', () => {
    handlers = new Handlers(false);
    handlers.receive('SIGTTIN');
    handlers.receive('SIGTTOU');
    expect(handlers.asked).to.deep.equal(['scale 1 SIGTTIN', 'scale -1 SIGTTOU']);
  });

  it('say so when they ask for what is not there', () => {
    handlers = new Handlers(false);
    handlers.receive('SIGUSR2');
    expect(handlers.asked).to.deep.equal(['unsupported SIGUSR2']);
  });
});
