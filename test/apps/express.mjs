// Express 5 in an ES module. Routes: /, POST /echo (JSON body).
import express from 'express';
import { identity } from './identity.cjs';

const app = express();
app.use(express.json());
app.get('/', (request, response) => {
  response.json(identity(request.socket, { ip: request.ip, protocol: request.protocol }));
});
app.post('/echo', (request, response) => {
  response.json({ body: request.body, pid: process.pid });
});

const server = app.listen(process.env.PORT, (error) => {
  if (error) throw error;
  console.log(`listening on ${server.address().port}`);
});
