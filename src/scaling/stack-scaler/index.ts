/** The role of the scaler in a stack of several instances: one leader, the same auto-scaler, the control API for all of them. */
export { ComposeTarget, type ComposeTargetOptions } from '../targets/compose/compose-target.ts';
export { Engine } from '../targets/compose/engine.ts';
export { EngineError, type EngineErrorCode } from '../targets/compose/engine-error.ts';
export { ownPlace } from '../targets/compose/own-place.ts';
export { LEASE_RENEWAL_MS, LEASE_TTL_MS, Stack, type StackOptions } from './stack.ts';
export type { StackStatus } from './stack-view.ts';
