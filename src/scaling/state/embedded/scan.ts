import { checkPrefix } from '../arguments.ts';
import type { CallOptions } from '../shared-state.ts';
import type { ScanStep } from './scan-cursors.ts';
import type { Transport } from './transport.ts';
import type { WireReader } from './wire-reader.ts';

const readStep = (reply: WireReader): ScanStep => ({ cursor: reply.size(), keys: reply.texts() });

/** Asks for one portion of keys after the other; whoever stops in between has the store forget the rest. */
export async function* scan(
  transport: Transport,
  space: number,
  prefix: string,
  options: CallOptions | undefined,
): AsyncGenerator<string, void, undefined> {
  let step = await transport.call(
    'scan',
    (request) => {
      checkPrefix(prefix);
      request.byte(space);
      request.text(prefix);
    },
    readStep,
    options,
  );
  try {
    for (;;) {
      yield* step.keys;
      if (step.cursor === 0) return;
      const { cursor } = step;
      step = await transport.call('scanNext', (request) => request.size(cursor), readStep, options);
    }
  } finally {
    const { cursor } = step;
    // Should this fail, the connection is gone, and the scan with it.
    if (cursor !== 0)
      transport
        .call(
          'scanClose',
          (request) => request.size(cursor),
          () => {},
        )
        .catch(() => {});
  }
}
