// TypeScript with erasable syntax only: Node 22.18 and later run it as it is.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { identity, sendJson } from './identity.cjs';

interface Greeting {
  readonly language: 'TypeScript';
  readonly path: string;
}

function greet(request: IncomingMessage): Greeting {
  return { language: 'TypeScript', path: request.url ?? '/' } satisfies Greeting;
}

const server: Server = createServer((request: IncomingMessage, response: ServerResponse): void => {
  sendJson(response, identity(request.socket, greet(request)));
});

server.listen(process.env.PORT, () => {
  const { port } = server.address() as AddressInfo;
  console.log(`listening on ${port}`);
});
