import { expect } from 'chai';
import fc from 'fast-check';
import type { Alert, AlertChannel, Notification } from '../../../../src/scaling/alerts/alert.ts';
import { AlertDispatcher, type AlertDispatcherOptions } from '../../../../src/scaling/alerts/alert-dispatcher.ts';
import { consoleWatcher } from '../../../../src/scaling/alerts/console-watcher.ts';
import { emailMessage } from '../../../../src/scaling/alerts/email-message.ts';
import { transportOptions } from '../../../../src/scaling/alerts/email-sender.ts';
import { keyMatches, MAX_SILENCES } from '../../../../src/scaling/alerts/silences.ts';
import { discordBody, plainBody, slackBody } from '../../../../src/scaling/alerts/webhook-body.ts';

const ALERT: Alert = {
  key: 'health/memory',
  state: 'firing',
  severity: 'critical',
  sentence: '98 % of the memory is used',
  startedAtMs: Date.UTC(2024, 0, 2, 3, 4, 5),
  atMs: Date.UTC(2024, 0, 2, 3, 4, 9),
  instance: 'app',
};

function telling(first: Partial<Alert> = {}, ...more: Partial<Alert>[]): Notification {
  return {
    instance: 'app',
    atMs: ALERT.atMs,
    alerts: [{ ...ALERT, ...first }, ...more.map((given) => ({ ...ALERT, ...given }))],
  };
}

