/** The page at `/app` of the reference app as a user works it. */
import type { Browser, Locator } from 'playwright-core';
import { Tab } from './browser.ts';

export class AppTab {
  readonly tab: Tab;

  private constructor(tab: Tab) {
    this.tab = tab;
  }

  /** Opens the page and logs in; the connection is open then. */
  static async logIn(browser: Browser, url: string, name: string): Promise<AppTab> {
    const user = new AppTab(await Tab.open(browser, `${url}/app`, { viewport: { width: 1280, height: 900 } }));
    await user.find('#name').fill(name);
    await user.find('#login [name=password]').fill(`password of ${name}`);
    await user.find('#login button').click();
    await user.connected();
    return user;
  }

  find(selector: string): Locator {
    return this.tab.page.locator(selector);
  }

  /** The first element that matches is there and can be seen. */
  async see(selector: string, timeoutMs = 20_000): Promise<void> {
    await this.find(selector).first().waitFor({ timeout: timeoutMs });
  }

  async connected(): Promise<void> {
    await this.see('#link[data-state=open]');
  }

  /** Process id of the worker that the page says it is connected to. */
  async workerPid(): Promise<number> {
    return Number(await this.find('#link').getAttribute('data-pid'));
  }

  /** Loads the page again, as somebody who wants another worker would. */
  async reload(): Promise<void> {
    await this.tab.page.reload();
    await this.connected();
  }

  async say(text: string): Promise<void> {
    await this.find('#text').fill(text);
    await this.find('#text').press('Enter');
  }

  /** All that the two have said, from top to bottom. */
  said(): Promise<string[]> {
    return this.find('#messages li:not(.note) .text').allTextContents();
  }

  /** Messages of this user that the page shows as delivered. */
  delivered(): Promise<number> {
    return this.find('#messages li.mine[data-state=delivered]').count();
  }

  /** What the page remarked in the conversation. */
  notes(): Promise<string[]> {
    return this.find('#messages li.note').allTextContents();
  }
}
