/** Light, dark, or as the system has it; remembered in this browser. */
import { page } from './dom.ts';
import { byId } from './element.ts';

const KEY = 'tidegate-theme';

export function setUpTheme(): void {
  const button = byId('theme');
  const apply = (theme: string | null): void => {
    if (theme === null) page.document.documentElement.removeAttribute('data-theme');
    else page.document.documentElement.setAttribute('data-theme', theme);
    const other = isDark() ? 'light' : 'dark';
    button.setAttribute('aria-label', `Switch to ${other} colours`);
    button.title = `Switch to ${other} colours`;
  };
  const stored = page.localStorage.getItem(KEY);
  apply(stored === 'light' || stored === 'dark' ? stored : null);
  button.onclick = () => {
    const theme = isDark() ? 'light' : 'dark';
    page.localStorage.setItem(KEY, theme);
    apply(theme);
  };
}

function isDark(): boolean {
  const chosen = page.document.documentElement.getAttribute('data-theme');
  return chosen === null ? page.matchMedia('(prefers-color-scheme: dark)').matches : chosen === 'dark';
}