describe('AlertDispatcher', () => {
  let heard: Alert[];
  let told: (readonly string[])[];
  let sentences: string[];
  let closed: number[];
  let dispatcher: AlertDispatcher;

  function dispatch(options: Partial<AlertDispatcherOptions> = {}): AlertDispatcher {
    const channel: AlertChannel = {
      name: 'test',
      deliver: ({ alerts }) => {
        sentences.push(...alerts.map(({ sentence }) => sentence));
        told.push(
          alerts.map(({ key, state, severity, repeated }) => `${key} ${state} ${severity}${repeated ? ' again' : ''}`),
        );
      },
      test: async () => ({ channel: 'test', delivered: true, detail: '' }),
      status: () => ({
        name: 'test',
        waiting: 0,
        delivered: 0,
        failed: 0,
        dropped: 0,
        lastDeliveredAtMs: null,
        lastError: null,
      }),
      close: async (deadlineMs: number) => {
        closed.push(deadlineMs);
      },
    };
    return new AlertDispatcher({
      watchers: [(alert) => heard.push(alert)],
      channels: [channel],
      instance: 'app',
      ...options,
    });
  }

  beforeEach(() => {
    heard = [];
    told = [];
    sentences = [];
    closed = [];
    dispatcher = dispatch();
  });

  const memory = { key: 'health/memory', severity: 'warning', sentence: 'much is used' } as const;
  const cpu = { key: 'health/cpu', severity: 'critical', sentence: 'much to do' } as const;

  it('tells of a trouble once', () => {
    dispatcher.fire(memory, 100);
    dispatcher.fire({ ...memory, sentence: 'still much' }, 200);
    const alert = { ...memory, state: 'firing', startedAtMs: 100, atMs: 100, instance: 'app' };
    expect(heard).to.deep.equal([alert]);
    expect(told).to.deep.equal([['health/memory firing warning']]);
    expect(dispatcher.firing()).to.deep.equal([alert]);
  });

  it('tells of it again when its severity changes', () => {
    dispatcher.fire(memory, 100);
    dispatcher.fire({ ...memory, severity: 'critical' }, 200);
    expect(heard.at(-1)).to.include({ severity: 'critical', state: 'firing', startedAtMs: 100, atMs: 200 });
    expect(told.at(-1)).to.deep.equal(['health/memory firing critical']);
  });

  it('tells once that it is over, and how bad it was', () => {
    dispatcher.fire(memory, 100);
    dispatcher.resolve('health/memory', 'little is used', 300);
    dispatcher.resolve('health/memory', 'little is used', 400);
    expect(heard.at(-1)).to.deep.equal({
      key: 'health/memory',
      state: 'resolved',
      severity: 'warning',
      sentence: 'little is used',
      startedAtMs: 100,
      atMs: 300,
      instance: 'app',
    });
    expect(told).to.deep.equal([['health/memory firing warning'], ['health/memory resolved warning']]);
    expect(dispatcher.firing()).to.deep.equal([]);
  });

  it('does not tell that something is over which it never told of', () => {
    dispatcher.resolve('health/cpu', 'fine', 100);
    expect([heard, told]).to.deep.equal([[], []]);
  });

  it('tells of a trouble that comes back', () => {
    dispatcher.fire(memory, 100);
    dispatcher.resolve('health/memory', 'fine', 200);
    dispatcher.fire(memory, 300);
    expect(heard.at(-1)).to.include({ state: 'firing', startedAtMs: 300 });
    expect(told).to.have.length(3);
  });

  it('tells together what comes within the grouping time, the worst first', () => {
    dispatcher = dispatch({ groupMs: 1_000 });
    dispatcher.fire(memory, 0);
    dispatcher.fire(cpu, 900);
    dispatcher.tick(999);
    expect(told).to.deep.equal([]);
    dispatcher.tick(1_000);
    dispatcher.tick(3_000);
    expect(told).to.deep.equal([['health/cpu firing critical', 'health/memory firing warning']]);
    expect(heard, 'watchers do not wait').to.have.length(2);
  });

  it('does not tell channels of what came and went within the grouping time', () => {
    dispatcher = dispatch({ groupMs: 1_000 });
    dispatcher.fire(memory, 0);
    dispatcher.resolve('health/memory', 'fine', 500);
    dispatcher.tick(2_000);
    expect(told).to.deep.equal([]);
    expect(dispatcher.report(2_000).recent.map(({ state }) => state)).to.deep.equal(['resolved', 'firing']);
  });

  it('tells again of what still fires after the repeat interval', () => {
    dispatcher = dispatch({ repeatMs: 10_000 });
    dispatcher.fire(memory, 0);
    for (let nowMs = 1_000; nowMs <= 25_000; nowMs += 1_000) dispatcher.tick(nowMs);
    expect(told).to.deep.equal([
      ['health/memory firing warning'],
      ['health/memory firing warning again'],
      ['health/memory firing warning again'],
    ]);
  });

  it('says when it tells again what the trouble is by then', () => {
    let today: string | undefined = '97 % is used';
    dispatcher = dispatch({ repeatMs: 1_000, sentenceOf: () => today });
    dispatcher.fire({ key: 'health/disk', severity: 'warning', sentence: '90 % is used' }, 0);
    dispatcher.tick(1_000);
    today = undefined;
    dispatcher.tick(2_000);
    expect(sentences).to.deep.equal(['90 % is used', '97 % is used', '90 % is used']);
  });

  it('keeps silent for so long, and tells then what still fires', () => {
    const silence = dispatcher.silence({ key: 'health/*', reason: 'known', by: 'eve', forMs: 1_000 }, 0);
    expect(silence).to.deep.equal({
      id: 's1',
      key: 'health/*',
      reason: 'known',
      by: 'eve',
      startsAtMs: 0,
      endsAtMs: 1_000,
    });
    dispatcher.fire(memory, 100);
    dispatcher.fire({ ...memory, key: 'scaling/limit' }, 100);
    expect(told).to.deep.equal([['scaling/limit firing warning']]);
    expect(heard[0]).to.include({ silencedBy: 's1' });
    expect(dispatcher.report(500).active[0]).to.include({ key: 'health/memory', silencedBy: 's1' });
    dispatcher.tick(999);
    expect(told).to.have.length(1);
    dispatcher.tick(1_000);
    expect(told.at(-1)).to.deep.equal(['health/memory firing warning']);
    expect(dispatcher.report(1_000).silences).to.deep.equal([]);
  });

  it('tells of the end of what it told of, whatever is silent meanwhile', () => {
    dispatcher.fire(memory, 0);
    dispatcher.silence({ key: '*', reason: '', by: 'eve', forMs: 1_000 }, 10);
    dispatcher.resolve('health/memory', 'fine', 20);
    expect(told.at(-1)).to.deep.equal(['health/memory resolved warning']);
  });

  it('ends a silence early', () => {
    const { id } = dispatcher.silence({ key: '*', reason: '', by: 'eve', forMs: 60_000 }, 0);
    dispatcher.fire(memory, 1);
    expect(dispatcher.endSilence(id)).to.include({ id });
    expect(dispatcher.endSilence(id)).to.equal(undefined);
    dispatcher.tick(2);
    expect(told).to.deep.equal([['health/memory firing warning']]);
  });

  it('holds so many silences and no more', () => {
    const make = (): unknown => dispatcher.silence({ key: 'a', reason: '', by: 'eve', forMs: 1_000 }, 0);
    for (let made = 0; made < MAX_SILENCES; made += 1) make();
    expect(make).to.throw('100 silences hold').with.property('code', 'TOO_MANY_SILENCES');
  });

  it('tells what is still due before it closes its channels', async () => {
    dispatcher = dispatch({ groupMs: 60_000 });
    dispatcher.fire(memory, 0);
    await dispatcher.close(500, 10);
    expect(told).to.deep.equal([['health/memory firing warning']]);
    expect(closed).to.deep.equal([500]);
  });

  it('tells each change of the truth at most once, and ends with the truth', () => {
    const step = fc.record({
      key: fc.constantFrom('a', 'b'),
      what: fc.constantFrom('warning', 'critical', 'resolve', 'wait'),
      forMs: fc.integer({ min: 1, max: 1_500 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.constantFrom(0, 1_000), (steps, groupMs) => {
        told = [];
        dispatcher = dispatch({ groupMs });
        const truth = new Map<string, string>();
        let nowMs = 0;
        for (const { key, what, forMs } of steps) {
          nowMs += forMs;
          if (what === 'wait') dispatcher.tick(nowMs);
          else if (what === 'resolve') dispatcher.resolve(key, '', nowMs);
          else dispatcher.fire({ key, severity: what as 'warning', sentence: '' }, nowMs);
          if (what === 'resolve') truth.delete(key);
          else if (what !== 'wait') truth.set(key, what);
        }
        for (let later = 1; later <= 4; later += 1) dispatcher.tick(nowMs + later * 1_000);
        const people = new Map<string, string>();
        for (const line of told.flat()) {
          const [key = '', state, severity = ''] = line.split(' ');
          if (state === 'resolved') {
            expect(people.has(key), 'an end without a beginning').to.equal(true);
            people.delete(key);
          } else {
            expect(people.get(key), 'told twice').to.not.equal(severity);
            people.set(key, severity);
          }
        }
        expect(people).to.deep.equal(truth);
      }),
    );
  });
});

describe('the keys of silences', () => {
  it('match as they are, with * for anything', () => {
    expect(keyMatches('health/memory', 'health/memory')).to.equal(true);
    expect(keyMatches('health/mem', 'health/memory')).to.equal(false);
    expect(keyMatches('health/*', 'health/memory')).to.equal(true);
    expect(keyMatches('*', '')).to.equal(true);
    expect(keyMatches('*/memory', 'health/memory')).to.equal(true);
    expect(keyMatches('h*m*y', 'health/memory')).to.equal(true);
    expect(keyMatches('h*x*y', 'health/memory')).to.equal(false);
    expect(keyMatches('aa*aa', 'aaa')).to.equal(false);
  });

  it('agree with the regular expression of the same meaning', () => {
    const text = (characters: string[]): fc.Arbitrary<string> =>
      fc.string({ unit: fc.constantFrom(...characters), maxLength: 8 });
    fc.assert(
      fc.property(text(['a', 'b', '*']), text(['a', 'b']), (pattern, key) => {
        expect(keyMatches(pattern, key)).to.equal(new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(key));
      }),
    );
  });
});

describe('the console', () => {
  it('logs at the level of the severity, with the alert beside, and not what is silenced', () => {
    const lines: unknown[][] = [];
    const watch = consoleWatcher((level, message, fields) => lines.push([level, message, fields]));
    watch(ALERT);
    watch({ ...ALERT, severity: 'warning' });
    watch({ ...ALERT, state: 'resolved', sentence: '10 % of the memory is used' });
    watch({ ...ALERT, silencedBy: 's1' });
    expect(lines.map((line) => line.slice(0, 2))).to.deep.equal([
      ['error', 'critical: health/memory: 98 % of the memory is used'],
      ['warn', 'warning: health/memory: 98 % of the memory is used'],
      ['info', 'resolved: health/memory: 10 % of the memory is used'],
    ]);
    expect(lines[0]?.[2]).to.deep.equal({ alert: ALERT });
  });
});

describe('webhook bodies', () => {
  const plain = {
    instance: 'app',
    key: 'health/memory',
    state: 'firing',
    severity: 'critical',
    sentence: '98 % of the memory is used',
    startedAt: '2024-01-02T03:04:05.000Z',
    at: '2024-01-02T03:04:09.000Z',
    repeated: false,
  };

  it('are the first alert itself and all of them, for receivers of plain JSON', () => {
    const second = { key: 'health/cpu', severity: 'warning', repeated: true } as const;
    expect(plainBody(telling({}, second))).to.deep.equal({
      version: 1,
      source: 'tidegate',
      ...plain,
      alerts: [plain, { ...plain, ...second }],
    });
  });

  it('are a message for Slack, coloured by severity', () => {
    expect(slackBody(telling())).to.deep.equal({
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
    const { text, attachments } = slackBody(telling({ severity: 'warning' }, { state: 'resolved' })) as {
      text: string;
      attachments: { color: string }[];
    };
    expect(text).to.match(/ \(and 1 more\)$/);
    expect(attachments.map(({ color }) => color)).to.deep.equal(['warning', 'good']);
  });

  it('can not wake a whole Slack channel by what a sentence says', () => {
    const body = JSON.stringify(slackBody(telling({ sentence: '<!channel> a & b' })));
    expect(body).to.include('&lt;!channel&gt; a &amp; b').and.not.include('<!channel>');
  });

  it('are a message for Discord within its limits, which mentions nobody', () => {
    const body = discordBody(telling({ sentence: `@everyone ${'x'.repeat(5_000)}` })) as {
      content: string;
      allowed_mentions: object;
      embeds: { title: string; description: string; color: number; timestamp: string }[];
    };
    expect(body.allowed_mentions).to.deep.equal({ parse: [] });
    expect(body.content).to.have.length(2_000);
    expect(body.embeds[0]).to.include({
      title: '[critical] app: health/memory',
      color: 0xda3633,
      timestamp: '2024-01-02T03:04:09.000Z',
    });
    expect(body.embeds[0]?.description).to.have.length(500);
    const many = discordBody(telling({}, ...Array.from({ length: 30 }, () => ({})))) as { embeds: object[] };
    expect(many.embeds).to.have.length(10);
  });

  it('say of a repetition since when it is so', () => {
    const { attachments } = slackBody(telling({ repeated: true })) as { attachments: { text: string }[] };
    expect(attachments[0]?.text).to.equal('98 % of the memory is used (since 2024-01-02T03:04:05.000Z)');
  });
});

describe('mails', () => {
  it('have the headline as subject and each alert in the text', () => {
    const { subject, text } = emailMessage(telling({}, { key: 'health/cpu', severity: 'warning' }));
    expect(subject).to.equal('[critical] app: health/memory: 98 % of the memory is used (and 1 more)');
    expect(text).to.equal(
      [
        'critical: health/memory',
        '  98 % of the memory is used',
        '  since 2024-01-02T03:04:05.000Z, as of 2024-01-02T03:04:09.000Z',
        '',
        'warning: health/cpu',
        '  98 % of the memory is used',
        '  since 2024-01-02T03:04:05.000Z, as of 2024-01-02T03:04:09.000Z',
        '',
        'Told by tidegate, instance app.',
        '',
      ].join('\n'),
    );
  });

  it('let no sentence begin a header of its own', () => {
    const { subject } = emailMessage(telling({ key: 'a\r\nBcc: eve@example.org', sentence: 'b\u2028c\u0000d\n\n.e' }));
    expect(subject).to.equal('[critical] app: a Bcc: eve@example.org: b c d .e');
  });
});

describe('the way to a mail server', () => {
  const options = { port: 587, user: 'shop', password: 'secret', secure: false, from: 'a@b', to: ['c@d'] };

  it('demands TLS before a password is sent to another machine', () => {
    const demandsTls = (given: Partial<Parameters<typeof transportOptions>[0]>): boolean | undefined =>
      transportOptions({ ...options, host: 'smtp.example.org', ...given }).requireTLS;
    expect(demandsTls({})).to.equal(true);
    expect(demandsTls({ user: '' }), 'no password is sent').to.equal(false);
    expect(demandsTls({ secure: true }), 'TLS from the first byte').to.equal(false);
    for (const host of ['localhost', '127.0.0.1', '::1']) expect(demandsTls({ host }), host).to.equal(false);
  });
});
