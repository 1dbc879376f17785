// Express in an ES module. The counter shows what sharing nothing means: each worker counts its own visits.
import express from 'express';

const app = express();
let visits = 0;

app.get('/', (_request, response) => {
  visits += 1;
  response.json({ visits, slot: process.env.NODE_APP_INSTANCE, pid: process.pid });
});

const server = app.listen(process.env.PORT || 3001, (error) => {
  if (error) throw error;
  console.log(`listening on http://localhost:${server.address().port}/`);
});
