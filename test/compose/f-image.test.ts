/** Acceptance f: the image is small, starts soon, and needs neither root nor a root that can be written to. */
import { expect } from 'chai';
import { until } from '../helpers/runtime.ts';
import { figure } from './figures.ts';
import { COMPOSE_COMMAND, docker } from './stack.ts';
import { IMAGE, MINUTE_MS, SKIPPED, storyOrSkip } from './story.ts';

const MEGABYTE = 1_000_000;
const TRIES = 5;

describe(`f. The image of the app${SKIPPED}`, function () {
  this.timeout(2 * MINUTE_MS);

  before(function () {
    if (COMPOSE_COMMAND === undefined) this.skip();
  });

  const sizeOf = async (image: string): Promise<number> =>
    (JSON.parse(await docker('image', 'inspect', image)) as readonly { readonly Size: number }[])[0]?.Size ?? 0;

  it('is 120 MB at most above its base', async () => {
    const base = process.env.TIDEGATE_NODE_IMAGE ?? 'node:24-bookworm-slim';
    const megabytes = ((await sizeOf(IMAGE)) - (await sizeOf(base))) / MEGABYTE;
    figure('f', `image: ${megabytes.toFixed(1)} MB above its base`);
    expect(megabytes).to.be.below(120);
  });

  it('is ready within two seconds of its start', async () => {
    const tmpfs = ['--tmpfs', '/run/tidegate:uid=1000,gid=1000,mode=0700', '--tmpfs', '/tmp'];
    // Whatever else the machine does only adds to it: the best of some counts.
    const tookMs: number[] = [];
    while (tookMs.length < TRIES && !tookMs.some((took) => took < 2_000)) {
      const id = (await docker('run', '-d', '--network', 'none', '--read-only', ...tmpfs, IMAGE)).trim();
      try {
        const ready = await until('the app is ready', async () =>
          /"message":"ready","timestamp":"([^"]+)"/.exec(await docker('logs', id)),
        );
        const startedAt = (await docker('inspect', '-f', '{{.State.StartedAt}}', id)).trim();
        tookMs.push(Date.parse(ready[1] ?? '') - Date.parse(startedAt));
      } finally {
        await docker('rm', '-f', id);
      }
    }
    figure('f', `a container alone is ready ${tookMs.join(', ')} ms after its start`);
    expect(Math.min(...tookMs)).to.be.below(2_000);
  });

  it('runs in the stack as nobody in particular, on a root that is read-only, with its ways out closed', async function () {
    const { stack } = await storyOrSkip(this);
    for (const { Config, HostConfig } of await stack.inspect('app', 'scaler'))
      expect({ user: Config.User, readOnly: HostConfig.ReadonlyRootfs }).to.deep.equal({
        user: 'node',
        readOnly: true,
      });
    expect((await stack.exec('app', 'id', '-u')).trim()).to.equal('1000');
    const write = await stack.exec('app', 'touch', '/app/x').then(
      () => 'written',
      (error: Error) => error.message,
    );
    expect(write).to.match(/[Rr]ead-only file system/);
    const probe =
      "fetch('http://192.0.2.1/',{signal:AbortSignal.timeout(3000)}).then(()=>console.log('out'),(e)=>console.log(e.cause?.code??e.name))";
    for (const service of ['app', 'scaler'])
      expect((await stack.exec(service, 'node', '-e', probe)).trim(), service).to.equal('ENETUNREACH');
  });
});
