import { expect } from 'chai';
import type { Alert } from '../../../../src/scaling/alerts/alert.ts';
import { AlertDispatcher } from '../../../../src/scaling/alerts/alert-dispatcher.ts';
import { ConsoleChannel } from '../../../../src/scaling/alerts/console-channel.ts';
import { plainBody, slackBody } from '../../../../src/scaling/alerts/webhook-body.ts';

const ALERT: Alert = {
  key: 'health/memory',
  state: 'firing',
  severity: 'critical',
  sentence: '98 % of the memory is used',
  startedAtMs: Date.UTC(2024, 0, 2, 3, 4, 5),
  atMs: Date.UTC(2024, 0, 2, 3, 4, 9),
  instance: 'app',
};

describe('AlertDispatcher', () => {
  let delivered: Alert[];
  let closed: number[];
  let dispatcher: AlertDispatcher;

  beforeEach(() => {
    delivered = [];
    closed = [];
    const channel = {
      name: 'test',
      deliver: (alert: Alert) => delivered.push(alert),
      close: async (deadlineMs: number) => {
        closed.push(deadlineMs);
      },
    };
    dispatcher = new AlertDispatcher({ channels: [channel, channel], instance: 'app' });
  });

  const trouble = { key: 'health/memory', severity: 'warning', sentence: 'much is used' } as const;

  it('tells every channel of a trouble, once', () => {
    dispatcher.fire(trouble, 100);
    dispatcher.fire({ ...trouble, sentence: 'still much' }, 200);
    const told = { ...trouble, state: 'firing', startedAtMs: 100, atMs: 100, instance: 'app' };
    expect(delivered).to.deep.equal([told, told]);
    expect(dispatcher.firing()).to.deep.equal([told]);
  });

  it('tells of it again when its severity changes', () => {
    dispatcher.fire(trouble, 100);
    dispatcher.fire({ ...trouble, severity: 'critical' }, 200);
    expect(delivered.at(-1)).to.include({ severity: 'critical', state: 'firing', startedAtMs: 100, atMs: 200 });
    expect(dispatcher.firing()).to.have.length(1);
  });

  it('tells once that it is over, and how bad it was', () => {
    dispatcher.fire(trouble, 100);
    dispatcher.resolve('health/memory', 'little is used', 300);
    dispatcher.resolve('health/memory', 'little is used', 400);
    expect(delivered).to.have.length(4);
    expect(delivered.at(-1)).to.deep.equal({
      key: 'health/memory',
      state: 'resolved',
      severity: 'warning',
      sentence: 'little is used',
      startedAtMs: 100,
      atMs: 300,
      instance: 'app',
    });
    expect(dispatcher.firing()).to.deep.equal([]);
  });

  it('does not tell that something is over which it never told of', () => {
    dispatcher.resolve('health/cpu', 'fine', 100);
    expect(delivered).to.deep.equal([]);
  });

  it('tells of a trouble that comes back', () => {
    dispatcher.fire(trouble, 100);
    dispatcher.resolve('health/memory', 'fine', 200);
    dispatcher.fire(trouble, 300);
    expect(delivered.at(-1)).to.include({ state: 'firing', startedAtMs: 300 });
  });

  it('keeps troubles apart', () => {
    dispatcher.fire(trouble, 100);
    dispatcher.fire({ ...trouble, key: 'health/cpu' }, 100);
    dispatcher.resolve('health/memory', 'fine', 200);
    expect(dispatcher.firing().map(({ key }) => key)).to.deep.equal(['health/cpu']);
  });

  it('closes its channels', async () => {
    await dispatcher.close(500);
    expect(closed).to.deep.equal([500, 500]);
  });
});

describe('ConsoleChannel', () => {
  it('logs at the level of the severity, with the alert beside', async () => {
    const lines: unknown[] = [];
    const channel = new ConsoleChannel((level, message, fields) => lines.push([level, message, fields]));
    channel.deliver(ALERT);
    channel.deliver({ ...ALERT, severity: 'warning' });
    channel.deliver({ ...ALERT, state: 'resolved', sentence: '10 % of the memory is used' });
    await channel.close();
    expect(lines.map((line) => (line as unknown[]).slice(0, 2))).to.deep.equal([
      ['error', 'critical: health/memory: 98 % of the memory is used'],
      ['warn', 'warning: health/memory: 98 % of the memory is used'],
      ['info', 'resolved: health/memory: 10 % of the memory is used'],
    ]);
    expect((lines[0] as unknown[])[2]).to.deep.equal({ alert: ALERT });
  });
});

describe('webhook bodies', () => {
  it('are the alert itself, for receivers of plain JSON', () => {
    expect(plainBody(ALERT)).to.deep.equal({
      version: 1,
      source: 'tidegate',
      instance: 'app',
      key: 'health/memory',
      state: 'firing',
      severity: 'critical',
      sentence: '98 % of the memory is used',
      startedAt: '2024-01-02T03:04:05.000Z',
      at: '2024-01-02T03:04:09.000Z',
    });
  });

  it('are a message for Slack, coloured by severity', () => {
    expect(slackBody(ALERT)).to.deep.equal({
      text: '[critical] app: health/memory: 98 % of the memory is used',
      attachments: [
        {
          color: 'danger',
          title: '[critical] app: health/memory',
          text: '98 % of the memory is used',
          ts: 1_704_164_649,
        },
      ],
    });
    const colours = [{ severity: 'warning' }, { state: 'resolved' }] as const;
    expect(
      colours
        .map((given) => slackBody({ ...ALERT, ...given }) as { attachments: { color: string }[] })
        .map(({ attachments }) => attachments[0]?.color),
    ).to.deep.equal(['warning', 'good']);
  });

  it('can not wake a whole Slack channel by what a sentence says', () => {
    const body = JSON.stringify(slackBody({ ...ALERT, sentence: '<!channel> a & b' }));
    expect(body).to.include('&lt;!channel&gt; a &amp; b').and.not.include('<!channel>');
  });
});
