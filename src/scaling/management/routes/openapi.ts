/** GET /openapi.json: a description of exactly the routes in the table, because it is made from it. */
import { openApiDocument } from '../openapi.ts';
import { type Route, route } from '../route.ts';

/** @param routes the whole table, read when the document is first asked for */
export function openApiRoutes(routes: () => readonly Route[]): Route[] {
  let document: object | undefined;
  return [
    route({
      method: 'GET',
      path: '/openapi.json',
      access: 'public',
      tag: 'openapi',
      summary: 'This description',
      answers: { 200: 'An OpenAPI 3.1 document' },
      handle: ({ services }) => {
        document ??= openApiDocument(routes(), services.version);
        return { body: document };
      },
    }),
  ];
}
