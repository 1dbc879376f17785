// What a net.Server goes through without any client: prints it as one line, `life <JSON>`, then listens on PORT with GET / telling it too.
// Meanwhile it uses LIFE_PORT, which appears as <port>.
const { once } = require('node:events');
const http = require('node:http');
const { identity, sendJson } = require('./identity.cjs');

const steps = [];
const note = (what, fact) => steps.push([what, fact ?? null]);

function describe(error) {
  if (!error) return null;
  const { code, syscall, address, port } = error;
  return { code, syscall, address, port: port && '<port>', message: error.message.replace(/:\d+$/, ':<port>') };
}

async function life() {
  const server = http.createServer();
  server.on('close', () => note('event close'));
  note('not yet listening', [server.listening, server.address()]);

  const port = Number(process.env.LIFE_PORT);
  server.listen(port);
  await once(server, 'listening');
  const { address, family } = server.address();
  note('listening', [server.listening, address, family, server.address().port === port]);
  note('connections', await new Promise((resolve) => server.getConnections((error, count) => resolve([error, count]))));
  try {
    server.listen(port);
  } catch (error) {
    note('listen again while listening', error.code);
  }

  const onUpgrade = () => undefined;
  server.on('upgrade', onUpgrade).off('upgrade', onUpgrade);
  note('listeners for upgrades, once the last has gone', server.listenerCount('upgrade'));

  const second = http.createServer();
  second.listen(port);
  const [error] = await once(second, 'error');
  note('a second server on the port', describe(error));
  note('the second server', [second.listening, second.address()]);
  second.listen(0);
  await once(second, 'listening');
  note('the second server on another port', second.address().port !== port);
  await new Promise((resolve) => second.close(resolve));

  await new Promise((resolve) => {
    server.close((problem) => {
      note('callback of close', describe(problem));
      resolve();
    });
    note('close() takes effect at once', [server.listening, server.address()]);
  });
  await new Promise((resolve) => {
    server.close((problem) => {
      note('close again', problem?.code);
      resolve();
    });
  });
  server.listen(port);
  await once(server, 'listening');
  note('listens again on its port', server.address().port === port);

  const controller = new AbortController();
  const abortable = http.createServer().listen({ port: 0, signal: controller.signal });
  await once(abortable, 'listening');
  controller.abort();
  await once(abortable, 'close');
  note('aborted', abortable.listening);

  const unreachable = http.createServer().listen(port + 1, '192.0.2.1');
  note('an address that is not ours', describe((await once(unreachable, 'error'))[0]));
  server.close();
  await once(server, 'close');
}

life().then(() => {
  console.log(`life ${JSON.stringify(steps)}`);
  const server = http.createServer((request, response) => sendJson(response, identity(request.socket, { steps })));
  server.listen(process.env.PORT, () => console.log(`listening on ${server.address().port}`));
});
