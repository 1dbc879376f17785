import { EngineError } from './engine-error.ts';
import { type ContainerDetail, type ContainerSpec, type EndpointSettings, LABEL } from './engine-types.ts';

/** What a container of the service is made by. */
export interface Pattern {
  readonly name: string;
  readonly spec: ContainerSpec;
  /** Networks beside the one of the spec: Engines before API 1.44 take one at the creation. */
  readonly furtherNetworks: readonly (readonly [network: string, endpoint: EndpointSettings])[];
}

/**
 * Another container of the same service as Compose would make it, so that Compose takes it for its own: same labels but for the number,
 * and the name in Compose's form.
 * @throws EngineError SERVICE_NOT_SCALABLE for a service with a fixed name or a published port
 */
export function patternOf(original: ContainerDetail, number: number): Pattern {
  const { Config, HostConfig, NetworkSettings } = original;
  const { Hostname, Labels, ...config } = Config;
  const { [LABEL.replaces]: _replaces, ...labels } = Labels ?? {};
  const endpoints = Object.entries(NetworkSettings.Networks ?? {}).map(
    ([network, endpoint]) => [network, endpointOf(endpoint, original)] as const,
  );
  const [first, ...further] = endpoints.toSorted(
    ([left], [right]) => Number(right === HostConfig.NetworkMode) - Number(left === HostConfig.NetworkMode),
  );
  refuseFixedPorts(HostConfig.PortBindings ?? {});
  return {
    name: nameOf(original, number),
    spec: {
      ...config,
      // A name of its own is the service's wish; else each container is called by its id.
      ...(Hostname !== undefined && !original.Id.startsWith(Hostname) && { Hostname }),
      Labels: { ...labels, [LABEL.number]: String(number) },
      HostConfig,
      NetworkingConfig: { EndpointsConfig: first === undefined ? {} : { [first[0]]: first[1] } },
    },
    furtherNetworks: further,
  };
}

/** Aliases are the service's but for the id; addresses are given anew. */
function endpointOf({ Aliases, Links, DriverOpts }: EndpointSettings, { Id, Name }: ContainerDetail): EndpointSettings {
  const own = new Set([Id.slice(0, 12), Name.replace(/^\//, '')]);
  return {
    Aliases: (Aliases ?? []).filter((alias) => !own.has(alias)),
    ...(Links && { Links }),
    ...(DriverOpts && { DriverOpts }),
  };
}

/** `project_app_1` of Compose v1, `project-app-1` of v2. */
function nameOf({ Name, Config }: ContainerDetail, number: number): string {
  const name = Name.replace(/^\//, '');
  const own = Config.Labels?.[LABEL.number] ?? '';
  const stem = name.slice(0, -own.length);
  if (own === '' || !name.endsWith(own) || !/[-_]$/.test(stem)) {
    const message = `${name}: a service with container_name has one container; take container_name out of its file`;
    throw new EngineError('SERVICE_NOT_SCALABLE', message);
  }
  return `${stem}${number}`;
}

function refuseFixedPorts(bindings: NonNullable<ContainerDetail['HostConfig']['PortBindings']>): void {
  for (const [port, hosts] of Object.entries(bindings)) {
    const fixed = hosts?.find(({ HostPort = '' }) => HostPort !== '' && HostPort !== '0');
    if (fixed === undefined) continue;
    const message = `port ${port} is published as ${fixed.HostPort}, which only one container can have; publish it at the balancer`;
    throw new EngineError('SERVICE_NOT_SCALABLE', message);
  }
}
