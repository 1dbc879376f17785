import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import type { DecisionRecord } from '../../src/scaling/autoscale/record.ts';
import { Runtime, until } from '../helpers/runtime.ts';
import { decision, scalingStatus } from '../helpers/scaling-bench.ts';
import { ScriptFolder, startOf } from '../helpers/scaling-situation-run.ts';
import { SITUATIONS, type Situation } from '../helpers/scaling-situations.ts';

/** Names a folder to keep the recordings in, for the fixtures of the unit tests. */
const KEEP = process.env.SITUATIONS_DIR ?? '';

describe('the situations that a scaler gets into, live', function () {
  this.timeout(90_000);
  let folder: ScriptFolder;
  let runtime: Runtime;

  beforeEach(() => {
    folder = new ScriptFolder();
  });
  afterEach(async () => {
    await runtime.kill();
    folder.remove();
  });

  /** The decision that the situation is about, among those that are listed. */
  async function search({ isIt }: Situation): Promise<DecisionRecord | null> {
    for (const { id } of (await scalingStatus(runtime)).decisions) {
      const { record } = await decision(runtime, id);
      if (isIt(record)) return record;
    }
    return null;
  }

  /** The recording up to a decision. */
  function recordedUntil(id: number): string {
    let decisions = 0;
    const lines = readFileSync(folder.recording, 'utf8')
      .split('\n')
      .filter((line) => {
        if (line.startsWith('{"t":')) decisions += 1;
        return line !== '' && decisions <= id;
      });
    return `${lines.join('\n')}\n`;
  }

  for (const situation of SITUATIONS) {
    it(`${situation.name}: explain names the cause, the figures and what comes next`, async () => {
      const { file, options } = startOf(situation, folder);
      runtime = await Runtime.start(file, options);
      const end = await situation.bringAbout(runtime);
      let found: DecisionRecord | null = null;
      try {
        found = await until('the decision', () => search(situation), 40_000);
        const text = (await decision(runtime, found.id)).explanation.join('\n');
        for (const part of Object.values(situation.told)) expect(text).to.match(part);
      } finally {
        await end();
        await runtime.stop();
      }
      if (KEEP === '') return;
      mkdirSync(KEEP, { recursive: true });
      writeFileSync(path.join(KEEP, `${situation.name}.ndjson`), recordedUntil(found.id));
    });
  }
});
