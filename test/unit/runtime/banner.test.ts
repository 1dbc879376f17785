import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { banner } from '../../../src/runtime/banner.ts';
import { status } from '../scaling/fixtures/cluster-fixtures.ts';

const CONTROL_URL = 'http://127.0.0.1:9001';

describe('banner', () => {
  let directory: string;
  before(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'tidegate-banner-'));
    mkdirSync(path.join(directory, 'node_modules/.bin'), { recursive: true });
    for (const place of [directory, path.join(directory, 'node_modules/.bin')]) {
      writeFileSync(path.join(place, 'tidegate'), '');
    }
  });
  after(() => rmSync(directory, { recursive: true }));

  /** The lines that begin with `word`, without it. */
  function linesOf(word: string, addresses: readonly string[], controlUrl = CONTROL_URL): string[] {
    return banner(status([], { addresses }), controlUrl, '1.2.3', '').flatMap((line) => {
      const [, rest] = line.split(new RegExp(`^ +${word} +`));
      return rest === undefined ? [] : [rest];
    });
  }

  it('says what runs, in how many workers, on how many cores', () => {
    const [, headline] = banner(status([], { name: 'shop', ready: 2, desired: 3 }), CONTROL_URL, '1.2.3', '');
    expect(headline).to.match(
      new RegExp(`^ {2}Tidegate 1\\.2\\.3 runs shop: 2 of 3 workers ready on ${availableParallelism()} cores?$`),
    );
    const [, one] = banner(status([], { ready: 1, desired: 1 }), CONTROL_URL, '1.2.3', '');
    expect(one).to.contain('1 of 1 worker ready');
  });

  it('shows every address as one can open it', () => {
    const addresses = [
      '[::]:3001',
      '0.0.0.0:3002',
      '127.0.0.1:3003',
      '[::1]:3004',
      '192.168.1.5:3005',
      '/run/app.sock',
    ];
    expect(linesOf('app', addresses)).to.deep.equal([
      'http://localhost:3001',
      'http://localhost:3002',
      'http://localhost:3003',
      'http://localhost:3004',
      'http://192.168.1.5:3005',
      '/run/app.sock',
    ]);
  });

  it('says that an app does not listen', () => {
    expect(linesOf('app', [])).to.deep.equal(['does not listen: it is supervised, not balanced']);
  });

  it('shows where the control API is, with an example that works as it stands', () => {
    expect(linesOf('dashboard', [])).to.deep.equal(['http://localhost:9001/']);
    expect(linesOf('curl', [])).to.deep.equal([
      `-X POST localhost:9001/scaling/manual -H 'Content-Type: application/json' -d '{"instances": 4}'`,
    ]);
    expect(linesOf('curl', [], 'http://10.1.2.3:9001')[0]).to.match(/^-X POST 10\.1\.2\.3:9001\/scaling\/manual /);
  });

  it('asks in the example for more workers than there are', () => {
    const asked = (desired: number): string | undefined =>
      banner(status([], { desired }), CONTROL_URL, '1.2.3', '').find((line) => line.includes('curl'));
    expect(asked(1)).to.contain('{"instances": 4}');
    expect(asked(4)).to.contain('{"instances": 5}');
    expect(asked(8)).to.contain('{"instances": 9}');
  });

  it('names the command as another terminal finds it', () => {
    const calls = (searchPath: string): string | undefined =>
      banner(status([]), CONTROL_URL, '1.2.3', searchPath).find((line) => line.includes(' status '));
    const npmOnly = path.join(directory, 'node_modules/.bin');
    expect(calls([npmOnly, '/nowhere', ''].join(path.delimiter))).to.match(/^ +npx tidegate status /);
    expect(calls([npmOnly, directory].join(path.delimiter))).to.match(/^ +tidegate status /);
  });
});
