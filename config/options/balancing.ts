/** Who gets a connection, or a request. */
import { flag, integer, list, type OptionTable, oneOf } from '../option.ts';
import { LB_ALGORITHMS } from '../words.ts';

export const balancing = {
  loadBalancerEnabled: flag('LOAD_BALANCER_ENABLED', true, 'false: shared accept without rebalancing.'),
  lbMode: oneOf(
    'LB_MODE',
    'tcp',
    ['tcp', 'http'],
    'tcp: sockets go to workers; http: a gateway balances each request.',
  ),
  lbAlgorithm: oneOf(
    'LB_ALGORITHM',
    'adaptive',
    LB_ALGORITHMS,
    'adaptive: workers accept by shares; others: the primary picks per connection, the gateway per request.',
  ),
  lbStickySessionEnabled: flag(
    'LB_STICKY_SESSION_ENABLED',
    false,
    'tcp mode: consistent-hash on the client address; http mode: a signed cookie.',
  ),
  gatewayProcesses: integer('GATEWAY_PROCESSES', 1, [1, 16], 'processes', 'http mode: how many processes balance.'),
  lbMaxconn: integer(
    'LB_MAXCONN',
    0,
    [0, 1_000_000],
    'requests; 0 = no limit',
    'http mode: requests that one worker gets at once; others wait.',
  ),
  lbMaxqueue: integer('LB_MAXQUEUE', 1024, [0, 1_000_000], 'requests', 'http mode: requests that wait at most.'),
  lbWeights: list(
    'LB_WEIGHTS',
    'whole numbers from 1 to 9999, separated by commas',
    /^[1-9]\d{0,3}$/,
    'Weights of worker slots 0, 1, … for weighted policies; the rest weigh 1.',
  ),
  trustedProxies: list(
    'TRUSTED_PROXIES',
    'addresses or CIDR blocks, separated by commas',
    /^[0-9a-f:.]+(\/\d{1,3})?$/i,
    'http mode: peers whose X-Forwarded-* and Forwarded are believed.',
  ),
} satisfies OptionTable;
