import type { PageElement } from './dom.ts';
import { setAttribute } from './element.ts';

/** Marks a button that the reader may not use, and says why; it stays in reach of keyboard and screen reader. */
export function markAllowed(button: PageElement, reason: string | null): void {
  if (reason === null) {
    if (button.getAttribute('aria-disabled') === null) return;
    button.removeAttribute('aria-disabled');
    button.removeAttribute('aria-describedby');
    button.title = '';
  } else {
    setAttribute(button, 'aria-disabled', 'true');
    setAttribute(button, 'aria-describedby', 'may-not');
    button.title = reason;
  }
}
