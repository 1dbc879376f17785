/** Who reads the page, and what he may do. */

export type Role = 'viewer' | 'operator' | 'admin';

export interface Session {
  readonly role: Role;
  readonly name: string;
  /** Goes with every change, where the server gives one. */
  readonly csrfToken: string | null;
}

const RANKS: readonly Role[] = ['viewer', 'operator', 'admin'];

/** Null: allowed. Else a sentence for the button that is not. */
export function whyNot(session: Session | null, needed: Role): string | null {
  if (session === null) return 'Log in first.';
  if (RANKS.indexOf(session.role) >= RANKS.indexOf(needed)) return null;
  const article = needed === 'viewer' ? 'a' : 'an';
  return `This takes ${article} ${needed}; you are here as ${session.role === 'viewer' ? 'a' : 'an'} ${session.role}.`;
}
