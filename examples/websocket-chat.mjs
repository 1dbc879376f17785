// A chat over WebSockets (ws), with its page. A WebSocket stays with the worker that accepted it, so everybody sees the people on the same worker.
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Chat</title>
<body style="font: 16px/1.5 system-ui; max-width: 40rem; margin: 2rem auto; padding: 0 1rem">
<h1>Chat</h1>
<form><input autofocus size="40" placeholder="Say something"> <button>Send</button></form>
<ul></ul>
<script>
  const socket = new WebSocket(location.origin.replace('http', 'ws'));
  const show = (text) => document.querySelector('ul').append(Object.assign(document.createElement('li'), { textContent: text }));
  socket.onmessage = (event) => show(event.data);
  socket.onclose = (event) => show('closed with code ' + event.code + '; reload the page to join again');
  document.querySelector('form').onsubmit = (event) => {
    event.preventDefault();
    socket.send(document.querySelector('input').value);
    event.target.reset();
  };
</script>`;

const server = createServer((_request, response) => {
  response.setHeader('Content-Type', 'text/html');
  response.end(PAGE);
});

const sockets = new WebSocketServer({ server, maxPayload: 16_384 });
const worker = process.env.NODE_APP_INSTANCE ?? 'alone';

sockets.on('connection', (socket) => {
  socket.on('error', (error) => console.error(error.message));
  socket.on('message', (data) => {
    for (const member of sockets.clients) member.send(data.toString());
  });
  socket.send(`welcome to worker ${worker}: ${sockets.clients.size} here`);
});

server.listen(process.env.PORT || 3001, () => {
  console.log(`listening on http://localhost:${server.address().port}/`);
});
