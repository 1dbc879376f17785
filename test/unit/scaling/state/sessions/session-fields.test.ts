import { expect } from 'chai';
import session from 'express-session';
import fc from 'fast-check';
import {
  fieldsOf,
  mergeFields,
  readFields,
  sameFields,
  timeToLiveMs,
  toSessionData,
  writeFields,
} from '../../../../../src/scaling/state/sessions/session-fields.ts';

const cookie = { originalMaxAge: 60_000, httpOnly: true, path: '/' };

function merged(base: object, mine: object, current: object): unknown {
  return JSON.parse(writeFields(mergeFields(fieldsOf(base), fieldsOf(mine), fieldsOf(current))));
}

describe('the fields of a session', () => {
  it('keep what JSON keeps, and the cookie without its moment of expiry', () => {
    const fields = fieldsOf({
      cookie: { ...cookie, expires: new Date(0) },
      user: { id: 7, since: new Date(0) },
      nothing: undefined,
      act: () => 1,
      none: null,
    });
    expect(JSON.parse(writeFields(fields))).to.deep.equal({
      cookie,
      user: { id: 7, since: '1970-01-01T00:00:00.000Z' },
      none: null,
    });
  });

  it('refuse what JSON cannot say, by a code and with the name of the field', () => {
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    for (const value of [circular, 1n]) {
      expect(() => fieldsOf({ cookie, basket: value }))
        .to.throw('"basket"')
        .with.property('code', 'SESSION_NOT_JSON');
    }
  });

  it('come back from their text as they were, whatever they hold', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (values) => {
        const fields = fieldsOf({ ...values, cookie });
        const back = readFields(writeFields(fields));
        expect(back !== undefined && sameFields(back, fields)).to.equal(true);
      }),
    );
  });

  it('may be called __proto__ without reaching a prototype', () => {
    const fields = readFields('{"cookie":{},"__proto__":{"admin":true}}');
    if (fields === undefined) throw new Error('not read');
    const data = toSessionData(fields, 0) as { admin?: boolean };
    expect([...fields.keys()]).to.deep.equal(['cookie', '__proto__']);
    expect(data.admin).to.equal(undefined);
    expect(Object.getPrototypeOf(data)).to.equal(Object.prototype);
  });

  it('are not read from what is no session', () => {
    for (const text of [
      '',
      '{',
      'null',
      '7',
      '[]',
      '"text"',
      '{}',
      '{"cookie":null}',
      '{"cookie":[]}',
      '\u0000\u00ff',
    ]) {
      expect(readFields(text), text).to.equal(undefined);
    }
  });
});

describe('a three-way merge of sessions', () => {
  it('keeps what two requests set in different fields', () => {
    expect(merged({ a: 1, b: 1 }, { a: 2, b: 1 }, { a: 1, b: 3 })).to.deep.equal({ a: 2, b: 3 });
  });

  it('keeps a field that another request added, and removes one that this request removed', () => {
    expect(merged({ a: 1, b: 1 }, { b: 1 }, { a: 1, b: 1, c: 1 })).to.deep.equal({ b: 1, c: 1 });
  });

  it('does not bring back a field that another request removed, unless this one changed it', () => {
    expect(merged({ a: 1, b: 1 }, { a: 1, b: 2 }, {})).to.deep.equal({ b: 2 });
  });

  it('lets the later save win where both changed one field', () => {
    expect(merged({ a: 1 }, { a: 2 }, { a: 3 })).to.deep.equal({ a: 2 });
  });

  it('sees a change inside a field as a change of the field', () => {
    const base = { cart: { items: [1], note: 'x' }, seen: 1 };
    expect(merged(base, { ...base, cart: { items: [1, 2], note: 'x' } }, { ...base, seen: 2 })).to.deep.equal({
      cart: { items: [1, 2], note: 'x' },
      seen: 2,
    });
  });

  it('changes nothing when this request changed nothing, and gives mine when nobody else wrote', () => {
    const sessions = fc.dictionary(fc.string({ maxLength: 3 }), fc.integer({ min: 0, max: 3 }));
    fc.assert(
      fc.property(sessions, sessions, (one, other) => {
        expect(merged(one, one, other)).to.deep.equal(other);
        expect(merged(one, other, one)).to.deep.equal(other);
        // Saving again what is there already, as after a lost answer, is without effect.
        const once = merged(one, other, other) as object;
        expect(once).to.deep.equal(other);
      }),
    );
  });
});

describe('the life of a session', () => {
  it('is its cookie’s original maximum age, else the default of the store', () => {
    expect(timeToLiveMs(fieldsOf({ cookie }), 5)).to.equal(60_000);
    expect(timeToLiveMs(fieldsOf({ cookie: { originalMaxAge: 0.5 } }), 5)).to.equal(1);
    expect(timeToLiveMs(fieldsOf({ cookie: { originalMaxAge: -1 } }), 5)).to.equal(-1);
    expect(timeToLiveMs(fieldsOf({ cookie: { originalMaxAge: 4e12 } }), 5)).to.equal(315_360_000_000);
    expect(timeToLiveMs(fieldsOf({ cookie: { originalMaxAge: null } }), 5)).to.equal(5);
    expect(timeToLiveMs(fieldsOf({ cookie: { originalMaxAge: 'soon' } }), 5)).to.equal(5);
    expect(timeToLiveMs(fieldsOf({}), 5)).to.equal(5);
  });

  it('comes back as the moment of expiry, which express-session makes a Date of', () => {
    const data = toSessionData(fieldsOf({ cookie, user: 1 }), 1_000);
    expect(data).to.deep.equal({ cookie: { ...cookie, expires: '1970-01-01T00:00:01.000Z' }, user: 1 });
    const store = new session.MemoryStore();
    const made = store.createSession({} as never, data as unknown as session.SessionData);
    expect(made.cookie.expires).to.deep.equal(new Date(1_000));
    expect(made.cookie.originalMaxAge).to.equal(60_000);
  });

  it('has no moment of expiry where the cookie ends with the browser', () => {
    const data = toSessionData(fieldsOf({ cookie: { originalMaxAge: null, path: '/' } }), 1_000);
    expect(data).to.deep.equal({ cookie: { originalMaxAge: null, path: '/' } });
  });
});
