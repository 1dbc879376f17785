// A load balancer in a process of your own: node examples/embedded-balancer.mjs 3001 3002
import { LoadBalancer } from 'tidegate';

const upstreams = process.argv.slice(2).map((port) => ({ port: Number(port) }));
const balancer = new LoadBalancer({ upstreams, check: { path: '/' } });
const { port } = await balancer.listen(8080);
console.log(`http://localhost:${port} balances over ${upstreams.length} servers`);
process.once('SIGTERM', () => balancer.close());
