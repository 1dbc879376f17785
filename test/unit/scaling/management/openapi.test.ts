import { expect } from 'chai';
import { openApiDocument } from '../../../../src/scaling/management/openapi.ts';
import { routes } from '../../../../src/scaling/management/routes/index.ts';

// biome-ignore lint/suspicious/noExplicitAny: a JSON document, of which each test asserts what it reads
const document = openApiDocument(routes, '1.2.3') as any;

/** Access by method and path, as the interface documentation has it. */
const DOCUMENTED: Readonly<Record<string, string>> = {
  'GET /': 'public',
  'GET /dashboard/{file}': 'public',
  'GET /session': 'token',
  'POST /login': 'public',
  'POST /logout': 'token',
  'GET /health': 'public',
  'GET /health/performance': 'viewer',
  'GET /metrics': 'public',
  'GET /metrics/history': 'viewer',
  'GET /alerts': 'viewer',
  'POST /alerts/test': 'operator',
  'POST /alerts/silences': 'operator',
  'DELETE /alerts/silences/{id}': 'operator',
  'GET /cluster/status': 'viewer',
  'GET /cluster/memory': 'viewer',
  'POST /cluster/reload': 'operator',
  'POST /cluster/restart': 'operator',
  'POST /cluster/stop': 'operator',
  'GET /scaling/status': 'viewer',
  'POST /scaling/manual': 'operator',
  'POST /scaling/pause': 'operator',
  'POST /scaling/resume': 'operator',
  'POST /workers/{id}/restart': 'operator',
  'POST /workers/{id}/cpu-profile': 'admin',
  'POST /workers/{id}/heap-snapshot': 'admin',
  'GET /scaling/decisions/{id}': 'viewer',
  'GET /loadbalancer/status': 'viewer',
  'GET /redis/status': 'viewer',
  'GET /api/v1/admin/fleet-stats': 'admin',
  'GET /api/v1/admin/servers': 'admin',
  'POST /api/v1/admin/servers': 'admin',
  'GET /api/v1/admin/servers/{id}': 'admin',
  'DELETE /api/v1/admin/servers/{id}': 'admin',
  'GET /api/v1/admin/circuit-breaker/stats': 'admin',
  'POST /api/v1/admin/circuit-breaker/reset': 'admin',
  'GET /api/v1/capacity': 'viewer',
  'POST /api/v1/instances': 'token',
  'POST /api/v1/instances/{id}/connect': 'token',
  'POST /api/v1/instances/{id}/heartbeat': 'token',
  'POST /api/v1/instances/{id}/disconnect': 'token',
  'GET /api/v1/instances/{id}': 'token',
  'GET /events': 'viewer',
  'GET /logs': 'operator',
  'GET /openapi.json': 'public',
};

describe('the OpenAPI document', () => {
  it('has exactly the documented routes, each with its access', () => {
    const described: Record<string, string> = {};
    for (const [path, operations] of Object.entries<Record<string, { 'x-tidegate-access': string }>>(document.paths)) {
      for (const [method, operation] of Object.entries(operations)) {
        described[`${method.toUpperCase()} ${path}`] = operation['x-tidegate-access'];
      }
    }
    expect(described).to.deep.equal(DOCUMENTED);
  });

  it('gives every operation an id of its own, a summary and a tag', () => {
    const operations = Object.values<object>(document.paths).flatMap((path) => Object.values(path));
    expect(new Set(operations.map(({ operationId }) => operationId)).size).to.equal(routes.length);
    for (const { summary, tags } of operations) {
      expect(summary).to.match(/^\S.{5,}/);
      expect(tags).to.have.length(1);
    }
  });

  it('describes every path parameter', () => {
    for (const [path, operations] of Object.entries<Record<string, { parameters: { name: string; in: string }[] }>>(
      document.paths,
    )) {
      const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      for (const { parameters } of Object.values(operations)) {
        expect(parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name)).to.deep.equal(names);
      }
    }
  });

  it('gives the body of a manual scaling as the schema that checks it', () => {
    const { schema } = document.paths['/scaling/manual'].post.requestBody.content['application/json'];
    expect(schema.required).to.deep.equal(['instances']);
    expect(schema.additionalProperties).to.equal(false);
    expect(schema.properties.instances).to.deep.equal({
      type: 'integer',
      minimum: 1,
      maximum: 1000,
      description: 'Workers wanted.',
    });
    expect(Object.keys(schema.properties)).to.deep.equal(['instances', 'reason', 'for', 'force']);
  });

  it('asks for no token on public routes', () => {
    expect(document.paths['/metrics'].get.security).to.deep.equal([]);
    expect(document.paths['/cluster/status'].get.security).to.deep.equal([{ token: [] }, {}]);
  });

  it('carries the version of the product', () => {
    expect(document.info.version).to.equal('1.2.3');
  });
});
