/** Scaling decisions as the control API hands them out: the record, and the sentences that explain it. */
import { ApiError, type ControlClient } from './control-client.ts';
import { CliError } from './errors.ts';

export interface ExplainedDecision {
  readonly record: unknown;
  readonly explanation: readonly string[];
}

/** @throws ApiError 404 when there is no such decision */
export async function fetchDecision(client: ControlClient, id: string): Promise<ExplainedDecision> {
  const body = (await client.get(`/scaling/decisions/${encodeURIComponent(id)}`)) as Partial<ExplainedDecision> | null;
  if (!Array.isArray(body?.explanation)) {
    throw new CliError('NOT_A_CONTROL_API', `${client.label} does not explain its decisions; is it an older version?`);
  }
  return body as ExplainedDecision;
}

/** What was decided last, in one sentence; undefined when nothing was decided yet. */
export async function lastDecisionSentence(client: ControlClient): Promise<string | undefined> {
  try {
    return decisionSentence((await fetchDecision(client, 'last')).record);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

/** A record's own summary of itself. */
export function decisionSentence(record: unknown): string | undefined {
  const { sentence } = Object(record) as { readonly sentence?: unknown };
  return typeof sentence === 'string' ? sentence : undefined;
}

/** What each shadow policy of `GET /scaling/status` would have decided last, in one sentence. */
export function shadowSentences(scaling: unknown): readonly string[] {
  const { shadow } = Object(scaling) as {
    readonly shadow?: { readonly policies?: readonly { readonly name: string; readonly summary: string }[] };
  };
  return (shadow?.policies ?? []).map(({ name, summary }) => `${name}: ${summary}`);
}
