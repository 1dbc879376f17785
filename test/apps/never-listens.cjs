// A job runner: no server, a line a second, ends in order on SIGTERM.
const slot = process.env.NODE_APP_INSTANCE;
let jobs = 0;

const timer = setInterval(() => {
  jobs += 1;
  console.log(`job ${jobs} done by slot ${slot} pid ${process.pid}`);
}, 1_000);
console.log(`job runner slot ${slot} pid ${process.pid} started`);

process.on('SIGTERM', () => {
  clearInterval(timer);
  console.log(`job runner slot ${slot} pid ${process.pid} stopped`);
  process.exit(0);
});
