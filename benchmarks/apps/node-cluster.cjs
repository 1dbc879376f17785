'use strict';
// Node's own cluster module, as its documentation shows it: `node node-cluster.cjs <app> <workers> <rr|none>`.
const cluster = require('node:cluster');

const [exec, workers, policy] = process.argv.slice(2);
cluster.schedulingPolicy = policy === 'none' ? cluster.SCHED_NONE : cluster.SCHED_RR;
cluster.setupPrimary({ exec });
for (let index = 0; index < Number(workers); index += 1) cluster.fork();
