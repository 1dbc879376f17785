/** The OpenAPI 3.1 document of a route table. */
import { z } from 'zod';
import type { Access } from './authentication.ts';
import type { Route } from './route.ts';

type JsonObject = Record<string, unknown>;

const ACCESS_TEXT: Readonly<Record<Access, string>> = {
  public: 'Public.',
  token: 'Takes a token of any role, where tokens are configured.',
  viewer: 'Takes the role viewer, where tokens are configured.',
  operator: 'Takes the role operator, where tokens are configured.',
  admin: 'Takes the role admin, where tokens are configured.',
};

const PROBLEM_SCHEMA = {
  type: 'object',
  required: ['type', 'title', 'status', 'code', 'detail'],
  properties: {
    type: { type: 'string', format: 'uri' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string', description: 'Stable: scripts may depend on it.' },
    detail: { type: 'string', description: 'For people: what was given and what is allowed.' },
    enabled: { const: false, description: 'With the code FEATURE_DISABLED.' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['field', 'given', 'allowed'],
        properties: { field: { type: 'string' }, given: { type: 'string' }, allowed: { type: 'string' } },
      },
    },
  },
};

/** @param version of the product, which is also that of its API */
export function openApiDocument(routes: readonly Route[], version: string): JsonObject {
  const paths: Record<string, JsonObject> = {};
  for (const route of routes) {
    const path = route.path.replace(/:([A-Za-z]\w*)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tidegate control API',
      version,
      description:
        'Errors are application/problem+json with a stable code. On loopback without MANAGEMENT_TOKENS no token is asked for.',
    },
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: { Problem: PROBLEM_SCHEMA },
      responses: {
        Problem: {
          description: 'A problem',
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      },
    },
  };
}

function operation(route: Route): JsonObject {
  return {
    operationId: `${route.method.toLowerCase()}${route.path.replace(/[^A-Za-z0-9]+(.?)/g, (_, next: string) => next.toUpperCase())}`,
    tags: [route.tag],
    summary: route.summary,
    description: ACCESS_TEXT[route.access],
    'x-tidegate-access': route.access,
    // The empty one: loopback without tokens, and the socket.
    security: route.access === 'public' ? [] : [{ token: [] }, {}],
    parameters: [...parameters(route.params, 'path'), ...parameters(route.query, 'query'), ...plainParameters(route)],
    ...(route.body === undefined ? {} : { requestBody: requestBody(route.body) }),
    responses: responses(route),
  };
}

function parameters(schema: z.ZodType | undefined, where: 'path' | 'query'): JsonObject[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = jsonSchema(schema) as {
    properties?: Record<string, JsonObject>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: where,
    required: required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema: rest,
  }));
}

/** Path parameters that no schema restricts. */
function plainParameters(route: Route): JsonObject[] {
  if (route.params !== undefined) return [];
  const names = route.path.match(/:[A-Za-z]\w*/g) ?? [];
  return names.map((name) => ({ name: name.slice(1), in: 'path', required: true, schema: { type: 'string' } }));
}

function requestBody(schema: z.ZodType): JsonObject {
  const json = jsonSchema(schema);
  return { required: Array.isArray(json.required), content: { 'application/json': { schema: json } } };
}

function responses(route: Route): JsonObject {
  const successType = route.contentType ?? 'application/json';
  const described = Object.entries(route.answers).map(([status, description]) => {
    const succeeds = Number(status) < 300 || route.plainErrors?.includes(Number(status)) === true;
    const schema = successType === 'application/json' ? { type: 'object' } : { type: 'string' };
    const problem = { schema: { $ref: '#/components/schemas/Problem' } };
    const content = succeeds ? { [successType]: { schema } } : { 'application/problem+json': problem };
    return [status, { description, content }];
  });
  return { ...Object.fromEntries(described), default: { $ref: '#/components/responses/Problem' } };
}

function jsonSchema(schema: z.ZodType): JsonObject {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io: 'input' });
  return json;
}
