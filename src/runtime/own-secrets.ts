import type { Config } from '../../config/schema.ts';

/**
 * Takes secrets that are the runtime's alone out of its environment, once its configuration is read: workers are started with
 * it, and everything they start in turn. What an app may use under the same name stays.
 */
export function hideOwnSecrets(config: Pick<Config, 'jwtAudience'>, env: NodeJS.ProcessEnv): void {
  delete env.MANAGEMENT_TOKENS;
  delete env.TIDEGATE_TOKEN;
  // Without an audience the name is the app's: the control API does not read it.
  if (config.jwtAudience !== '') delete env.JWT_SECRET;
}
