import { expect } from 'chai';
import { BenchUsageError, parseOptions, SUITES } from '../../../benchmarks/options.ts';

describe('options of the benchmark', () => {
  it('measure everything in twelve rounds by default', () => {
    const options = parseOptions([]);
    expect(options.suites).to.deep.equal(SUITES);
    expect(options).to.include({ rounds: 12, starts: 24, idleSeconds: 30, quick: false, jsonFile: undefined });
  });

  it('take less time with --quick, unless rounds are given', () => {
    expect(parseOptions(['--quick'])).to.include({ rounds: 3, starts: 4, quick: true });
    expect(parseOptions(['--quick', '--rounds', '20'])).to.include({ rounds: 20, starts: 4 });
  });

  it('keep the order of the suites, and each once', () => {
    expect(parseOptions(['--only', 'idle, short,idle']).suites).to.deep.equal(['short', 'idle']);
  });

  it('say where the figures go', () => {
    expect(parseOptions(['--json', 'figures.json']).jsonFile).to.equal('figures.json');
  });

  const wrong: readonly (readonly [args: readonly string[], message: RegExp])[] = [
    [['--rounds', '0'], /--rounds "0": a whole number from 1 to 1000/],
    [['--rounds', '1.5'], /--rounds "1\.5"/],
    [['--rounds', 'many'], /--rounds "many"/],
    [['--rounds', '1001'], /--rounds "1001"/],
    [['--only', 'fast'], /--only "fast": choose from keepalive, short, ws, start, idle/],
    [['--only', ''], /--only "": choose from/],
    [['--colour'], /'--colour'[\s\S]*Usage: npm run bench/],
    [['stray'], /'stray'[\s\S]*Usage: npm run bench/],
  ];
  for (const [args, message] of wrong) {
    it(`refuse ${args.join(' ')}`, () => {
      expect(() => parseOptions(args)).to.throw(BenchUsageError, message);
    });
  }
});
