import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { expect } from 'chai';
import type { Config } from '../../../config/schema.ts';
import { createLog, type Log } from '../../../src/runtime/logger.ts';

type LogConfig = Pick<Config, 'logLevel' | 'logFormat' | 'nodeEnv'>;

const JSON_CONFIG: LogConfig = { logLevel: 'info', logFormat: 'json', nodeEnv: 'test' };
const HUMAN_CONFIG: LogConfig = { ...JSON_CONFIG, logFormat: 'human' };
const PLAIN = { isTerminal: false, noColor: false };
const COLOR = { isTerminal: true, noColor: false };

/** What `write` leaves in the output. */
function written(config: LogConfig, terminal: typeof PLAIN, write: (log: Log) => void): string {
  const out = new PassThrough();
  write(createLog(config, out, terminal));
  return String(out.read() ?? '');
}

/** Records of a JSON log, without their time. */
function records(config: Partial<LogConfig>, write: (log: Log) => void): unknown[] {
  const lines = written({ ...JSON_CONFIG, ...config }, PLAIN, write).trimEnd();
  return lines === ''
    ? []
    : lines.split('\n').map((line) => {
        const { timestamp, ...record } = JSON.parse(line) as Record<string, unknown>;
        expect(new Date(String(timestamp)).toISOString()).to.equal(timestamp);
        return record;
      });
}

describe('log', () => {
  it('is JSON, one record a line with its fields, where that is asked for', () => {
    expect(records({}, (log) => log.write('info', 'worker 1 is ready', { worker: 1, tookMs: 42 }))).to.deep.equal([
      { level: 'info', message: 'worker 1 is ready', worker: 1, tookMs: 42 },
    ]);
  });

  it('leaves out what is below its level', () => {
    const all = (log: Log): void => {
      for (const level of ['error', 'warn', 'info', 'debug'] as const) log.write(level, level);
    };
    const levels = (logLevel: Config['logLevel']): unknown[] =>
      records({ logLevel }, all).map((record) => (record as { level: string }).level);
    expect(levels('error')).to.deep.equal(['error']);
    expect(levels('info')).to.deep.equal(['error', 'warn', 'info']);
    expect(levels('debug')).to.deep.equal(['error', 'warn', 'info', 'debug']);
  });

  it('keeps the fields of a message with a percent sign, and the message as it is', () => {
    expect(records({}, (log) => log.write('warn', 'memory at 95%d of 100%', { atPercent: 95 }))).to.deep.equal([
      { level: 'warn', message: 'memory at 95%d of 100%', atPercent: 95 },
    ]);
  });

  it('lets no field take the place of the message or the level', () => {
    expect(
      records({}, (log) => log.write('error', 'reload failed', { message: 'other', level: 'debug', worker: 2 })),
    ).to.deep.equal([{ level: 'error', message: 'reload failed', worker: 2 }]);
  });

  it('tells whose line a worker’s output is, in JSON too', () => {
    expect(records({}, (log) => log.workerLine('w3', 'stderr', 'oh "no"'))).to.deep.equal([
      { level: 'info', source: 'w3', stream: 'stderr', message: 'oh "no"' },
    ]);
  });

  it('is a line for people, with the time, without fields, where that is asked for', () => {
    const text = written(HUMAN_CONFIG, PLAIN, (log) => {
      log.write('warn', 'worker 2 is slow', { worker: 2 });
      log.workerLine('w2', 'stdout', 'listening');
      log.workerLine('w12', 'stdout', 'listening too');
    });
    expect(text).to.match(/^\d\d:\d\d:\d\d warn {2}worker 2 is slow\nw2 {2}\| listening\nw12 \| listening too\n$/);
  });

  it('has colours on a terminal, unless NO_COLOR asks for none', () => {
    const write = (log: Log): void => {
      log.write('error', 'it broke');
      log.workerLine('w1', 'stdout', 'line');
    };
    const colored = written(HUMAN_CONFIG, COLOR, write);
    expect(colored).to.contain('\x1b[31merror\x1b[0m it broke');
    expect(colored).to.contain('\x1b[35mw1  |\x1b[0m line');
    const plain = written(HUMAN_CONFIG, { ...COLOR, noColor: true }, write);
    expect(plain).to.equal(stripVTControlCharacters(plain));
  });

  it('is by itself for people on a terminal, and JSON elsewhere and in production', () => {
    const isHuman = (nodeEnv: Config['nodeEnv'], isTerminal: boolean): boolean =>
      createLog({ ...JSON_CONFIG, logFormat: 'auto', nodeEnv }, new PassThrough(), { isTerminal, noColor: false })
        .human;
    expect(isHuman('development', true)).to.equal(true);
    expect(isHuman('development', false)).to.equal(false);
    expect(isHuman('production', true)).to.equal(false);
  });
});
