import { expect } from 'chai';
import { ManagementFixture, statusAndCode } from '../helpers/management-fixture.ts';

describe('the control API’s answers to mistakes', () => {
  let api: ManagementFixture;

  beforeEach(async () => {
    api = await ManagementFixture.start();
  });
  afterEach(() => api.close());

  it('are 404 for an unknown path, with where to look', async () => {
    const { json } = await api.get('/cluster/statu');
    expect(json).to.include({ status: 404, code: 'NOT_FOUND' });
    expect(json.detail).to.include('/cluster/statu').and.include('/openapi.json');
  });

  it('are 405 for a wrong method, with what is allowed', async () => {
    const { headers, json } = await api.post('/cluster/status');
    expect(headers.allow).to.equal('OPTIONS, GET, HEAD');
    expect(json).to.include({ status: 405, code: 'METHOD_NOT_ALLOWED' });
    expect((await api.send('/api/v1/admin/servers', { method: 'PUT' })).headers.allow).to.equal(
      'OPTIONS, GET, HEAD, POST',
    );
  });

  it('are 400 for a body that is not JSON', async () => {
    const { json } = await api.post('/scaling/manual', '{"instances": 4');
    expect(json).to.include({ status: 400, code: 'BAD_JSON' });
  });

  it('are 413 for a body above 64 KB, announced or not', async () => {
    const body = JSON.stringify({ instances: 4, reason: 'x'.repeat(70_000) });
    expect(await api.post('/scaling/manual', body).then(statusAndCode)).to.deep.equal({
      status: 413,
      code: 'BODY_TOO_LARGE',
    });
    const chunked = { method: 'POST', body, headers: { 'Transfer-Encoding': 'chunked' } };
    expect(await api.send('/scaling/manual', chunked).then(statusAndCode)).to.include({ code: 'BODY_TOO_LARGE' });
  });

  it('are 415 for a body that does not say it is JSON, as from a form or a bare curl -d', async () => {
    const form = {
      method: 'POST',
      body: '{"instances":4}',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    };
    const { json } = await api.send('/scaling/manual', form);
    expect(json).to.include({ status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' });
    expect(json.detail).to.include("-H 'Content-Type: application/json'");
    expect(api.services.pins).to.deep.equal([]);
  });

  it('are 415 for a compressed body or another charset', async () => {
    const as = (headers: Record<string, string>) =>
      api.send('/scaling/manual', { method: 'POST', body: '{}', headers });
    expect(await as({ 'Content-Encoding': 'gzip' }).then(statusAndCode)).to.deep.equal({
      status: 415,
      code: 'UNSUPPORTED_ENCODING',
    });
    const latin = { 'Content-Type': 'application/json; charset=iso-8859-1' };
    expect(await as(latin).then(statusAndCode)).to.deep.equal({ status: 415, code: 'UNSUPPORTED_CHARSET' });
  });

  it('are 400 for a path that is not valid percent-encoding', async () => {
    expect(await api.get('/scaling/decisions/%E0%A4').then(statusAndCode)).to.deep.equal({
      status: 400,
      code: 'BAD_PATH',
    });
  });

  it('are a bare 500 for a fault of ours, which goes to the log instead', async () => {
    api.services.exposeWork = () => Promise.reject(new Error('secret detail'));
    const { status, text, json } = await api.get('/metrics');
    expect([status, json.code]).to.deep.equal([500, 'INTERNAL']);
    expect(text).to.not.include('secret');
    expect(api.failures).to.deep.equal(['GET /metrics: secret detail']);
  });
});
