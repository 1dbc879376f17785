/** A decision, opened: the sentence, its figures, every rule against its threshold, and all that `explain` says. */
import { type Api, RefusalError } from './api.ts';
import type { PageElement } from './dom.ts';
import { byId, make, makeTime, setText } from './element.ts';
import { type ExplainedRecord, figuresOf, type RuleBar, ruleBars, type Section, sectionsOf } from './explanation.ts';
import { showClock } from './figures.ts';
import { drawPairs } from './worker-details.ts';

interface Answer {
  readonly record: ExplainedRecord;
  readonly explanation: readonly string[];
}

const SIGN: Readonly<Record<string, string>> = { 'scale-up': 'up', 'scale-down': 'down' };

export class ExplanationDialog {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
    byId('explanation-close').onclick = () => byId('explanation').close();
  }

  /** @param id of a decision, or `last` */
  async open(id: number | 'last'): Promise<void> {
    const dialog = byId('explanation');
    setText(byId('explanation-title'), id === 'last' ? 'Why this many workers?' : `Decision ${id}`);
    byId('explanation-body').replaceChildren(make('p', 'empty', 'Loading …'));
    if (!dialog.open) dialog.showModal();
    try {
      this.#draw(await this.#api.get<Answer>(`scaling/decisions/${id}`));
    } catch (error) {
      const text = error instanceof RefusalError ? error.message : 'The control API is not reachable.';
      byId('explanation-body').replaceChildren(make('p', 'empty', text));
    }
  }

  #draw({ record, explanation }: Answer): void {
    setText(byId('explanation-title'), record.sentence);
    const kind = SIGN[record.action] ?? 'hold';
    const tags = make('p', 'tags', make('span', `tag ${kind}`, record.action), make('span', 'tag', record.reason));
    tags.append(makeTime(record.atMs, `Decision ${record.id}, ${showClock(record.atMs)}`));
    const figures = make('dl', 'pairs', ...drawPairs(figuresOf(record)));
    const bars = ruleBars(record.rules ?? []).map(drawBar);
    const rules = bars.length === 0 ? [] : [make('h3', '', 'Rules'), make('ul', 'bars', ...bars)];
    // The first line and the sentence are the head already; the rules are the bars.
    const sections = sectionsOf(explanation.slice(explanation[1] === record.sentence ? 2 : 0));
    const shown = sections.filter(({ title }) => bars.length === 0 || !title.startsWith('Rules'));
    byId('explanation-body').replaceChildren(tags, figures, ...rules, ...shown.flatMap(drawSection));
  }
}

function drawSection({ title, lines }: Section): PageElement[] {
  const list = make('ul', 'sentences', ...lines.map((line) => make('li', '', line)));
  return title === '' ? [list] : [make('h3', '', title), list];
}

function drawBar({ name, text, share, thresholdShare, holds }: RuleBar): PageElement {
  if (share === null) return make('li', '', make('b', '', name), ' ', make('span', '', text));
  const bar = make('i', holds ? 'rule hot' : 'rule', make('i', 'threshold'));
  bar.style.setProperty('--share', String(share));
  bar.style.setProperty('--threshold', String(thresholdShare));
  bar.setAttribute('aria-hidden', 'true');
  return make('li', '', make('b', '', name), bar, make('span', '', text));
}
