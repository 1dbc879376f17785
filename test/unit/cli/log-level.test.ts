import { expect } from 'chai';
import { isAtLeast, levelOf } from '../../../src/cli/log-level.ts';

describe('the level of a log line', () => {
  for (const [text, level] of Object.entries({
    '{"level":"warning","message":"x"}': 'warn',
    '{"level":50,"msg":"x"}': 'error',
    '{"level":20}': 'debug',
    '{"message":"x"}': 'info',
    '{"level":': 'info',
    'ERROR: no': 'error',
    '[warn] slow': 'warn',
    '2026-01-01T10:00:00.000Z DEBUG x': 'debug',
    '[2026-01-01 10:00:00] [ERROR] x': 'error',
    'TRACE x': 'debug',
    '12:00:00[ERROR] x': 'error',
    'listening on 3001': 'info',
    'Informally, an error': 'info',
    constructor: 'info',
    '': 'info',
  })) {
    it(`of ${JSON.stringify(text)} is ${level}`, () => {
      expect(levelOf({ text, stream: 'stdout' })).to.equal(level);
    });
  }

  it('is found at once in lines that are made to be looked at for long', () => {
    for (const part of ['-', '- ', '1:', 'T', '[', ') ', '-)-'])
      expect(levelOf({ text: `${part.repeat(20_000)}!`, stream: 'stdout' }), part).to.equal('info');
  });

  it('is error for what goes to stderr and does not say otherwise', () => {
    expect(levelOf({ text: 'TypeError: x', stream: 'stderr' })).to.equal('error');
    expect(levelOf({ text: 'warn: x', stream: 'stderr' })).to.equal('warn');
  });

  it('is compared by how serious it is', () => {
    const line = { text: 'warn: x', stream: 'stdout' } as const;
    expect((['error', 'warn', 'info'] as const).map((least) => isAtLeast(line, least))).to.deep.equal([
      false,
      true,
      true,
    ]);
  });
});
