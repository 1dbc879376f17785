import { expect } from 'chai';
import { FakeEngine } from '../../helpers/fake-engine.ts';
import { runCli } from './cli-run.ts';

describe('tidegate scaler', () => {
  const engine = new FakeEngine();

  before(() => engine.start());
  after(() => engine.stop());

  it('says what to give when neither a setting nor its own container names the project', async () => {
    const { code, stderr } = await runCli(['scaler'], '/', { DOCKER_SOCKET: engine.socketPath });
    expect(code).to.equal(2);
    expect(stderr).to.match(/^COMPOSE_PROJECT is empty, and this process runs in no container of a Compose project/);
  });

  it('says so when no Engine answers', async () => {
    const { code, stderr } = await runCli(['scaler'], '/', { DOCKER_SOCKET: `${engine.socketPath}.missing` });
    expect(code).to.equal(1);
    expect(stderr).to.contain(`${engine.socketPath}.missing: GET /containers/`);
  });
});
