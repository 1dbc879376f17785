import { expect } from 'chai';
import { createDatabase } from '../../../../src/scaling/database/database.ts';
import { DatabaseSettingsError } from '../../../../src/scaling/database/errors.ts';
import { databaseSettings, type Environment } from '../../../../src/scaling/database/settings.ts';

const DATABASE_URL = 'postgres://app:secret@db.internal/shop';

function problemsOf(env: Environment): readonly string[] {
  try {
    databaseSettings(env);
  } catch (error) {
    expect(error).to.be.instanceOf(DatabaseSettingsError);
    expect((error as DatabaseSettingsError).code).to.equal('DB_BAD_SETTING');
    return (error as DatabaseSettingsError).problems;
  }
  return [];
}

describe('the database settings of an environment', () => {
  it('are none without DATABASE_URL and DB_HOST', () => {
    expect(databaseSettings({})).to.equal(null);
    expect(databaseSettings({ DATABASE_URL: ' ', DB_HOST: '', DB_POOL_MAX: '5' })).to.equal(null);
  });

  it('have defaults for all but the server', () => {
    expect(databaseSettings({ DATABASE_URL })).to.deep.equal({
      primary: DATABASE_URL,
      replicaUrls: [],
      poolMin: 10,
      poolMax: 50,
      statementTimeoutMs: 10_000,
      connectTimeoutMs: 3_000,
      maxReplicaLagMs: 5_000,
    });
  });

  it('take the parts of the address, and the URL when both are there', () => {
    const parts = { DB_HOST: 'db', DB_NAME: 'shop', DB_USER: 'app', DB_PASSWORD: ' s p ' };
    const primary = { host: 'db', port: 5432, name: 'shop', user: 'app', password: ' s p ' };
    expect(databaseSettings(parts)?.primary).to.deep.equal(primary);
    expect(databaseSettings({ ...parts, DB_PORT: '6432' })?.primary).to.deep.equal({ ...primary, port: 6432 });
    expect(databaseSettings({ ...parts, DATABASE_URL })?.primary).to.equal(DATABASE_URL);
  });

  it('divide the pool among the workers, so that all of them together have no more', () => {
    const pool = (env: Environment): readonly unknown[] => {
      const settings = databaseSettings({ DATABASE_URL, ...env });
      return [settings?.poolMin, settings?.poolMax];
    };
    expect(pool({ TIDEGATE_WORKERS_MAX: '4' })).to.deep.equal([2, 12]);
    expect(pool({ TIDEGATE_WORKERS_MAX: '10' })).to.deep.equal([1, 5]);
    expect(pool({ TIDEGATE_WORKERS_MAX: '100' })).to.deep.equal([0, 1]);
    expect(pool({ TIDEGATE_WORKERS_MAX: '2', DB_POOL_MIN: '4', DB_POOL_MAX: '30' })).to.deep.equal([2, 15]);
    expect(pool({ DB_POOL_MAX: '6' })).to.deep.equal([6, 6]);
  });

  it('take several replicas', () => {
    const DB_REPLICA_URLS = 'postgres://r1/shop , postgresql://r2:5433/shop,';
    expect(databaseSettings({ DATABASE_URL, DB_REPLICA_URLS })?.replicaUrls).to.deep.equal([
      'postgres://r1/shop',
      'postgresql://r2:5433/shop',
    ]);
  });

  it('name every mistake with what was given and what is allowed', () => {
    const problems = problemsOf({
      DB_HOST: 'db',
      DB_PORT: '70000',
      DB_NAME: 'shop',
      DB_POOL_MIN: '-1',
      DB_POOL_MAX: 'many',
      DB_STATEMENT_TIMEOUT_MS: '1.5',
      TIDEGATE_WORKERS_MAX: '0',
    });
    expect(problems).to.deep.equal([
      'DB_PORT is "70000"; allowed is a whole number from 1 to 65535',
      'DB_USER is empty; it is needed with DB_HOST',
      'TIDEGATE_WORKERS_MAX is "0"; allowed is a whole number from 1 to 1024',
      'DB_POOL_MAX is "many"; allowed is a whole number from 1 to 10000',
      'DB_POOL_MIN is "-1"; allowed is a whole number from 0 to 10000',
      'DB_STATEMENT_TIMEOUT_MS is "1.5"; allowed is a whole number from 1 to 86400000',
    ]);
    expect(problemsOf({ DATABASE_URL, DB_POOL_MIN: '6', DB_POOL_MAX: '5' })).to.deep.equal([
      'DB_POOL_MIN is 6; allowed is at most DB_POOL_MAX, 5',
    ]);
  });

  it('say what is wrong with a URL without repeating it, since it may hold a password', () => {
    const allowed =
      'allowed is postgres://user:password@host:port/name (percent-encode special characters in user and password)';
    const problem = (url: string): readonly string[] => problemsOf({ DATABASE_URL: url });
    expect(problem('mysql://app:secret@db/shop')).to.deep.equal([`DATABASE_URL has the scheme "mysql"; ${allowed}`]);
    expect(problem('secret')).to.deep.equal([`DATABASE_URL is no URL; ${allowed}`]);
    expect(problem('postgres://app:sec#ret@db/shop')).to.deep.equal([`DATABASE_URL is no URL; ${allowed}`]);
    expect(problem('postgres://app:secret@db')).to.deep.equal([`DATABASE_URL names no database; ${allowed}`]);
    expect(problem('postgres:///shop')).to.deep.equal([`DATABASE_URL names no host; ${allowed}`]);
    expect(problem('postgres://app:100%@db/shop')).to.deep.equal([
      `DATABASE_URL has a % that encodes nothing; ${allowed}`,
    ]);
    expect(problem('postgres:///shop?host=/run/postgresql')).to.deep.equal([]);
    expect(problemsOf({ DATABASE_URL, DB_REPLICA_URLS: 'postgres://r1/shop,r2' })).to.deep.equal([
      `DB_REPLICA_URLS (number 2) is no URL; ${allowed}`,
    ]);
  });
});

describe('the options of a database', () => {
  it('are checked before anything is connected to', () => {
    const options = { primary: 'nowhere', replicaUrls: ['http://r/x'], poolMin: 3, poolMax: 2, sampleMs: 0 };
    expect(() => createDatabase(options))
      .to.throw(DatabaseSettingsError)
      .with.property('problems')
      .that.deep.equals([
        'primary is no URL; allowed is postgres://user:password@host:port/name (percent-encode special characters in user and password)',
        'replicaUrls[0] has the scheme "http"; allowed is postgres://user:password@host:port/name (percent-encode special characters in user and password)',
        'sampleMs is 0; allowed is a whole number from 1 to 2147483647',
        'poolMin is 3; allowed is a whole number from 0 to poolMax, 2',
      ]);
  });

  it('are shown without the password, in status and when printed', async () => {
    const { inspect } = await import('node:util');
    const database = createDatabase({ primary: DATABASE_URL, replicaUrls: ['postgres://app:secret@r1:5433/shop'] });
    expect(database.status().primary).to.equal('db.internal:5432/shop');
    expect(database.status().replicas.map(({ server, state }) => [server, state])).to.deep.equal([
      ['r1:5433/shop', 'unknown'],
    ]);
    expect(database.poolStatus().map(({ pool, min, max, total }) => [pool, min, max, total])).to.deep.equal([
      ['primary', 10, 50, 0],
      ['replica-1', 10, 50, 0],
    ]);
    expect(JSON.stringify(database.status()) + inspect(database, { depth: 9, showHidden: true })).not.to.include(
      'secret',
    );
    await database.close();
  });
});
