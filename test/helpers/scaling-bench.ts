/** What tests of the scaler in a running instance share: rules of their own, and questions to ask. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { DecisionRecord } from '../../src/scaling/autoscale/record.ts';
import type { RuleStanding, ScalingStatus } from '../../src/scaling/autoscale/scaling-status.ts';
import type { Runtime } from './runtime.ts';

export interface ExplainedDecision {
  readonly record: DecisionRecord;
  readonly explanation: readonly string[];
}

/** To be called within a describe: a rules file for each test; the function writes it and returns its environment. */
export function useRules(): (...rules: readonly object[]) => Record<string, string> {
  let directory = '';
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'tg-rules-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));
  return (...rules) => {
    const file = path.join(directory, 'rules.json');
    writeFileSync(file, JSON.stringify({ rules }));
    return { SCALING_RULES_FILE: file };
  };
}

export async function scalingStatus(runtime: Runtime): Promise<ScalingStatus> {
  return (await runtime.api<ScalingStatus>('GET', '/scaling/status')).body;
}

/** How a rule stands; it has to be there. */
export async function ruleStanding(runtime: Runtime, name: string): Promise<RuleStanding | undefined> {
  return (await scalingStatus(runtime)).rules.find((rule) => rule.name === name);
}

export async function decision(runtime: Runtime, id: number | 'last'): Promise<ExplainedDecision> {
  return (await runtime.api<ExplainedDecision>('GET', `/scaling/decisions/${id}`)).body;
}
