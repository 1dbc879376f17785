import { demand, isWeight, limit } from './option-checks.ts';
import type { UpstreamOptions } from './options.ts';

/** Names and weights of one upstream, checked. @throws GatewayOptionError */
export function checkUpstream(given: UpstreamOptions, path: string): void {
  const { port, socketPath, host, weight, name, slot } = given;
  if (socketPath === undefined) {
    demand(
      `${path}.port`,
      port,
      Number.isInteger(port) && Number(port) > 0 && Number(port) < 65_536,
      'a port from 1 to 65535, or a socketPath',
    );
    demand(`${path}.host`, host, host === undefined || host !== '', 'a host name or an address');
  } else {
    demand(
      `${path}.socketPath`,
      socketPath,
      socketPath !== '' && port === undefined && host === undefined,
      'a path, without host and port',
    );
  }
  demand(`${path}.weight`, weight, weight === undefined || isWeight(weight), 'a finite number above 0');
  demand(`${path}.name`, name, name === undefined || name !== '', 'a name that is not empty');
  demand(
    `${path}.slot`,
    slot,
    slot === undefined || (Number.isInteger(slot) && slot >= 0),
    'a whole number of at least 0',
  );
  limit(`${path}.maxconn`, given.maxconn);
  const { sendProxy } = given;
  demand(`${path}.sendProxy`, sendProxy, sendProxy === undefined || sendProxy === 1 || sendProxy === 2, '1 or 2');
}
