// node:http2: cleartext (h2c) by default, TLS with HTTP2_MODE=secure, which takes HTTP/1.1 clients too. Routes: /, /sleep?ms=.
const fs = require('node:fs');
const http2 = require('node:http2');
const path = require('node:path');
const { identity, sendJson } = require('./identity.cjs');

const tls = (file) => fs.readFileSync(path.join(__dirname, 'tls', file));

function answer(request, response) {
  const url = new URL(request.url, 'http://localhost');
  const body = () =>
    sendJson(
      response,
      identity(request.socket, {
        httpVersion: request.httpVersion,
        alpn: request.socket.alpnProtocol ?? null,
        streamId: request.stream?.id ?? null,
      }),
    );
  if (url.pathname === '/sleep') setTimeout(body, Number(url.searchParams.get('ms')));
  else body();
}

const server =
  process.env.HTTP2_MODE === 'secure'
    ? http2.createSecureServer({ key: tls('key.pem'), cert: tls('cert.pem'), allowHTTP1: true }, answer)
    : http2.createServer(answer);

server.listen(process.env.PORT, () => console.log(`listening on ${server.address().port}`));
