/** Making and changing elements. Text goes in as text, never as markup: names and reasons are other people's input. */
import { type PageElement, page } from './dom.ts';

const SVG = 'http://www.w3.org/2000/svg';

/** @throws Error for an id that the page does not have */
export function byId(id: string): PageElement {
  const element = page.document.getElementById(id);
  if (element === null) throw new Error(`The page has no element ${id}`);
  return element;
}

export function make(tag: string, className = '', ...children: (PageElement | string)[]): PageElement {
  const element = page.document.createElement(tag);
  if (className !== '') element.className = className;
  element.append(...children);
  return element;
}

export function makeSvg(
  tag: string,
  attributes: Readonly<Record<string, string>>,
  ...children: PageElement[]
): PageElement {
  const element = page.document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

export function makeButton(className: string, text: string, onClick: () => void): PageElement {
  const button = make('button', className, text);
  button.type = 'button';
  button.onclick = onClick;
  return button;
}

/** A moment as a person reads it, with the full one for machines and on hover. */
export function makeTime(atMs: number, text: string): PageElement {
  const time = make('time', '', text);
  time.dateTime = new Date(atMs).toISOString();
  time.title = new Date(atMs).toLocaleString();
  return time;
}

/** Touches the page only when there is something to change: a write costs a layout even when it writes the same. */
export function setText(element: PageElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export function setAttribute(element: PageElement, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

export function setClass(element: PageElement, className: string): void {
  if (element.className !== className) element.className = className;
}

/** What each element was last drawn from. */
const drawn = new WeakMap<PageElement, string>();

/** Draws a list again only when what it shows has changed. */
export function drawWhenChanged(element: PageElement, shown: unknown, draw: () => readonly PageElement[]): void {
  const key = JSON.stringify(shown);
  if (drawn.get(element) === key) return;
  drawn.set(element, key);
  element.replaceChildren(...draw());
}
