/** GET / and GET /dashboard/:file: the dashboard and the files it is made of. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { type Asset, assetOf, dashboardAssets } from '../dashboard/assets.ts';
import { contentSecurityPolicy, renderPage } from '../dashboard/page.ts';
import { ProblemError } from '../problem.ts';
import { route } from '../route.ts';

const fileError = { error: () => 'the name of a file' };
const fileParams = z.strictObject({ file: z.string(fileError).regex(/^[a-z][a-z.-]{0,63}$/, fileError) });

let page: Asset | undefined;

// Neither page nor files hold any figure; what the page then reads demands the role viewer. It must load to ask for a token.
export const dashboardRoutes = [
  route({
    method: 'GET',
    path: '/',
    access: 'public',
    tag: 'dashboard',
    summary: 'The dashboard',
    contentType: 'text/html',
    answers: { 200: 'The page' },
    handle: ({ request, response }) => {
      page ??= assetOf('text/html; charset=utf-8', renderPage());
      response.setHeader('Content-Security-Policy', contentSecurityPolicy);
      send(page, request, response);
      return undefined;
    },
  }),
  route({
    method: 'GET',
    path: '/dashboard/:file',
    access: 'public',
    tag: 'dashboard',
    summary: 'A script, the style sheet or the icon of the dashboard',
    params: fileParams,
    contentType: 'text/javascript',
    answers: { 200: 'The file', 304: 'The browser has it', 404: 'NOT_FOUND' },
    handle: ({ params: { file }, request, response }) => {
      const asset = dashboardAssets().get(file);
      if (asset === undefined) throw new ProblemError(404, 'NOT_FOUND', `The dashboard has no file ${file}`);
      send(asset, request, response);
      return undefined;
    },
  }),
];

/** Compressed for who takes it; not at all for who has it. A browser asks each time, so a new version is never mixed with an old one. */
function send({ contentType, text, gzipped, etag }: Asset, request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('Cache-Control', 'no-cache');
  response.setHeader('ETag', etag);
  response.appendHeader('Vary', 'Accept-Encoding');
  if (request.headers['if-none-match'] === etag) {
    response.writeHead(304).end();
    return;
  }
  const compress = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
  if (compress) response.setHeader('Content-Encoding', 'gzip');
  const body = compress ? gzipped : Buffer.from(text);
  response.writeHead(200, { 'Content-Type': contentType, 'Content-Length': body.length });
  response.end(request.method === 'HEAD' ? undefined : body);
}
