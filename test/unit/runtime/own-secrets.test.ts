import { expect } from 'chai';
import { hideOwnSecrets } from '../../../src/runtime/own-secrets.ts';

describe('secrets of the control API', () => {
  const given = { MANAGEMENT_TOKENS: 'admin:x', TIDEGATE_TOKEN: 'x', JWT_SECRET: 'y', DATABASE_URL: 'postgres://' };

  it('do not reach workers, and what is the app’s does', () => {
    const env: NodeJS.ProcessEnv = { ...given };
    hideOwnSecrets({ jwtAudience: '' }, env);
    expect(env).to.deep.equal({ JWT_SECRET: 'y', DATABASE_URL: 'postgres://' });
  });

  it('include JWT_SECRET where the control API uses it', () => {
    const env: NodeJS.ProcessEnv = { ...given };
    hideOwnSecrets({ jwtAudience: 'tidegate' }, env);
    expect(env).to.deep.equal({ DATABASE_URL: 'postgres://' });
  });
});
