import { expect } from 'chai';
import { AppProcess } from './app-process.ts';

/** Log-ins with a wrong password that one address has in five minutes. */
const ATTEMPTS = 10;

describe('the reference app behind a proxy', () => {
  let app: AppProcess;

  afterEach(() => app.stop());

  async function wrongLogIn(client: string): Promise<number> {
    const response = await fetch(`${app.url}/api/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': client },
      body: JSON.stringify({ name: 'Eve', password: 'guess' }),
    });
    await response.arrayBuffer();
    return response.status;
  }

  async function register(): Promise<void> {
    const response = await fetch(`${app.url}/api/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'Eve', password: 'secret' }),
    });
    expect(response.status).to.equal(200);
  }

  async function afterTooMany(): Promise<{ readonly same: number; readonly other: number }> {
    await register();
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) expect(await wrongLogIn('192.0.2.1')).to.equal(401);
    return { same: await wrongLogIn('192.0.2.1'), other: await wrongLogIn('192.0.2.2') };
  }

  it('limits each client that a trusted proxy names by itself', async () => {
    app = await AppProcess.start({ TRUSTED_PROXIES: '127.0.0.0/8' });
    expect(await afterTooMany()).to.deep.equal({ same: 429, other: 401 });
  });

  it('lets nobody else name his address', async () => {
    app = await AppProcess.start();
    expect(await afterTooMany()).to.deep.equal({ same: 429, other: 429 });
  });
});
