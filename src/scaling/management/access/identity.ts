/** Who a credential belongs to. */
import type { Role } from '../../../../config/schema.ts';

export interface Identity {
  /** Stands in the audit log: never the credential, only what tells it from others. */
  readonly who: string;
  readonly role: Role;
  /** When the credential ends by itself; null: never. */
  readonly expiresAtMs: number | null;
}
