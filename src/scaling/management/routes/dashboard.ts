/** GET /: the dashboard. */
import { contentSecurityPolicy, page } from '../dashboard/page.ts';
import { route } from '../route.ts';

export const dashboardRoutes = [
  route({
    method: 'GET',
    path: '/',
    // The page itself holds no figure; what it then reads demands the role viewer. It must load to ask for the token.
    access: 'public',
    tag: 'dashboard',
    summary: 'The dashboard',
    contentType: 'text/html',
    answers: { 200: 'The page' },
    handle: () => ({
      contentType: 'text/html; charset=utf-8',
      text: page,
      headers: { 'Content-Security-Policy': contentSecurityPolicy },
    }),
  }),
];
