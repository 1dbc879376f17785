import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer as createNetServer } from 'node:net';
import path from 'node:path';
import { expect } from 'chai';
import { CLI_MAIN, useCli } from '../helpers/cli-bench.ts';
import { ControlApi, cluster, type Handler, json, problem } from '../helpers/control-api.ts';

describe('the tidegate command', () => {
  const { runtimeDir, instance, track, staleInstance, run, expectFailure } = useCli();

  describe('finding the instance', () => {
    it('takes the only one that runs', async () => {
      await instance();
      const { code, stdout } = await run(['status']);
      expect(code).to.equal(0);
      expect(stdout).to.match(/^api · 1 of 2 workers ready · up 1m/);
    });

    it('says how to start one when none runs', () =>
      expectFailure(['status'], /^No running instance found\. Start one with: tidegate start <script>$/m));

    it('asks for --name when several run, and takes it from TIDEGATE_NAME too', async () => {
      await instance({}, 'web');
      await instance({}, 'api');
      await expectFailure(['status'], /^Several instances are running: api, web\. Choose one with --name <name>$/m);
      expect((await run(['status', '--name', 'web'])).stdout).to.match(/^web · /);
      expect((await run(['status'], { TIDEGATE_NAME: 'api' })).stdout).to.match(/^api · /);
      await expectFailure(['status', '--name', 'job'], /^No instance named "job" is running\. Running: api, web$/m);
    });

    it('calls a socket stale that nobody listens on, and leaves it out of the choice', async () => {
      await staleInstance('old');
      await expectFailure(['status'], /^No running instance found \(old left a stale socket behind\)\. Start one/);
      await expectFailure(['status', '--name', 'old'], /^"old" is not running: its socket is stale\./);
      await instance();
      expect((await run(['status'])).code).to.equal(0);
    });

    it('refuses to start a second instance of the same name', async () => {
      await instance({}, 'server');
      writeFileSync(path.join(runtimeDir(), 'server.js'), '');
      await expectFailure(['start', 'server.js'], /^"server" is running already\./);
    });
  });

  describe('over the network', () => {
    async function remote(routes: Record<string, Handler>): Promise<{ api: ControlApi; url: string }> {
      const api = new ControlApi(routes);
      track(api);
      const { port } = await api.listen(0);
      return { api, url: `http://127.0.0.1:${port}` };
    }

    it('sends the token to the control API at --url or TIDEGATE_URL', async () => {
      const { api, url } = await remote({ 'GET /cluster/status': json(cluster()) });
      expect((await run(['status', '--json', '--url', url, '--token', 'secret-1'])).code).to.equal(0);
      expect((await run(['status', '--json'], { TIDEGATE_URL: `${url}/`, TIDEGATE_TOKEN: 'secret-2' })).code).to.equal(
        0,
      );
      expect(api.calls.map(({ authorization }) => authorization)).to.deep.equal(['Bearer secret-1', 'Bearer secret-2']);
    });

    it('says how to give a token when one is asked for', async () => {
      const { url } = await remote({ 'GET /cluster/status': problem(401, 'TOKEN_REQUIRED', 'Send a token') });
      await expectFailure(
        ['status', '--url', url],
        /^Send a token\. Give a token with --token-file, --token or TIDEGATE_TOKEN$/m,
      );
    });

    it('prefers a name on the command line to a URL of the environment', async () => {
      await instance();
      expect((await run(['status', '--name', 'api'], { TIDEGATE_URL: 'http://127.0.0.1:1' })).stdout).to.match(
        /^api · /,
      );
    });

    it('says when nobody answers there', async () => {
      const server = createNetServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      server.close();
      await once(server, 'close');
      await expectFailure(
        ['status', '--url', `http://127.0.0.1:${port}`],
        /can't be reached \(ECONNREFUSED\); check the address/,
      );
    });

    it('says when something else answers there', async () => {
      const { url } = await remote({
        'GET /cluster/status': (response) => response.end('<h1>It works!</h1>'),
        'POST /scaling/resume': (response) => response.writeHead(502).end('{"error": "bad gateway"}'),
      });
      await expectFailure(['status', '--url', url], /does not answer as a Tidegate control API does/);
      await expectFailure(['resume', '--url', url], /does not answer as a Tidegate control API does/);
    });
  });

  describe('status', () => {
    it('shows the workers and the last decision, without colours outside of a terminal', async () => {
      await instance();
      const { stdout, stderr } = await run(['ls']);
      const lines = stdout.split('\n');
      expect(stderr).to.equal('');
      expect(stdout).not.to.contain('\u001b');
      expect(lines)
        .to.include('  listening  127.0.0.1:3001')
        .and.include('  scaling    Holding 2 workers: nothing asks for more.');
      expect(lines.find((line) => line.includes('w1'))).to.match(
        /^ +0 +w1 +4242 +ready +1m( \d+s)? +- +- +- +- +- +0$/,
      );
    });

    it('shows a pin and a pause, with what ends them', async () => {
      const pin = { instances: 4, untilMs: null };
      const paused = { by: 'ada', reason: 'measuring' };
      await instance({ 'GET /scaling/status': json({ pin, paused }) });
      const lines = (await run(['status'])).stdout.split('\n');
      expect(lines)
        .to.include('  by hand    4 workers until tidegate resume ends it')
        .and.include('  by hand    paused by ada (measuring); tidegate resume ends it');
    });

    it('does without a decision before the first', async () => {
      await instance({ 'GET /scaling/decisions/last': problem(404, 'DECISION_NOT_FOUND', 'There is no decision yet') });
      const { code, stdout } = await run(['status']);
      expect(code).to.equal(0);
      expect(stdout).to.contain('w1').and.not.contain('scaling');
    });

    it('prints the API’s body as JSON', async () => {
      const status = cluster();
      await instance({ 'GET /cluster/status': json(status) });
      expect(JSON.parse((await run(['status', '--json'])).stdout)).to.deep.equal(status);
    });
  });

  describe('scale', () => {
    const pinned = json({ id: 8, sentence: 'Scaling from 2 to 4 workers by hand.', desired: 4 }, 202);
    const bodies = (api: ControlApi): unknown[] =>
      api.calls.filter(({ method }) => method === 'POST').map(({ body }) => body);

    it('takes a count and changes of it', async () => {
      const api = await instance({ 'POST /scaling/manual': pinned });
      expect(await run(['scale', '4'])).to.deep.equal({
        code: 0,
        stdout: 'Scaling from 2 to 4 workers by hand.\n',
        stderr: '',
      });
      for (const change of ['+2', '-1']) expect((await run(['scale', change])).code, change).to.equal(0);
      expect((await run(['scale', '-1', '--name', 'api'])).code).to.equal(0);
      expect((await run(['scale', '--name', 'api', '-1'])).code).to.equal(0);
      expect(bodies(api)).to.deep.equal([4, 4, 1, 1, 1].map((instances) => ({ instances })));
    });

    it('says how long the number holds, and what ends it', async () => {
      const atMs = 1_000_000;
      const pin = { instances: 4, untilMs: atMs + 7_200_000 };
      await instance({ 'POST /scaling/manual': json({ sentence: 'Four.', atMs, pin }, 202) });
      expect((await run(['scale', '4'])).stdout).to.equal('Four.\nIt holds for 2h; tidegate resume ends it earlier.\n');
    });

    it('passes on how long, why and with how much force', async () => {
      const api = await instance({ 'POST /scaling/manual': pinned });
      const { stdout } = await run(['scale', '4', '--for', 'forever', '--reason', 'a sale', '--force', '--json']);
      expect(JSON.parse(stdout)).to.have.property('id', 8);
      expect(bodies(api)).to.deep.equal([{ instances: 4, for: 'forever', reason: 'a sale', force: true }]);
    });

    it('asks for nothing that would leave no worker', async () => {
      const api = await instance();
      await expectFailure(['scale', '-2'], /^-2 from 2 would leave no worker; scale to 1, or end them all/);
      expect(bodies(api)).to.deep.equal([]);
    });

    it('says why the API refused, and gives its code to programs', async () => {
      await instance({
        'POST /scaling/manual': problem(409, 'blocked:memory', 'Memory has room for 3.\nUse --force.'),
      });
      await expectFailure(['scale', '9'], /^Memory has room for 3\. Use --force\.$/m);
      const { code, stderr } = await run(['scale', '9', '--json']);
      expect(code).to.equal(1);
      expect(JSON.parse(stderr)).to.deep.equal({
        code: 'blocked:memory',
        detail: 'Memory has room for 3. Use --force.',
      });
    });
  });

  it('exits with 2 and one line on wrong usage', async () => {
    const { code, stdout, stderr } = await run(['status', '--jsn']);
    expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
    expect(stderr).to.equal("Unknown option '--jsn' (Did you mean --json?) See: tidegate status --help\n");
    expect((await run(['start', 'nothing.js'])).code).to.equal(2);
  });

  describe('bin/tidegate.js', () => {
    /** In the package, above the built tests and above their sources alike. */
    function binary(): string {
      let directory = path.dirname(CLI_MAIN);
      while (!existsSync(path.join(directory, 'bin/tidegate.js'))) directory = path.dirname(directory);
      return path.join(directory, 'bin/tidegate.js');
    }

    async function expectNothingBut(nodeArgs: readonly string[], line: string): Promise<void> {
      const child = spawn(process.execPath, nodeArgs, { stdio: ['ignore', 'ignore', 'pipe'] });
      track(child);
      let stderr = '';
      child.stderr.setEncoding('utf8').on('data', (text) => {
        stderr += text;
      });
      const [code] = await once(child, 'close');
      expect({ code, stderr }).to.deep.equal({ code: 1, stderr: line });
    }

    it('names the Node version it needs on one that is too old', async () => {
      for (const version of ['18.20.4', '20.18.3']) {
        const pretend = `Object.defineProperty(process, 'versions', { value: { node: '${version}' } })`;
        await expectNothingBut(
          ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`, binary()],
          `tidegate needs Node 20.19 or newer; this is Node ${version}.\n`,
        );
      }
    });

    it('says how to build what is not built', async () => {
      const copy = path.join(runtimeDir(), 'bin/tidegate.mjs');
      mkdirSync(path.dirname(copy));
      copyFileSync(binary(), copy);
      await expectNothingBut([copy], 'tidegate is not built yet. Build it with: npm run build\n');
    });
  });
});
