// @ts-check
/** What a dashboard is made of, and how it becomes Grafana's JSON. Types are checked by an editor or `tsc --checkJs`. */

/**
 * @typedef {'short' | 'reqps' | 's' | 'bytes' | 'percentunit' | 'Bps' | 'none'} Unit
 * @typedef {{ expr: string, legend?: string }} Query
 * @typedef {object} Panel
 * @property {string} title
 * @property {'stat' | 'timeseries' | 'heatmap'} type
 * @property {Unit} unit
 * @property {string} about what it shows, for people
 * @property {readonly Query[]} queries
 * @property {number} [width] of 24
 * @property {readonly [number, 'green' | 'orange' | 'red'][]} [thresholds] from a value on, a color
 * @property {string} [needs] what must run or be in use for it to have data
 * @typedef {object} Row
 * @property {string} title
 * @property {readonly Panel[]} panels
 * @typedef {object} Dashboard
 * @property {string} uid
 * @property {string} title
 * @property {string} about
 * @property {string} metric whose labels offer the choices of job and instance
 * @property {readonly Row[]} rows
 */

const SOURCE = { type: 'prometheus', uid: 'prometheus' };
const HEIGHT = { stat: 4, timeseries: 8, heatmap: 8 };

/** @param {Dashboard} dashboard */
export function toGrafana({ uid, title, about, metric, rows }) {
  return {
    uid,
    title,
    description: about,
    tags: ['tidegate'],
    schemaVersion: 39,
    version: 1,
    editable: true,
    graphTooltip: 1,
    refresh: '15s',
    time: { from: 'now-1h', to: 'now' },
    timezone: 'browser',
    templating: {
      list: [
        choice('job', `label_values(${metric}, job)`),
        choice('instance', `label_values(${metric}{job=~"$job"}, instance)`),
      ],
    },
    annotations: { list: [] },
    links: [
      {
        type: 'dashboards',
        tags: ['tidegate'],
        asDropdown: true,
        title: 'Tidegate',
        includeVars: true,
        keepTime: true,
      },
    ],
    panels: layOut(rows),
  };
}

/** @param {string} name @param {string} query */
function choice(name, query) {
  return {
    name,
    type: 'query',
    datasource: SOURCE,
    query: { query, refId: name },
    refresh: 2,
    includeAll: true,
    allValue: '.*',
    multi: true,
    current: { text: ['All'], value: ['$__all'] },
  };
}

/** @param {readonly Row[]} rows */
function layOut(rows) {
  const panels = [];
  let y = 0;
  let id = 0;
  for (const row of rows) {
    panels.push({
      id: ++id,
      type: 'row',
      title: row.title,
      collapsed: false,
      gridPos: { x: 0, y: y++, w: 24, h: 1 },
      panels: [],
    });
    let x = 0;
    let height = 0;
    for (const panel of row.panels) {
      const w = panel.width ?? (panel.type === 'stat' ? 4 : 12);
      if (x + w > 24) {
        x = 0;
        y += height;
        height = 0;
      }
      panels.push(panelOf(panel, ++id, { x, y, w, h: HEIGHT[panel.type] }));
      x += w;
      height = Math.max(height, HEIGHT[panel.type]);
    }
    y += height;
  }
  return panels;
}

/** @param {Panel} panel @param {number} id @param {object} gridPos */
function panelOf({ title, type, unit, about, queries, thresholds, needs }, id, gridPos) {
  const steps = [{ value: null, color: 'green' }, ...(thresholds ?? []).map(([value, color]) => ({ value, color }))];
  return {
    id,
    type,
    title,
    // Who sees an empty panel learns why.
    description: needs === undefined ? about : `${about} Needs: ${needs}.`,
    gridPos,
    datasource: SOURCE,
    targets: queries.map(({ expr, legend }, index) => ({
      refId: String.fromCharCode(65 + index),
      datasource: SOURCE,
      expr,
      legendFormat: legend ?? '__auto',
      ...(type === 'heatmap' && { format: 'heatmap' }),
      ...(type === 'stat' && { instant: true }),
    })),
    fieldConfig: {
      defaults: {
        unit,
        min: 0,
        thresholds: { mode: 'absolute', steps },
        color: { mode: thresholds ? 'thresholds' : 'palette-classic' },
      },
      overrides: [],
    },
    options: OPTIONS[type],
  };
}

const OPTIONS = {
  stat: {
    reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
    colorMode: 'value',
    graphMode: 'none',
    textMode: 'auto',
  },
  timeseries: {
    legend: { displayMode: 'list', placement: 'bottom', showLegend: true },
    tooltip: { mode: 'multi', sort: 'desc' },
  },
  heatmap: { calculate: false, yAxis: { unit: 's' }, color: { mode: 'scheme', scheme: 'Spectral', steps: 64 } },
};

/** The filter that every expression over instances carries. The scaler of a stack counts containers where they count workers. */
export const BY = 'job=~"$job",job!="tidegate-scaler",instance=~"$instance"';

/** @param {string} title @param {Unit} unit @param {string} about @param {string} expr @param {Partial<Panel>} [more] @returns {Panel} */
export function stat(title, unit, about, expr, more = {}) {
  return { title, type: 'stat', unit, about, queries: [{ expr }], ...more };
}

/** @param {string} title @param {Unit} unit @param {string} about @param {readonly (readonly [expr: string, legend: string])[]} queries @param {Partial<Panel>} [more] @returns {Panel} */
export function lines(title, unit, about, queries, more = {}) {
  return {
    title,
    type: 'timeseries',
    unit,
    about,
    queries: queries.map(([expr, legend]) => ({ expr, legend })),
    ...more,
  };
}
