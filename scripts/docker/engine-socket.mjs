// What docker-compose.scaling.yml has to know of the Docker engine's socket and nobody wrote down: where it is, by DOCKER_HOST, and the
// group that may write to it, which is another one on each machine.
import { statSync } from 'node:fs';

const USUAL = '/var/run/docker.sock';

/**
 * @param {Readonly<Record<string, string | undefined>>} given the environment and the settings of files
 * @returns {Record<string, string>} what is to be added
 */
export function engineSocket(given) {
  const host = given.DOCKER_HOST ?? '';
  const path = given.DOCKER_SOCKET || (host.startsWith('unix://') ? host.slice('unix://'.length) : USUAL);
  const added = given.DOCKER_SOCKET ? {} : { DOCKER_SOCKET: path };
  if (given.DOCKER_GROUP_ID) return added;
  try {
    return { ...added, DOCKER_GROUP_ID: String(statSync(path).gid) };
  } catch {
    // An engine on another machine: its socket is not to be seen here, and what the Compose file says holds.
    return added;
  }
}
