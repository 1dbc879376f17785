/** Who gets a connection, or a request. */
import { byteSize, flag, integer, list, type OptionTable, oneOf, text } from '../option.ts';
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
  gatewayTlsCertFile: text(
    'GATEWAY_TLS_CERT_FILE',
    '',
    'http mode: certificate with its chain (PEM) with which clients are served over TLS; read again when it changes.',
  ),
  gatewayTlsKeyFile: text('GATEWAY_TLS_KEY_FILE', '', 'http mode: private key (PEM) of that certificate.'),
  gatewayTlsCertDir: text(
    'GATEWAY_TLS_CERT_DIR',
    '',
    'http mode: directory with more certificates, each name.crt with its name.key, for clients that ask for their names (SNI).',
  ),
  gatewayHttp2: flag('GATEWAY_HTTP2', true, 'http mode with TLS: clients may speak HTTP/2.'),
  lbMaxconn: integer(
    'LB_MAXCONN',
    0,
    [0, 1_000_000],
    'requests; 0 = no limit',
    'http mode: requests that one worker gets at once; others wait.',
  ),
  lbMaxqueue: integer('LB_MAXQUEUE', 1024, [0, 1_000_000], 'requests', 'http mode: requests that wait at most.'),
  lbTimeouts: list(
    'LB_TIMEOUTS',
    'client, connect, server, queue, tunnel, http-request or http-keep-alive = milliseconds, the first five also for a path and all below it; separated by commas',
    /^((\/[^\s=,?#:]*:)?(client|connect|server|queue|tunnel)|http-request|http-keep-alive)=[1-9]\d{0,8}$/,
    'http mode: how long things may take, by their names in HAProxy, e.g. server=30000,/reports:server=300000.',
  ),
  lbMaxBodyBytes: byteSize('LB_MAX_BODY_BYTES', 0, 'http mode: of a request’s body; longer ones get 413.'),
  lbRateLimits: list(
    'LB_RATE_LIMITS',
    'path=requests/seconds, then :standard, :strict or :progressive, then :seconds of the block; separated by commas',
    /^\/[^\s=,?#]*=[1-9]\d{0,8}\/[1-9]\d{0,5}(:(standard|strict|progressive)(:[1-9]\d{0,5})?)?$/,
    'http mode: requests per client address below a path, counted over all gateways, e.g. /=100/1,/login=5/60:strict:300.',
  ),
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
    'Proxies in front whose X-Forwarded-* the gateway (http mode) and the reference app believe.',
  ),
  proxyProtocolFrom: list(
    'PROXY_PROTOCOL_FROM',
    'addresses or CIDR blocks, separated by commas',
    /^[0-9a-f:.]+(\/\d{1,3})?$/i,
    'Proxies whose connections begin with a PROXY header (v1 or v2) that names the client; one without it is closed.',
  ),
} satisfies OptionTable;
