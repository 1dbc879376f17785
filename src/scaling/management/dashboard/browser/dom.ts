/**
 * The part of a browser that the page uses. The whole program is checked without TypeScript's DOM library, so that server code cannot
 * reach for a browser's globals by mistake; what the page needs of them is written down here.
 */

export interface PageEvent {
  readonly target: PageElement;
  readonly key: string;
  readonly clientX: number;
  preventDefault(): void;
}

/** An element of any kind; the properties of fields and dialogs among them. */
export interface PageElement {
  className: string;
  textContent: string | null;
  hidden: boolean;
  disabled: boolean;
  title: string;
  tabIndex: number;
  value: string;
  max: number | string;
  open: boolean;
  checked: boolean;
  type: string;
  scope: string;
  dateTime: string;
  scrollTop: number;
  readonly scrollHeight: number;
  readonly clientHeight: number;
  readonly clientWidth: number;
  readonly isConnected: boolean;
  readonly dataset: Record<string, string | undefined>;
  readonly style: { setProperty(name: string, value: string): void };
  readonly children: ArrayLike<PageElement>;
  readonly classList: { toggle(name: string, on?: boolean): boolean };
  onclick: ((event: PageEvent) => void) | null;
  onchange: (() => void) | null;
  oninput: (() => void) | null;
  onsubmit: ((event: PageEvent) => void) | null;
  onkeydown: ((event: PageEvent) => void) | null;
  onclose: (() => void) | null;
  ontoggle: (() => void) | null;
  onpointermove: ((event: PageEvent) => void) | null;
  onpointerleave: (() => void) | null;
  append(...children: (PageElement | string)[]): void;
  prepend(...children: (PageElement | string)[]): void;
  before(...children: (PageElement | string)[]): void;
  replaceChildren(...children: (PageElement | string)[]): void;
  remove(): void;
  setAttribute(name: string, value: string): void;
  getAttribute(name: string): string | null;
  removeAttribute(name: string): void;
  contains(other: PageElement | null): boolean;
  getBoundingClientRect(): { readonly left: number; readonly width: number };
  focus(): void;
  showModal(): void;
  close(): void;
  reset(): void;
}

interface PageDocument {
  title: string;
  readonly hidden: boolean;
  readonly baseURI: string;
  readonly documentElement: PageElement;
  readonly activeElement: PageElement | null;
  getElementById(id: string): PageElement | null;
  createElement(tag: string): PageElement;
  createElementNS(namespace: string, tag: string): PageElement;
  addEventListener(event: string, listener: () => void): void;
}

interface PageStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

interface ElementObserver<Entry> {
  new (
    listener: (entries: readonly Entry[]) => void,
    options?: { readonly rootMargin: string },
  ): {
    observe(element: PageElement): void;
    unobserve(element: PageElement): void;
  };
}

interface PageWindow {
  readonly document: PageDocument;
  readonly localStorage: PageStorage;
  readonly ResizeObserver: ElementObserver<{ readonly target: PageElement }>;
  requestAnimationFrame(draw: () => void): void;
  matchMedia(query: string): { readonly matches: boolean };
  readonly IntersectionObserver: ElementObserver<{ readonly target: PageElement; readonly isIntersecting: boolean }>;
}

/** The browser's globals; only functions that run in the page may touch them. */
export const page = globalThis as unknown as PageWindow;
