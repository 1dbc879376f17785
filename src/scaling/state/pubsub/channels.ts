/** What administrators' pages listen to. */
export const ADMIN_CHANNEL = 'admin';

/** What everybody listens to. */
export const PLATFORM_CHANNEL = 'platform';

/** Longest channel name; on Redis the key prefix comes on top. */
const CHANNEL_BYTES = 512;

/** The channel of one user: `user:<id>`. */
export function userChannel(id: string): string {
  return checkChannel(`user:${id}`);
}

/** @throws RangeError for a name that is empty or longer than 512 bytes. */
export function checkChannel(channel: string): string {
  const bytes = Buffer.byteLength(channel);
  if (bytes < 1 || bytes > CHANNEL_BYTES) {
    throw new RangeError(
      `a channel's name has ${bytes} bytes ("${channel.slice(0, 40)}"); it must have 1 to ${CHANNEL_BYTES}`,
    );
  }
  return channel;
}
