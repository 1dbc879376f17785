import { expect } from 'chai';
import { z } from 'zod';
import type { ProblemError } from '../../../../src/scaling/management/problem.ts';
import { validate } from '../../../../src/scaling/management/validation.ts';

const countError = { error: () => 'a whole number from 1 to 9' };
const schema = z.strictObject(
  {
    count: z.int(countError).min(1, countError).max(9, countError),
    name: z.string({ error: () => 'a text' }).optional(),
  },
  { error: () => 'a JSON object with count' },
);

function refusal(value: unknown): ProblemError {
  try {
    validate(schema, value, 'body');
  } catch (error) {
    return error as ProblemError;
  }
  throw new Error('was accepted');
}

describe('validation', () => {
  it('returns what fits', () => {
    expect(validate(schema, { count: 4, name: 'a' }, 'body')).to.deep.equal({ count: 4, name: 'a' });
  });

  const wrong: readonly [unknown, string][] = [
    [{ count: -1 }, 'count: -1 given, allowed is a whole number from 1 to 9'],
    [{ count: 1e9 }, 'count: 1000000000 given, allowed is a whole number from 1 to 9'],
    [{ count: 1.5 }, 'count: 1.5 given, allowed is a whole number from 1 to 9'],
    [{ count: '8' }, 'count: "8" given, allowed is a whole number from 1 to 9'],
    [{ count: null }, 'count: null given, allowed is a whole number from 1 to 9'],
    [{ count: Number.POSITIVE_INFINITY }, 'count: Infinity given, allowed is a whole number from 1 to 9'],
    [{}, 'count: nothing given, allowed is a whole number from 1 to 9'],
    [{ count: 1, colour: 'red' }, 'colour: "red" given, allowed is only count, name'],
    [[1], 'body: [1] given, allowed is a JSON object with count'],
    [null, 'body: null given, allowed is a JSON object with count'],
    ['count', 'body: "count" given, allowed is a JSON object with count'],
  ];
  for (const [value, detail] of wrong) {
    it(`refuses ${JSON.stringify(value)} and names the field, what was given and what is allowed`, () => {
      expect(refusal(value)).to.include({ status: 400, code: 'INVALID_REQUEST', message: detail });
    });
  }

  it('reports every mistake at once, each field once', () => {
    expect(refusal({ count: -1.5, name: 7, colour: 1 }).options.errors).to.deep.equal([
      { field: 'count', given: '-1.5', allowed: 'a whole number from 1 to 9' },
      { field: 'name', given: '7', allowed: 'a text' },
      { field: 'colour', given: '1', allowed: 'only count, name' },
    ]);
  });

  it('treats __proto__ in a body as the unknown field it is', () => {
    expect(refusal(JSON.parse('{"count":1,"__proto__":{"admin":true}}')).message).to.match(
      /^__proto__: .* allowed is only/,
    );
  });

  it('shortens what was given', () => {
    expect(refusal({ count: 'x'.repeat(500) }).options.errors?.[0]?.given).to.have.length(80);
  });
});
