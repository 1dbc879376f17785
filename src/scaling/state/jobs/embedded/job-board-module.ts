import type { ModulePublish, StateModule } from '../../embedded/state-module.ts';
import { StateModuleError } from '../../embedded/state-module.ts';
import type { BoardNews } from './board-job.ts';
import type { BoardOperation, BoardOperations } from './board-wire.ts';
import { eventChannel, JOB_BOARD, viewOf, wakeChannel } from './board-wire.ts';
import { JobBoard } from './job-board.ts';

type Caller = { readonly connectionId: number; readonly nowMs: number };

type Handlers = {
  readonly [Name in BoardOperation]: (
    argument: BoardOperations[Name]['argument'],
    caller: Caller,
  ) => BoardOperations[Name]['result'];
};

/** The machine's job board beside the embedded store: one for all workers, its calls atomic. */
export function jobBoardModule(publish: ModulePublish): StateModule {
  const board = new JobBoard({
    // Above every token of a store that ran here before, as long as the clock isn't set back and no more than a million jobs a second are claimed.
    tokensAbove: Date.now() * 1_000,
    tell: (news) => publish(...messageOf(news)),
  });
  const handlers = handlersOf(board);
  // The store's clock, which never goes back; a connection's end comes without the time.
  let lastMs = 0;
  return {
    name: JOB_BOARD,
    handle: (operation, argument, connectionId, nowMs) => {
      const handler = Object.hasOwn(handlers, operation) ? handlers[operation as BoardOperation] : undefined;
      if (handler === undefined)
        throw new StateModuleError('JOB_BAD_ARGUMENT', `the job board has no operation ${operation}`);
      lastMs = Math.floor(nowMs);
      return handler(argument as never, { connectionId, nowMs: lastMs });
    },
    disconnected: (connectionId) => void board.ownerGone(connectionId, lastMs),
    tick: (nowMs) => {
      lastMs = Math.floor(nowMs);
      board.tick(lastMs);
    },
  };
}

function messageOf(news: BoardNews): [string, string] {
  return news.type === 'wake' ? [wakeChannel(news.queue), ''] : [eventChannel(news.queue), JSON.stringify(news.event)];
}

function handlersOf(board: JobBoard): Handlers {
  return {
    add: ({ queue, job }, { nowMs }) => {
      const outcome = board.add(queue, job, nowMs);
      if (outcome !== 'full') return outcome;
      throw new StateModuleError('JOBS_FULL', `no room for a job of ${job.data.length} characters in queue ${queue}`);
    },
    get: ({ queue, id }) => {
      const job = board.get(queue, id);
      return job === undefined ? null : viewOf(job);
    },
    stats: ({ queue }) => board.stats(queue),
    cancel: ({ queue, id }) => board.cancel(queue, id),
    claim: ({ queue, max, leaseMs }, { connectionId, nowMs }) => board.claim(queue, connectionId, max, leaseMs, nowMs),
    renew: ({ queue, leases, leaseMs }, { nowMs }) => board.renew(queue, leases, leaseMs, nowMs),
    progress: ({ queue, value, ...lease }) => board.progress(queue, lease, value),
    complete: ({ queue, value, ...lease }, { nowMs }) => board.complete(queue, lease, value, nowMs),
    fail: ({ queue, ...failure }, { nowMs }) => board.fail(queue, failure, nowMs),
    handBack: ({ queue, ...lease }, { nowMs }) => board.handBack(queue, lease, nowMs),
  };
}
