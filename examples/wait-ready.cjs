// Says itself when it is ready. Listening is not enough for an app that must warm up first: with WAIT_READY=true a worker gets
// connections once it has sent 'ready', and a reload replaces no old worker before that.
const http = require('node:http');
const { setTimeout: wait } = require('node:timers/promises');

let greetings;

const server = http.createServer((_request, response) => {
  if (!greetings) response.statusCode = 503;
  response.end(
    greetings ? `${greetings[Math.floor(Math.random() * greetings.length)]} from pid ${process.pid}\n` : 'warming up\n',
  );
});

server.listen(process.env.PORT || 3001, async () => {
  console.log('listening, warming up');
  await wait(1_500); // stands for filling a cache
  greetings = ['hello', 'bonjour', 'guten Tag', 'buongiorno'];
  console.log('ready');
  // Only there when a process manager started the app.
  process.send?.('ready');
});
