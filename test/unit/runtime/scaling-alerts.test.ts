import { expect } from 'chai';
import { ScalingAlerts } from '../../../src/runtime/scaling-alerts.ts';

describe('the alerts of the scaler', () => {
  it('fire with the decisions that bring them, and end with the first that does not', () => {
    const told: string[] = [];
    const alerts = new ScalingAlerts({
      fire: ({ key, severity, sentence }, atMs) => void told.push(`${atMs}: ${key} ${severity} ${sentence}`),
      resolve: (key, sentence, atMs) => void told.push(`${atMs}: ${key} ended, ${sentence}`),
    });
    const [limit, crash] = [
      { source: 'limit', sentence: 'more is needed than is allowed' },
      { source: 'crash-loop', sentence: 'starts fail' },
    ] as const;
    alerts.onDecision({ alerts: [], atMs: 1 });
    alerts.onDecision({ alerts: [limit], atMs: 2 });
    alerts.onDecision({ alerts: [limit, crash], atMs: 3 });
    alerts.onDecision({ alerts: [crash], atMs: 4 });
    alerts.onDecision({ alerts: [], atMs: 5 });
    expect(told).to.deep.equal([
      '2: scaling/limit warning more is needed than is allowed',
      '3: scaling/limit warning more is needed than is allowed',
      '3: scaling/crash-loop warning starts fail',
      '4: scaling/crash-loop warning starts fail',
      '4: scaling/limit ended, no longer so',
      '5: scaling/crash-loop ended, no longer so',
    ]);
  });
});
