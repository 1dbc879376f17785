/** The shipped dashboards of Grafana, and what their panels ask of Prometheus. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './runtime.ts';

const DASHBOARDS = path.join(ROOT, 'deploy/grafana/dashboards');

export interface Dashboard {
  readonly uid: string;
  readonly templating: { readonly list: readonly { readonly query: { readonly query: string } }[] };
  readonly panels: readonly {
    readonly id: number;
    readonly type: string;
    readonly title: string;
    readonly description?: string;
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    readonly targets?: readonly { readonly expr: string }[];
  }[];
}

export interface Expression {
  readonly where: string;
  readonly expr: string;
  /** Beside a runtime; null: nothing. */
  readonly needs: string | null;
}

/** As the files have them. */
export const dashboards = (): readonly Dashboard[] =>
  readdirSync(DASHBOARDS).map((name) => JSON.parse(readFileSync(path.join(DASHBOARDS, name), 'utf8')) as Dashboard);

/** Every panel's queries, with Grafana's variables filled in. */
export function expressions(): readonly Expression[] {
  return dashboards().flatMap(({ uid, panels }) =>
    panels.flatMap(({ title, description = '', targets = [] }) =>
      targets.map(({ expr }) => ({
        where: `${uid}: ${title}: ${expr}`,
        needs: / Needs: (.+)\.$/.exec(description)?.[1] ?? null,
        expr: expr.replaceAll('$__rate_interval', '1m').replaceAll('$job', '.*').replaceAll('$instance', '.*'),
      })),
    ),
  );
}
