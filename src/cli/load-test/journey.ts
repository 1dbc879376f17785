/** What a journey is: what one user does, over and over. A module of its own exports one as `default`. */
import type { VirtualUser } from './virtual-user.ts';

export interface Journey {
  readonly name: string;
  readonly description?: string;
  /** Once, before a user's first round: logging in, for example. */
  begin?(user: VirtualUser): Promise<void>;
  /** One round. What it throws ends the round, which then counts as failed. */
  run(user: VirtualUser): Promise<void>;
  /** Once, when the time is over. */
  end?(user: VirtualUser): Promise<void>;
}
