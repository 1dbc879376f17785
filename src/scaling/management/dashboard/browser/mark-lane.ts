/** Every decision on the time line, to click: a lane of buttons of which one is in the tab order and the arrows reach the others. */
import { type Decision, type Mark, marksOf } from './decision-marks.ts';
import { type PageElement, page } from './dom.ts';
import { makeButton, setAttribute, setClass, setText } from './element.ts';
import { showClock } from './figures.ts';

const SIGNS: Readonly<Record<Mark['kind'], string>> = { up: '▲', down: '▼', hold: '•' };
/** So wide is a mark, as a share of the lane at its usual width. */
const APART = 0.025;
const APART_NARROW = 0.06;
const NARROW_PX = 500;

export class MarkLane {
  readonly #lane: PageElement;
  readonly #onOpen: (decision: Decision) => void;
  #buttons = new Map<number, PageElement>();
  #order: readonly PageElement[] = [];

  constructor(lane: PageElement, onOpen: (decision: Decision) => void) {
    this.#lane = lane;
    this.#onOpen = onOpen;
    lane.onkeydown = (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1, Home: -9_999, End: 9_999 }[event.key];
      const { activeElement } = page.document;
      const index = activeElement === null ? -1 : this.#order.indexOf(activeElement);
      if (step === undefined || index < 0) return;
      event.preventDefault();
      this.#order[Math.min(this.#order.length - 1, Math.max(0, index + step))]?.focus();
    };
  }

  draw(decisions: readonly Decision[], fromMs: number, toMs: number): void {
    const apart = this.#lane.clientWidth < NARROW_PX ? APART_NARROW : APART;
    const marks = marksOf(decisions, fromMs, toMs, apart);
    const buttons = new Map<number, PageElement>();
    for (const mark of marks) {
      const [first] = mark.decisions;
      if (first === undefined) continue;
      const button = this.#buttons.get(first.id) ?? makeButton('', '', () => {});
      this.#dress(button, mark);
      buttons.set(first.id, button);
      if (!button.isConnected) this.#lane.append(button);
    }
    for (const [id, button] of this.#buttons) if (!buttons.has(id)) button.remove();
    this.#buttons = buttons;
    this.#order = [...buttons.values()];
    const focused = this.#order.find((button) => button === page.document.activeElement) ?? this.#order.at(-1);
    for (const button of this.#order) button.tabIndex = button === focused ? 0 : -1;
  }

  #dress(button: PageElement, { share, decisions, kind }: Mark): void {
    const acted = decisions.filter(({ action }) => action !== 'hold');
    const shown = acted.at(-1) ?? decisions.at(-1);
    if (shown === undefined) return;
    const more = decisions.length > 1 ? ` (and ${decisions.length - 1} more)` : '';
    button.style.setProperty('--at', share.toFixed(4));
    setClass(button, `mark ${kind}`);
    setText(button, SIGNS[kind]);
    const label = `${showClock(shown.atMs)} ${shown.sentence}${more}`;
    setAttribute(button, 'aria-label', label);
    setAttribute(button, 'title', label);
    button.onclick = () => this.#onOpen(shown);
  }
}
