/** The parts of the Engine's answers that are read here (Docker Engine API, 1.41 and newer). */

export type Labels = Readonly<Record<string, string>>;

/** An entry of `GET /containers/json`. */
export interface ContainerSummary {
  readonly Id: string;
  /** Null of one that could not be removed as a whole. */
  readonly Names: readonly string[] | null;
  readonly State: string;
  /** For people: `Up 3 minutes (healthy)`. */
  readonly Status: string;
  /** Seconds since the epoch. */
  readonly Created: number;
  readonly Labels: Labels | null;
  readonly NetworkSettings?: { readonly Networks?: Readonly<Record<string, { readonly IPAddress?: string }>> | null };
}

export interface EndpointSettings {
  readonly Aliases?: readonly string[] | null;
  readonly Links?: readonly string[] | null;
  readonly DriverOpts?: Readonly<Record<string, string>> | null;
}

/** Of `GET /containers/{id}/json`. */
export interface ContainerDetail {
  readonly Id: string;
  /** With a slash before it. */
  readonly Name: string;
  readonly Config: Readonly<Record<string, unknown>> & {
    readonly Hostname?: string;
    readonly Labels?: Labels | null;
    readonly StopTimeout?: number | null;
  };
  readonly HostConfig: Readonly<Record<string, unknown>> & {
    readonly NetworkMode?: string;
    readonly PortBindings?: Readonly<Record<string, readonly { readonly HostPort?: string }[] | null>> | null;
  };
  readonly NetworkSettings: { readonly Networks?: Readonly<Record<string, EndpointSettings>> | null };
}

/** The body of `POST /containers/create`. */
export interface ContainerSpec extends Readonly<Record<string, unknown>> {
  readonly Labels: Labels;
  readonly HostConfig: ContainerDetail['HostConfig'];
  readonly NetworkingConfig: { readonly EndpointsConfig: Readonly<Record<string, EndpointSettings>> };
}

export const LABEL = {
  project: 'com.docker.compose.project',
  service: 'com.docker.compose.service',
  number: 'com.docker.compose.container-number',
  oneOff: 'com.docker.compose.oneoff',
  /** Compose v2 notes here what a container was put in the place of. */
  replaces: 'com.docker.compose.replace',
} as const;
