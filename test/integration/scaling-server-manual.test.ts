import { expect } from 'chai';
import { ManagementFixture, NOW_MS, statusAndCode } from '../helpers/management-fixture.ts';

describe('scaling by hand over the control API', () => {
  let api: ManagementFixture;

  beforeEach(async () => {
    api = await ManagementFixture.start();
  });
  afterEach(() => api.close());

  describe('POST /scaling/manual', () => {
    it('answers 202 with the decision, and writes who changed what to the audit log', async () => {
      const { status, json } = await api.post('/scaling/manual', { instances: 4, reason: 'High traffic expected' });
      expect(status).to.equal(202);
      expect(json).to.include({ id: 1, desired: 4, sentence: 'Set by hand to 4: High traffic expected' });
      const pin = { instances: 4, reason: 'High traffic expected', forMs: 300_000, force: false };
      expect(api.services.pins).to.deep.equal([{ ...pin, by: 'loopback' }]);
      expect(api.services.auditEntries).to.deep.equal([
        {
          atMs: NOW_MS,
          who: 'loopback',
          role: 'admin',
          from: '127.0.0.1',
          action: 'scaling.manual',
          before: { desired: 2, pin: null, paused: false },
          after: pin,
        },
      ]);
    });

    const holds: readonly [unknown, number | null][] = [
      ['2h', 7_200_000],
      ['90s', 90_000],
      ['1h30m', 5_400_000],
      ['500ms', 500],
      [60_000, 60_000],
      ['forever', null],
    ];
    for (const [hold, forMs] of holds) {
      it(`reads "for": ${JSON.stringify(hold)} as ${forMs} ms`, async () => {
        expect((await api.post('/scaling/manual', { instances: 4, for: hold })).status).to.equal(202);
        expect(api.services.pins[0]?.forMs).to.equal(forMs);
      });
    }

    const wrong: readonly [unknown, string][] = [
      [{ instances: -1 }, 'instances: -1 given, allowed is a whole number from 1 to 1000'],
      [{ instances: 1e9 }, 'instances: 1000000000 given, allowed is a whole number from 1 to 1000'],
      [{ instances: '8' }, 'instances: "8" given, allowed is a whole number from 1 to 1000'],
      [{ instances: 0 }, 'instances: 0 given, allowed is a whole number from 1 to 1000'],
      [{ instances: 2.5 }, 'instances: 2.5 given, allowed is a whole number from 1 to 1000'],
      [undefined, 'instances: nothing given, allowed is a whole number from 1 to 1000'],
      [{ instances: 4, force: 'yes' }, 'force: "yes" given, allowed is true or false'],
      [{ instances: 4, reason: 7 }, 'reason: 7 given, allowed is a text of at most 500 characters'],
      [{ instances: 4, count: 4 }, 'count: 4 given, allowed is only instances, reason, for, force'],
      [[4], 'body: [4] given, allowed is a JSON object with instances'],
      ['null', 'body: null given, allowed is a JSON object with instances'],
      ['"4"', 'body: "4" given, allowed is a JSON object with instances'],
    ];
    for (const [body, detail] of wrong) {
      it(`refuses ${JSON.stringify(body)} with a 400 that says so`, async () => {
        const { status, headers, json } = await api.post('/scaling/manual', body);
        expect(status).to.equal(400);
        expect(headers['content-type']).to.equal('application/problem+json; charset=utf-8');
        expect(json).to.include({ code: 'INVALID_REQUEST', detail });
      });
    }

    for (const hold of ['90', 'soon', 0, -5, 1.5, null, true, '400d']) {
      it(`refuses "for": ${JSON.stringify(hold)} and says what is allowed`, async () => {
        const { json } = await api.post('/scaling/manual', { instances: 4, for: hold });
        expect(json.status).to.equal(400);
        expect(json.errors).to.have.length(1);
        expect(json.errors[0].field).to.equal('for');
        expect(json.errors[0].allowed).to.include('such as 500ms, 90s, 2h or 1h30m').and.include('forever');
      });
    }

    it('passes a guard’s refusal on, with its status and code, and audits no change', async () => {
      expect(await api.post('/scaling/manual', { instances: 8 }).then(statusAndCode)).to.deep.equal({
        status: 409,
        code: 'blocked:memory',
      });
      expect(await api.post('/scaling/manual', { instances: 11 }).then(statusAndCode)).to.deep.equal({
        status: 422,
        code: 'limit:max',
      });
      expect(api.services.auditEntries).to.deep.equal([]);
      expect((await api.post('/scaling/manual', { instances: 8, force: true })).status).to.equal(202);
    });
  });

  describe('pause, resume and decisions', () => {
    it('pause until resume, which also ends a pin', async () => {
      await api.post('/scaling/manual', { instances: 4 });
      expect((await api.post('/scaling/pause', { reason: 'deploying' })).json.paused).to.equal(true);
      const { json } = await api.post('/scaling/resume');
      expect([json.paused, json.pin]).to.deep.equal([false, null]);
      expect(
        api.services.auditEntries.map(({ action, before, after }) => [action, before, after]).slice(1),
      ).to.deep.equal([
        [
          'scaling.pause',
          { desired: 4, pin: api.services.pins[0], paused: false },
          { paused: true, reason: 'deploying' },
        ],
        [
          'scaling.resume',
          { desired: 4, pin: api.services.pins[0], paused: true },
          { desired: 4, pin: null, paused: false },
        ],
      ]);
    });

    it('take no fields that they do not know', async () => {
      const { json } = await api.post('/scaling/resume', { force: true });
      expect(json).to.include({ status: 400, detail: 'force: true given, allowed is no field at all' });
    });

    it('explain a decision by number, and the last', async () => {
      await api.post('/scaling/manual', { instances: 3, reason: 'a' });
      await api.post('/scaling/manual', { instances: 4, reason: 'b' });
      expect((await api.get('/scaling/decisions/1')).json.record.desired).to.equal(3);
      expect((await api.get('/scaling/decisions/last')).json).to.deep.include({
        explanation: ['Decision 2 was taken by hand.'],
      });
    });

    it('say that a decision is not there, or is no decision', async () => {
      expect(await api.get('/scaling/decisions/last').then(statusAndCode)).to.deep.equal({
        status: 404,
        code: 'DECISION_NOT_FOUND',
      });
      expect(await api.get('/scaling/decisions/9').then(statusAndCode)).to.deep.equal({
        status: 404,
        code: 'DECISION_NOT_FOUND',
      });
      expect(await api.get('/scaling/decisions/first').then(statusAndCode)).to.deep.equal({
        status: 400,
        code: 'INVALID_REQUEST',
      });
    });
  });
});
