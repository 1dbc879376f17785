import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { ALERTMANAGER, Alertmanager, isInstalled, Prometheus, type RuleFile } from '../helpers/prometheus.ts';
import { until } from '../helpers/runtime.ts';

/** The rules as they are, but for the time that each waits. */
function atOnce({ groups }: RuleFile): RuleFile {
  return {
    groups: groups.map(({ name, rules }) => ({
      name,
      rules: rules.map((rule) => (rule.alert === undefined ? rule : { ...rule, for: '1s' })),
    })),
  };
}

/** What a chat's incoming webhook is sent. */
interface Notice {
  readonly path: string;
  readonly title: string;
  readonly text: string;
}

describe('an alert (needs prometheus and alertmanager)', function () {
  this.timeout(60_000);
  const page = { degraded: 0, ready: 1 };
  const notices: Notice[] = [];
  let target: Server;
  let webhook: Server;
  let alertmanager: Alertmanager | undefined;
  let prometheus: Prometheus | undefined;

  before(async function () {
    if (!isInstalled('prometheus') || ALERTMANAGER === undefined) return this.skip();
    target = createServer((_request, response) => {
      response.setHeader('Content-Type', 'text/plain; version=0.0.4');
      response.end(
        `tidegate_shared_state_degraded ${page.degraded}\ntidegate_scaling_ready ${page.ready}\ntidegate_stack_leader 1\n`,
      );
    }).listen(0, '127.0.0.1');
    webhook = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        const { attachments } = JSON.parse(body) as { attachments: { title: string; text: string }[] };
        for (const { title, text } of attachments) notices.push({ path: request.url ?? '', title, text });
        response.end('ok');
      });
    }).listen(0, '127.0.0.1');
    await Promise.all([once(target, 'listening'), once(webhook, 'listening')]);
    const address = `http://127.0.0.1:${(webhook.address() as AddressInfo).port}`;
    alertmanager = await Alertmanager.start({
      alerts_webhook_url: `${address}/operators`,
      on_call_webhook_url: `${address}/on-call`,
    });
    const addressOfTarget = `127.0.0.1:${(target.address() as AddressInfo).port}`;
    prometheus = await Prometheus.start({
      targets: { tidegate: [addressOfTarget], 'tidegate-scaler': [addressOfTarget] },
      alertmanager: `127.0.0.1:${alertmanager.port}`,
      rules: atOnce,
    });
  });

  after(async () => {
    await prometheus?.stop();
    await alertmanager?.stop();
    target?.close();
    webhook?.close();
  });

  it('is raised by its rule, comes to the webhook with its runbook, and is called off', async () => {
    await until('the target is scraped', () => prometheus?.value('up{job="tidegate"}').then((up) => up === 1));
    expect(notices).to.deep.equal([]);
    page.degraded = 1;
    const raised = await until(
      'a notice',
      () => notices.find(({ title }) => title === '[FIRING] TidegateDegraded (warning)'),
      30_000,
    );
    expect(raised.path).to.equal('/operators');
    expect(raised.text).to.match(/^127\.0\.0\.1:\d+ goes on without Redis\n/);
    expect(raised.text).to.include('deploy/prometheus/RUNBOOKS.md#tidegatedegraded');

    page.degraded = 0;
    const calledOff = await until(
      'the end of it',
      () => notices.find(({ title }) => title === '[RESOLVED] TidegateDegraded (warning)'),
      30_000,
    );
    expect(calledOff.path).to.equal('/operators');
  });

  it('that is critical goes to the people on call', async () => {
    page.ready = 0;
    const raised = await until(
      'a notice',
      () => notices.find(({ title }) => title === '[FIRING] TidegateNoReadyWorkers (critical)'),
      30_000,
    );
    expect(raised.path).to.equal('/on-call');
  });
});
