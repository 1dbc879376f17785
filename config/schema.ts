/**
 * Every option of the product, once: its environment name, type, default, range, unit and meaning.
 * `load.ts` resolves them (defaults < file < environment < flags); `.env.scaling.example` is checked against this table.
 */
import type { Option } from './option.ts';
import { access } from './options/access.ts';
import { alerting } from './options/alerting.ts';
import { app } from './options/app.ts';
import { balancing } from './options/balancing.ts';
import { database } from './options/database.ts';
import { fleet } from './options/fleet.ts';
import { gateway } from './options/gateway.ts';
import { health } from './options/health.ts';
import { history } from './options/history.ts';
import { operating } from './options/operating.ts';
import { scaling } from './options/scaling.ts';
import { stack } from './options/stack.ts';
import { state } from './options/state.ts';
import { workers } from './options/workers.ts';

export type { Option, OptionValue } from './option.ts';
export { LB_ALGORITHMS, type LbAlgorithm, LOOPBACK_HOSTS, ROLES, type Role } from './words.ts';

/** The options by subject, in the order of `.env.scaling.example`. */
export const optionGroups = {
  'The app and the process': app,
  Workers: workers,
  Balancing: balancing,
  'The gateway': gateway,
  Scaling: scaling,
  'Seeing and operating': operating,
  Health: health,
  Alerts: alerting,
  'History and export': history,
  'Access to the control API': access,
  'Shared state': state,
  'Fleet and capacity': fleet,
  Database: database,
  'A stack of containers': stack,
} as const;

export const options = {
  ...app,
  ...workers,
  ...balancing,
  ...gateway,
  ...scaling,
  ...operating,
  ...health,
  ...alerting,
  ...history,
  ...access,
  ...state,
  ...fleet,
  ...database,
  ...stack,
} as const;

type ValueOf<O> = O extends Option<infer T> ? T : never;

/** The parsed configuration: readonly, complete, in the units the names say. */
export type Config = { readonly [K in keyof typeof options]: ValueOf<(typeof options)[K]> };
export type OptionName = keyof Config;
