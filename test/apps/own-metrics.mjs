// An app with metrics of its own: on prom-client as it is, beside a health check that goes by the query.
//   /order   counts an order and observes its price        /queue?n=   sets the gauge and the check
import http from 'node:http';
import client from 'prom-client';

const { healthCheck } = await import(process.env.METRICS_MODULE);
const orders = new client.Counter({ name: 'shop_orders_total', help: 'Orders.', labelNames: ['kind'] });
const price = new client.Histogram({ name: 'shop_price_euros', help: 'Prices.', buckets: [1, 10, 100] });
const queue = new client.Gauge({ name: 'shop_queue_length', help: 'Mails to be sent.' });
const uptime = new client.Gauge({ name: 'shop_uptime_seconds', help: 'Uptime.', aggregator: 'max' });
new client.Counter({ name: 'tidegate_forged_total', help: 'Not ours to say.' }).inc();
uptime.set(Number(process.env.NODE_APP_INSTANCE) + 1);

let length = 0;
healthCheck('mail-queue', () => length, { unit: 'mails', warning: 10, critical: 100, intervalMs: 200 });

http
  .createServer((request, response) => {
    const url = new URL(request.url, 'http://app');
    if (url.pathname === '/order') {
      orders.inc({ kind: 'a "quoted"\nkind' });
      price.observe(5);
    } else if (url.pathname === '/queue') {
      length = Number(url.searchParams.get('n'));
      queue.set(length);
    }
    response.end(String(process.pid));
  })
  .listen(Number(process.env.PORT));
