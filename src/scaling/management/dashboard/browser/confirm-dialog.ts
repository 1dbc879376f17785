/** Asks before anything is changed. */
import type { Confirmation } from './confirmation.ts';
import { byId, make, setText } from './element.ts';

/** Resolves to whether the reader said yes; Escape and Cancel say no. */
export function confirmed({ title, sentences, yes, grave }: Confirmation): Promise<boolean> {
  const dialog = byId('confirm');
  const button = byId('confirm-yes');
  setText(byId('confirm-title'), title);
  byId('confirm-text').replaceChildren(...sentences.map((sentence) => make('li', '', sentence)));
  setText(button, yes);
  button.className = grave ? 'main grave' : 'main';
  return new Promise((resolve) => {
    let answer = false;
    button.onclick = () => {
      answer = true;
      dialog.close();
    };
    byId('confirm-no').onclick = () => dialog.close();
    dialog.onclose = () => resolve(answer);
    dialog.showModal();
    // What may cost something is not what Enter does at once.
    byId(grave ? 'confirm-no' : 'confirm-yes').focus();
  });
}
