import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import type { ReloadStatus } from '../../src/ipc/status.ts';
import { useCli } from '../helpers/cli-bench.ts';
import {
  ControlApi,
  cluster,
  decision,
  type Handler,
  json,
  logLine,
  problem,
  reloadStep,
} from '../helpers/control-api.ts';

describe('the verbs of the tidegate command', () => {
  const { instance, track, launch, run, expectFailure } = useCli();

  describe('reload', () => {
    const steps = (...all: ReloadStatus[]): Handler => {
      return (response) => {
        response.writeHead(200, { 'Content-Type': 'application/x-ndjson' });
        const text = all.map((step) => `${JSON.stringify(step)}\n`).join('');
        // Cut in the middle of a line: lines are not packets.
        response.write(text.slice(0, 20));
        response.end(text.slice(20));
      };
    };
    const running = reloadStep(1, 'running', 'The canary is fine.');

    it('shows each step as a line, and how it ended', async () => {
      await instance({ 'POST /cluster/reload': steps(running, reloadStep(2, 'done', 'p95 12 ms before and after.')) });
      expect(await run(['reload'])).to.deep.equal({
        code: 0,
        stdout: '1/2 The canary is fine.\nReloaded 2 of 2. p95 12 ms before and after.\n',
        stderr: '',
      });
    });

    it('fails with the verdict when the reload failed', async () => {
      await instance({ 'POST /cluster/reload': steps(reloadStep(0, 'failed', 'The canary answered 9 % errors.')) });
      await expectFailure(['reload'], /^The reload failed: The canary answered 9 % errors\.$/m);
    });

    it('prints the steps as JSON lines, and still fails', async () => {
      const failed = reloadStep(1, 'failed', 'It never listened.');
      await instance({ 'POST /cluster/reload': steps(running, failed) });
      const { code, stdout, stderr } = await run(['reload', '--json']);
      expect(code).to.equal(1);
      expect(
        stdout
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line)),
      ).to.deep.equal([running, failed]);
      expect(JSON.parse(stderr)).to.have.property('code', 'RELOAD_FAILED');
    });

    it('does not take a connection that breaks for a success', async () => {
      await instance({
        'POST /cluster/reload': (response) => {
          response.writeHead(200).write(`${JSON.stringify(reloadStep(0, 'running', ''))}\n`, () => response.destroy());
        },
      });
      const { code, stderr } = await run(['reload']);
      expect(code).to.equal(1);
      expect(stderr).to.match(/^"api" ended before its answer was complete; [^\n]+\n$/);
    });

    it('does not take an end without a verdict for a success', async () => {
      await instance({ 'POST /cluster/reload': steps(running) });
      const { code, stderr } = await run(['reload']);
      expect(code).to.equal(1);
      expect(stderr).to.match(/did not say how the reload ended/);
    });

    it('says that another one is under way', async () => {
      await instance({
        'POST /cluster/reload': problem(409, 'RELOAD_RUNNING', 'A reload is under way: 1 of 2 replaced'),
      });
      await expectFailure(['reload'], /^A reload is under way: 1 of 2 replaced$/m);
    });
  });

  it('restart waits for the answer, pause and resume pass on what is given', async () => {
    const api = await instance({
      'POST /cluster/restart': json({ outcome: 'done' }),
      'POST /scaling/pause': json({ paused: true }),
      'POST /scaling/resume': json({ paused: null }),
    });
    expect(await run(['restart'])).to.include({
      code: 0,
      stdout: 'All workers were replaced; the new ones are ready.\n',
    });
    expect((await run(['pause', '--reason', 'measuring'])).stdout).to.match(/^Automatic scaling is paused\./);
    expect(JSON.parse((await run(['resume', '--json'])).stdout)).to.deep.equal({ paused: null });
    expect(api.calls.map(({ url, body }) => [url, body])).to.deep.equal([
      ['/cluster/restart', {}],
      ['/scaling/pause', { reason: 'measuring' }],
      ['/scaling/resume', {}],
    ]);
  });

  it('explain prints the sentences of the last decision or of the one named', async () => {
    const fifth = decision(5, 'Scaling up.');
    await instance({ 'GET /scaling/decisions/5': json(fifth) });
    expect((await run(['explain'])).stdout).to.match(/^Holding 2 workers[^\n]+\nrule cpu-high: 41 % \(≥ 80 %\)\n$/);
    expect((await run(['explain', '5'])).stdout).to.match(/^Scaling up\.\n/);
    expect(JSON.parse((await run(['explain', '5', '--json'])).stdout)).to.deep.equal(fifth);
    await expectFailure(['explain', '6'], /^There is no \/scaling\/decisions\/6$/m);
  });

  describe('logs', () => {
    it('prints the lines with time and source, or as JSON lines', async () => {
      const lines = [logLine(1), logLine(2, 'tidegate')];
      const api = await instance({ 'GET /logs': json({ lines }) });
      expect((await run(['logs'])).stdout).to.equal(
        '2026-01-01T00:00:00.001Z w1 line 1\n2026-01-01T00:00:00.002Z tidegate line 2\n',
      );
      const { stdout } = await run(['logs', '--json', '--lines', '40', '--source', 'w3']);
      expect(
        stdout
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line)),
      ).to.deep.equal(lines);
      expect(api.calls.map(({ url }) => url)).to.deep.equal(['/logs?lines=15', '/logs?lines=40&source=w3']);
    });

    it('follows new lines, each once, until the instance ends', async () => {
      const tail = [1, 2, 3].map((number) => logLine(number));
      let asked = 0;
      const api = await instance({
        'GET /logs': (response, call) => {
          asked += 1;
          if (asked === 2) tail.push(logLine(4), logLine(5));
          json({ lines: tail })(response, call);
          if (asked === 3) response.once('close', () => void api.close());
        },
      });
      const { code, stdout, stderr } = await run(['logs', '--follow', '--lines', '2']);
      expect(code).to.equal(0);
      expect(
        stdout
          .trimEnd()
          .split('\n')
          .map((line) => line.slice(-1)),
      ).to.deep.equal(['2', '3', '4', '5']);
      expect(stderr).to.equal('"api" has ended.\n');
    });

    it('ends quietly when its reader goes away', async () => {
      const lines = Array.from({ length: 1_000 }, (_, number) => ({ ...logLine(number), text: 'x'.repeat(500) }));
      await instance({ 'GET /logs': json({ lines }) });
      const child = launch(['logs', '--lines', '1000']);
      let stderr = '';
      child.stderr?.setEncoding('utf8').on('data', (text) => {
        stderr += text;
      });
      child.stdout?.once('data', () => child.stdout?.destroy());
      const [code] = await once(child, 'close');
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    });
  });

  describe('stop', () => {
    /** A process that stands for the primary: it ends when told to. */
    async function primary(): Promise<ChildProcess> {
      const child = spawn(process.execPath, ['-e', "console.log('up'); setInterval(() => {}, 1000)"]);
      track(child);
      await once(child.stdout, 'data');
      return child;
    }

    it('returns when the primary has ended', async () => {
      const child = await primary();
      const order: string[] = [];
      child.once('exit', () => order.push('ended'));
      await instance({
        'GET /cluster/status': json(cluster({ pid: child.pid as number })),
        'POST /cluster/stop': (response, call) => {
          json({ stopping: true }, 202)(response, call);
          response.once('close', () => child.kill());
        },
      });
      const outcome = await run(['stop']);
      order.push('returned');
      expect(outcome).to.deep.equal({ code: 0, stdout: '"api" has stopped.\n', stderr: '' });
      expect(order).to.deep.equal(['ended', 'returned']);
    });

    it('waits for a stop that somebody else began', async () => {
      const child = await primary();
      await instance({
        'GET /cluster/status': json(cluster({ pid: child.pid as number })),
        'POST /cluster/stop': (response, call) => {
          problem(409, 'STOPPING', 'It is stopping already')(response, call);
          response.once('close', () => child.kill());
        },
      });
      expect(await run(['stop'])).to.include({ code: 0, stdout: '"api" has stopped.\n' });
    });

    it('says so when the end does not come in time', async () => {
      await instance({ 'POST /cluster/stop': json({ stopping: true }, 202) });
      const message =
        /^"api" is still stopping after 0\.2 s; wait longer with --timeout, or end it with: kill -9 \d+$/m;
      await expectFailure(['stop', '--timeout', '200ms'], message);
    });

    it('returns at once with --no-wait', async () => {
      await instance({ 'POST /cluster/stop': json({ stopping: true }, 202) });
      expect(await run(['stop', '--no-wait'])).to.include({ code: 0, stdout: '"api" is stopping.\n' });
    });

    it('goes by the silence of the API where the process can not be seen', async () => {
      const api = new ControlApi({
        'GET /cluster/status': json(cluster()),
        'GET /health': json({ status: 'ok' }),
        'POST /cluster/stop': (response, call) => {
          json({ stopping: true }, 202)(response, call);
          response.once('close', () => void api.close());
        },
      });
      track(api);
      const { port } = await api.listen(0);
      const outcome = await run(['stop', '--url', `http://127.0.0.1:${port}`]);
      expect(outcome).to.include({ code: 0, stdout: '"api" has stopped.\n' });
    });
  });
});
