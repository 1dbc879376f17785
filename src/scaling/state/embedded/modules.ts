import { jobBoardModule } from '../jobs/embedded/job-board-module.ts';
import type { StateModuleFactory } from './state-module.ts';

/**
 * The modules that live in the process that keeps the store (and in a LocalState). A new one is its file and a line here:
 * the function that makes it, which gets the means to publish on channels.
 */
export const STATE_MODULES: readonly StateModuleFactory[] = [jobBoardModule];
