import path from 'node:path';
import { expect } from 'chai';
import { askEveryWorker, askJson, type Identity } from '../helpers/http-json.ts';
import { PlainNode } from '../helpers/plain-node.ts';
import { fixture, ROOT, Runtime } from '../helpers/runtime.ts';

interface Facts {
  readonly execArgv: readonly string[];
  readonly loaded: readonly string[];
  readonly environment: readonly string[];
}

const SCRIPT = fixture('process-facts.cjs');
const ARGS = ['--flag', 'an argument with spaces', '-i', '9', ''];
/** What a worker has on top of its parent's environment, and a PM2 worker too. */
const ADDED = ['NODE_APP_INSTANCE'];
/** What the test itself adds. */
const HARNESS = ['TIDEGATE_RUNTIME_DIR', 'MANAGEMENT_PORT', 'LOG_FORMAT', 'PORT'];

function withoutAdditions(environment: readonly string[]): string[] {
  return environment.filter((name) => !ADDED.includes(name) && !HARNESS.includes(name)).sort();
}

/** The facts without what is bound to differ, so that the rest must be equal. */
function comparable(facts: Facts, alsoDiffers: readonly string[] = []): object {
  const differs = ['pid', 'slot', 'isWorker', 'workerId', 'remotePort', 'localPort', ...alsoDiffers];
  const rest = Object.entries(facts).filter(([name]) => !differs.includes(name));
  return { ...Object.fromEntries(rest), environment: withoutAdditions(facts.environment) };
}

describe('what an app sees of its process', function () {
  this.timeout(60_000);
  let runtime: Runtime;
  let plain: PlainNode;
  let plainPort: number;

  before(async () => {
    const nodeArgs = ['--max-old-space-size=300', '--require', fixture('identity.cjs')];
    ({ app: plain, port: plainPort } = await PlainNode.listening(SCRIPT, { args: ARGS, nodeArgs }));
    runtime = await Runtime.start(SCRIPT, {
      args: ['-i', '2', '--node-args', nodeArgs.join(' '), '--', ...ARGS],
    });
  });
  after(() => Promise.all([runtime?.kill(), plain?.kill()]));

  it('argv, execPath, execArgv, cwd, __filename, require.main, globals, environment and handlers are those of plain Node', async () => {
    const { body: expected } = await askJson<Identity & Facts & { main: string; argv: string[] }>({ port: plainPort });
    expect(expected.main).to.equal(SCRIPT);
    expect(expected.argv).to.deep.equal([process.execPath, SCRIPT, ...ARGS]);
    const answers = await askEveryWorker(2, async () => {
      return (await askJson<Identity & Facts>({ port: runtime.port })).body;
    });
    // A preloaded module is in require.cache, ours like any other.
    for (const answer of answers)
      expect(comparable(answer, ['loaded'])).to.deep.equal(comparable(expected, ['loaded']));
  });

  it('the environment shows the slot, and nothing else of ours or of the cluster module', async () => {
    const { body } = await askJson<Identity & Facts>({ port: runtime.port });
    const added = body.environment.filter((name) => !HARNESS.includes(name) && !(name in process.env));
    expect(added).to.deep.equal(['NODE_APP_INSTANCE']);
  });

  for (const by of ['fork', 'spawn', 'thread']) {
    it(`${by}: what the app starts is as if started by plain Node, listens and ends by itself`, async () => {
      const ask = async (port: number): Promise<Facts> => {
        return (await askJson<Facts>({ port, path: `/child?by=${by}` })).body;
      };
      const expected = await ask(plainPort);
      expect(expected).to.include({ isPrimary: true, isWorker: false, body: 'from the grandchild' });
      // A thread loads what its process has preloaded; there, we do nothing.
      const differs = by === 'thread' ? ['loaded'] : [];
      expect(comparable(await ask(runtime.port), differs)).to.deep.equal(comparable(expected, differs));
    });
  }

  it('a script given relative to the working directory, in a directory with a package of its own', async () => {
    await runtime.kill();
    runtime = await Runtime.start(path.relative(ROOT, SCRIPT), { args: ['-i', '2'] });
    const { body } = await askJson<{ main: string; cwd: string }>({ port: runtime.port });
    expect(body).to.include({ main: SCRIPT, cwd: path.resolve(ROOT) });
  });
});
