/** A topology as a configuration of HAProxy 2.6 or newer. `haproxy.cfg` of the stack says why for each line. */
import { ExportError } from './export-error.ts';
import { type BalancerTopology, checkHost, checkName, checkPath, checkWhole } from './topology.ts';

const MAX_SLOTS = 1_000;
/** HAProxy's own stop comes after the app's drain. */
const HARD_STOP_MARGIN_SECONDS = 5;

const COMPRESSED_TYPES = [
  'text/html',
  'text/plain',
  'text/css',
  'text/javascript',
  'application/javascript',
  'application/json',
  'application/problem+json',
  'image/svg+xml',
];

/**
 * The text of `haproxy.cfg`: least connections, affinity for WebSockets and event streams, health checks, limits, security headers,
 * statistics page with figures for Prometheus at `/metrics`.
 * @throws ExportError when something given can't stand in the file
 */
export function haproxyConfig(topology: BalancerTopology): string {
  const app = checkName('app', topology.app);
  const sections = [
    [`# ${app}: written by tidegate export haproxy. Check: haproxy -c -f haproxy.cfg`],
    globalSection(topology),
    defaultsSection(),
    ...(topology.servers.kind === 'discovered' ? [resolversSection(topology.servers.dns)] : []),
    webSection(topology),
    appSection(topology),
    streamsSection(topology),
    statsSection(topology),
  ];
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function section(head: string, lines: readonly string[]): string[] {
  return [head, ...lines.map((line) => `  ${line}`)];
}

function globalSection(topology: BalancerTopology): string[] {
  const drainSeconds = Math.ceil(checkWhole('drainTimeoutMs', topology.drainTimeoutMs, 0, 3_600_000) / 1_000);
  return section('global', [
    'log stdout format raw local0 info',
    `maxconn ${checkWhole('maxConnections', topology.maxConnections, 1, 1_000_000)}`,
    'no strict-limits',
    'tune.bufsize 32768',
    'tune.maxrewrite 1024',
    `hard-stop-after ${drainSeconds + HARD_STOP_MARGIN_SECONDS}s`,
    'ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets',
    'ssl-default-bind-ciphersuites TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256',
    'ssl-default-bind-ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305',
  ]);
}

function defaultsSection(): string[] {
  return section('defaults', [
    'mode http',
    'log global',
    'option httplog',
    'option dontlognull',
    'timeout connect 5s',
    'timeout client 50s',
    'timeout server 50s',
    'timeout http-request 10s',
    'timeout http-keep-alive 15s',
    'timeout queue 10s',
    'timeout check 2s',
    'timeout tunnel 1h',
    'http-reuse safe',
  ]);
}

function resolversSection(dns: string): string[] {
  return section('resolvers containers', [
    `nameserver dns ${checkHost('dns', dns)}`,
    'accepted_payload_size 8192',
    'resolve_retries 3',
    'timeout resolve 1s',
    'timeout retry 500ms',
    'hold valid 1s',
    'hold obsolete 3s',
    'hold nx 3s',
  ]);
}

function webSection({ httpPort, tls, rateLimitPer10s }: BalancerTopology): string[] {
  const limit = checkWhole('rateLimitPer10s', rateLimitPer10s, 0, 10_000_000);
  const limits =
    limit === 0
      ? []
      : [
          'stick-table type ipv6 size 100k expire 60s store http_req_rate(10s)',
          'tcp-request connection track-sc0 src',
          `http-request return status 429 content-type application/problem+json string '{"type":"about:blank","title":"Too Many Requests","status":429,"code":"RATE_LIMITED"}' hdr Retry-After 10 if !is_health { sc_http_req_rate(0) gt ${limit} }`,
        ];
  return section('frontend web', [
    `bind :${checkWhole('httpPort', httpPort, 1, 65_535)}`,
    ...(tls === null
      ? []
      : [
          `bind :${checkWhole('tls.port', tls.port, 1, 65_535)} ssl crt ${checkPath('tls.certificateFile', tls.certificateFile)} alpn h2,http/1.1`,
        ]),
    'acl is_health path /health',
    'acl is_websocket hdr(Upgrade) -i websocket',
    'acl is_socket_path path_beg /socket.io/',
    'acl is_event_stream hdr_sub(Accept) -i text/event-stream',
    ...limits,
    'http-request del-header Forwarded',
    'http-request del-header X-Forwarded- -m beg',
    'http-request set-header X-Forwarded-Proto https if { ssl_fc }',
    'http-request set-header X-Forwarded-Proto http if !{ ssl_fc }',
    'http-request set-header X-Forwarded-Host %[req.hdr(Host)]',
    'option forwardfor',
    'http-after-response set-header X-Content-Type-Options nosniff',
    'http-after-response set-header X-Frame-Options SAMEORIGIN unless { res.hdr(X-Frame-Options) -m found }',
    'http-after-response set-header Referrer-Policy strict-origin-when-cross-origin unless { res.hdr(Referrer-Policy) -m found }',
    'http-after-response set-header Strict-Transport-Security "max-age=31536000; includeSubDomains" if { ssl_fc }',
    'http-after-response del-header Keep-Alive',
    'http-after-response del-header Server',
    'http-after-response del-header X-Powered-By',
    'use_backend app_streams if is_websocket or is_socket_path or is_event_stream',
    'default_backend app',
  ]);
}

function healthCheck({ healthPath }: BalancerTopology): string[] {
  return [
    'option httpchk',
    `http-check send meth GET uri ${checkPath('healthPath', healthPath)} ver HTTP/1.1 hdr Host haproxy hdr User-Agent haproxy-check`,
    'http-check expect status 200',
    'default-server observe layer4 error-limit 1 on-error mark-down',
    'retries 5',
    'option redispatch 1',
  ];
}

function appSection(topology: BalancerTopology): string[] {
  return section('backend app', [
    'balance leastconn',
    'compression algo gzip',
    `compression type ${COMPRESSED_TYPES.join(' ')}`,
    ...healthCheck(topology),
    'retry-on conn-failure empty-response',
    'http-request disable-l7-retry unless { method GET HEAD OPTIONS PUT DELETE }',
    'default-server check inter 1s fastinter 300ms downinter 1s fall 2 rise 1 slowstart 2s maxconn 2000',
    ...serverLines(topology),
  ]);
}

function streamsSection(topology: BalancerTopology): string[] {
  return section('backend app_streams', [
    'balance leastconn',
    'cookie TIDEGATE_SERVER insert indirect nocache httponly attr "SameSite=Lax" dynamic',
    `dynamic-cookie-key ${topology.app}`,
    'timeout server 1h',
    ...healthCheck(topology),
    'default-server check inter 1s fastinter 300ms downinter 1s fall 2 rise 1 maxconn 10000',
    ...serverLines(topology),
  ]);
}

function serverLines({ servers }: BalancerTopology): string[] {
  if (servers.kind === 'discovered') {
    const slots = checkWhole('slots', servers.slots, 1, MAX_SLOTS);
    const where = `${checkHost('servers.name', servers.name)}:${checkWhole('servers.port', servers.port, 1, 65_535)}`;
    return [`server-template app 1-${slots} ${where} resolvers containers resolve-prefer ipv4 init-addr none`];
  }
  if (servers.servers.length === 0) throw new ExportError('servers: none is given; give one at least');
  return servers.servers.map(({ host, port }, index) => {
    const address = checkHost(`servers[${index}].host`, host);
    const bracketed = address.includes(':') && !address.startsWith('[') ? `[${address}]` : address;
    return `server app${index + 1} ${bracketed}:${checkWhole(`servers[${index}].port`, port, 1, 65_535)}`;
  });
}

function statsSection({ statsAddress }: BalancerTopology): string[] {
  return section('frontend stats', [
    `bind ${checkHost('statsAddress', statsAddress)}`,
    'option dontlog-normal',
    'monitor-uri /haproxy-health',
    'http-request use-service prometheus-exporter if { path /metrics }',
    'stats enable',
    'stats uri /stats',
    'stats refresh 10s',
    'stats hide-version',
  ]);
}
