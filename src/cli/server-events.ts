/** Server-sent events of a stream of text. */

export interface ServerEvent {
  /** Empty for a comment, which says only that the other side is there. */
  readonly name: string;
  readonly data: string;
}

/** More than one event can hold, so that what is no event stream does not fill the memory. */
const MAX_EVENT_LENGTH = 16 * 1024 * 1024;

export async function* readEvents(chunks: AsyncIterable<string>): AsyncGenerator<ServerEvent> {
  let rest = '';
  for await (const chunk of chunks) {
    const events = `${rest}${chunk}`.split('\n\n');
    rest = events.pop() ?? '';
    if (rest.length > MAX_EVENT_LENGTH) throw new RangeError(`an event of more than ${MAX_EVENT_LENGTH} characters`);
    for (const event of events) yield parse(event);
  }
}

function parse(event: string): ServerEvent {
  const field = (name: string): readonly string[] =>
    event.split('\n').flatMap((line) => (line.startsWith(`${name}: `) ? [line.slice(name.length + 2)] : []));
  return { name: field('event').at(-1) ?? '', data: field('data').join('\n') };
}
