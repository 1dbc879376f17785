import type { MetricDefinition, MetricPoint, MetricSources } from './family.ts';

type Standing = MetricSources['scaling']['shadows'][number];

/** One point for each shadow policy that has the figure. */
function each(value: (standing: Standing) => number | null): (sources: MetricSources) => readonly MetricPoint[] {
  return ({ scaling: { shadows } }) =>
    shadows.flatMap((standing) => {
      const figure = value(standing);
      return figure === null ? [] : [{ labels: { policy: standing.name }, value: figure }];
    });
}

/** Policies of SHADOW_POLICY: asked at every decision, and not obeyed. */
export const shadow: readonly MetricDefinition[] = [
  {
    name: 'tidegate_shadow_desired',
    help: 'Workers that a shadow policy would have wanted at the latest decision.',
    type: 'gauge',
    labels: ['policy'],
    merge: 'of the cluster',
    read: each(({ desired }) => desired),
  },
  {
    name: 'tidegate_shadow_need',
    help: 'Workers that the load needs by the demand model of a shadow policy, limits and guards aside.',
    type: 'gauge',
    labels: ['policy'],
    merge: 'of the cluster',
    read: each(({ need }) => need),
  },
  {
    name: 'tidegate_shadow_decisions_total',
    help: 'Decisions that a shadow policy was asked for.',
    type: 'counter',
    labels: ['policy'],
    merge: 'of the cluster',
    read: each(({ decisions }) => decisions),
  },
  {
    name: 'tidegate_shadow_differences_total',
    help: 'Decisions in which a shadow policy wanted more or fewer workers than the live one.',
    type: 'counter',
    labels: ['policy', 'wanted'],
    merge: 'of the cluster',
    read: ({ scaling: { shadows } }) =>
      shadows.flatMap(({ name, more, fewer }) => [
        { labels: { policy: name, wanted: 'more' }, value: more },
        { labels: { policy: name, wanted: 'fewer' }, value: fewer },
      ]),
  },
];
