/** The form that asks for a token. */
import type { Api } from './api.ts';
import { byId, setText } from './element.ts';

export class LoginForm {
  readonly #api: Api;
  readonly #onDone: () => void;

  constructor(api: Api, onDone: () => void) {
    this.#api = api;
    this.#onDone = onDone;
    byId('login-form').onsubmit = (event) => {
      event.preventDefault();
      this.#submit();
    };
    // Nothing works without a token: the form stays until one is taken.
    byId('login').onclose = () => {
      if (this.#api.session === null) byId('login').showModal();
    };
  }

  show(): void {
    const dialog = byId('login');
    if (dialog.open) return;
    byId('login-form').reset();
    dialog.showModal();
    byId('token').focus();
  }

  async #submit(): Promise<void> {
    const problem = byId('login-problem');
    setText(problem, '');
    try {
      await this.#api.logIn(byId('token').value.trim());
      byId('login').close();
      this.#onDone();
    } catch (error) {
      setText(problem, error instanceof TypeError ? 'The control API is not reachable.' : (error as Error).message);
      byId('token').focus();
    }
  }
}
