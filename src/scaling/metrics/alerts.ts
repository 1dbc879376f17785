import type { AlertSeverity } from '../alerts/alert.ts';
import type { MetricDefinition } from './family.ts';

const SEVERITIES: readonly AlertSeverity[] = ['warning', 'critical'];

export const alerts: readonly MetricDefinition[] = [
  {
    name: 'tidegate_alerts_firing',
    help: 'Alerts that fire, silenced ones included.',
    type: 'gauge',
    labels: ['severity'],
    merge: 'of the cluster',
    read: ({ alerts: { active } }) =>
      SEVERITIES.map((severity) => ({
        labels: { severity },
        value: active.filter((alert) => alert.severity === severity).length,
      })),
  },
  {
    name: 'tidegate_alert_notifications_total',
    help: 'Notifications by channel: delivered, failed after all attempts, or dropped because too many waited.',
    type: 'counter',
    labels: ['channel', 'outcome'],
    merge: 'of the cluster',
    read: ({ alerts: { channels } }) =>
      channels.flatMap(({ name, delivered, failed, dropped }) =>
        Object.entries({ delivered, failed, dropped }).map(([outcome, value]) => ({
          labels: { channel: name, outcome },
          value,
        })),
      ),
  },
];
