/** Health probes, alerts, and the way back that the runtime took by itself. */

import type { PageElement } from './dom.ts';
import { byId, drawWhenChanged, make, makeButton, makeTime, setClass, setText } from './element.ts';
import { showClock } from './figures.ts';
import { type AlertNews, type Finding, type HealthBody, healthFindings, toneOf } from './health-view.ts';

const RECOVERIES_SHOWN = 5;

export function drawHealth(body: HealthBody): void {
  const status = body.status ?? 'unknown';
  setText(byId('health'), status === 'ok' ? 'healthy' : status);
  setClass(byId('health'), `pill ${toneOf(status)}`);
  const findings = healthFindings(body);
  drawWhenChanged(byId('health-list'), findings, () => findings.map((finding) => drawFinding(finding)));
  byId('no-health').hidden = findings.length > 0;
  const recoveries = (body.recoveries ?? []).slice(-RECOVERIES_SHOWN).reverse();
  drawWhenChanged(byId('recovery-list'), recoveries, () =>
    recoveries.map(({ atMs, workerId, outcome, detail }) => {
      const subject = workerId === undefined ? '' : `worker ${workerId} `;
      return make(
        'li',
        '',
        make('div', '', make('p', '', `${subject}${outcome}: ${detail}`), makeTime(atMs, showClock(atMs))),
      );
    }),
  );
  byId('recoveries').hidden = recoveries.length === 0;
}

/** A dot, a name, a level in words and a sentence. */
export function drawFinding({ name, level, tone, text }: Finding, ...more: PageElement[]): PageElement {
  const head = make('p', '', make('b', '', name), ' ', make('span', `state ${tone}`, level));
  return make('li', '', make('div', '', head, ...(text === '' ? [] : [make('p', 'note', text)])), ...more);
}

/** @param onSilence somebody wants to hear no more of these */
export function drawAlerts(alerts: readonly AlertNews[], onSilence: (key: string) => void): void {
  const firing = alerts.filter(({ state }) => state === 'firing').length;
  setText(byId('alert-count'), firing === 0 ? 'none firing' : `${firing} firing`);
  setClass(byId('alert-count'), firing === 0 ? 'note' : 'pill bad');
  drawWhenChanged(byId('alert-list'), alerts, () =>
    alerts.map(({ key, state, severity, sentence, startedAtMs, atMs, silencedBy }) => {
      const tone = state === 'firing' ? toneOf(severity) : 'good';
      const span =
        state === 'firing' ? `since ${showClock(startedAtMs)}` : `${showClock(startedAtMs)} to ${showClock(atMs)}`;
      const level = state === 'firing' ? `${severity}${silencedBy === undefined ? '' : ', silenced'}` : 'resolved';
      const item = drawFinding({ name: key, level, tone, text: sentence });
      item.append(makeTime(startedAtMs, span));
      if (state === 'firing' && silencedBy === undefined) {
        const silence = makeButton('small', 'Silence', () => onSilence(key));
        silence.setAttribute('aria-label', `Silence ${key}`);
        item.append(silence);
      }
      return item;
    }),
  );
  byId('no-alerts').hidden = alerts.length > 0;
}
