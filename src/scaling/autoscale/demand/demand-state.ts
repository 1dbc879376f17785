import { type ForecastState, NO_FORECAST } from './forecast.ts';
import type { PanicState } from './panic.ts';
import { NO_QUEUEING, type QueueingState } from './queueing.ts';
import { NO_SERVICE, type ServiceState } from './service-time.ts';

/** What the demand core remembers. */
export interface DemandState {
  readonly service: ServiceState;
  readonly queueing: QueueingState;
  readonly forecast: ForecastState;
  /** Successive observations in which more workers were needed than wanted. */
  readonly confirmations: number;
  readonly panic: PanicState | null;
}

export const NO_DEMAND: DemandState = {
  service: NO_SERVICE,
  queueing: NO_QUEUEING,
  forecast: NO_FORECAST,
  confirmations: 0,
  panic: null,
};
