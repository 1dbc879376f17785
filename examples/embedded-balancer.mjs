// A load balancer in a process of your own: node examples/embedded-balancer.mjs 3001 3002
import { LoadBalancer } from 'tidegate';

const upstreams = process.argv.slice(2).map((port) => ({ port: Number(port) }));
if (upstreams.length === 0)
  throw new Error('give the ports of the servers: node examples/embedded-balancer.mjs 3001 3002');

const balancer = new LoadBalancer({ upstreams, check: { path: '/' } });
const { port } = await balancer.listen(8080);
console.log(`http://localhost:${port} balances over port ${process.argv.slice(2).join(' and ')}`);
process.once('SIGTERM', () => balancer.close());
