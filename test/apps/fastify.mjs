// Fastify 5. Without a host it listens on localhost, i.e. with one server for 127.0.0.1 and one for ::1.
import fastify from 'fastify';
import { identity } from './identity.cjs';

const app = fastify();
app.get('/', async (request) => identity(request.raw.socket, { ip: request.ip, addresses: app.addresses() }));
app.post('/echo', async (request) => ({ body: request.body, pid: process.pid }));

await app.listen({ port: Number(process.env.PORT) });
console.log(`listening on ${app.addresses()[0].port}`);
