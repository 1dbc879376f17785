import { describeBudget } from '../memory-budget.ts';
import type { Guard } from './guard.ts';

/** No more workers than memory has room for. It takes none away: a worker that grows is recycling's business. */
export const memoryGuard: Guard = ({ memory, desired }) =>
  memory === null
    ? null
    : {
        reason: 'blocked:memory',
        ceiling: Math.max(desired, memory.maxWorkers),
        floor: null,
        detail: describeBudget(memory),
      };
