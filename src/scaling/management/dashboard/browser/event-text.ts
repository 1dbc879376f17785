/** Server-sent events out of a text that arrives in pieces. */

export interface StreamEvent {
  /** Empty for a comment. */
  readonly name: string;
  readonly data: string;
}

/** The complete events of `text`, and the rest that waits for more. */
export function takeEvents(text: string): { readonly events: readonly StreamEvent[]; readonly rest: string } {
  const blocks = text.split('\n\n');
  const rest = blocks.pop() ?? '';
  return { events: blocks.map(eventOf), rest };
}

function eventOf(block: string): StreamEvent {
  let name = '';
  const data: string[] = [];
  for (const line of block.split('\n')) {
    if (line.startsWith('event: ')) name = line.slice(7);
    if (line.startsWith('data: ')) data.push(line.slice(6));
  }
  return { name, data: data.join('\n') };
}
