/** Containers that `tidegate scaler` scales. */
import { integer, type OptionTable, text } from '../option.ts';

const COMPOSE_NAME = { allowed: 'a name as Compose takes it', pattern: /^[\w.-]{0,128}$/ };

export const stack = {
  dockerSocket: text('DOCKER_SOCKET', '/var/run/docker.sock', 'Of the Docker Engine, for `tidegate scaler`.'),
  composeProject: text(
    'COMPOSE_PROJECT',
    '',
    'Compose project whose service is scaled; empty: the one of the scaler’s own container.',
    COMPOSE_NAME,
  ),
  composeService: text(
    'COMPOSE_SERVICE',
    'app',
    'The service; MIN_INSTANCES and MAX_INSTANCES are its containers.',
    COMPOSE_NAME,
  ),
  composeNetwork: text(
    'COMPOSE_NETWORK',
    '',
    'Network on which containers are asked, as the Engine names it; empty: one that the scaler’s own container is in, or any.',
    COMPOSE_NAME,
  ),
  instanceManagementPort: integer(
    'INSTANCE_MANAGEMENT_PORT',
    9001,
    [1, 65535],
    'TCP port',
    'Control API of each container.',
  ),
} satisfies OptionTable;
