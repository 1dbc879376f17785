import { expect } from 'chai';
import {
  confidenceOf,
  extrapolate,
  type ForecastState,
  forecastLoad,
  NO_FORECAST,
  noteForecast,
  observeLoad,
} from '../../../../../src/scaling/autoscale/demand/forecast.ts';
import { START_MS } from '../fixtures/observations.ts';

const HORIZON_MS = 5_000;

/** One observation a second. */
function follow(loads: readonly number[], begin: ForecastState = NO_FORECAST): ForecastState {
  const fromMs = (begin.atMs ?? START_MS - 1_000) + 1_000;
  return loads.reduce((state, load, index) => {
    const atMs = fromMs + 1_000 * index;
    return noteForecast(observeLoad(state, load, atMs), load, HORIZON_MS, atMs);
  }, begin);
}

const ramp = (seconds: number, perSecond: number): number[] =>
  Array.from({ length: seconds }, (_, second) => 1 + second * perSecond);

describe('the forecast', () => {
  it('of a steady load is that load', () => {
    const state = follow(new Array<number>(60).fill(3));
    expect(forecastLoad(state, 3, HORIZON_MS).erlangs).to.equal(3);
  });

  it('of a ramp is ahead of it, and is believed because it has been right', () => {
    const state = follow(ramp(60, 0.1));
    // In 5 s it will be 0.5 more; damping (0.98 a second) leaves 0.47 of it, and the trend is still settling.
    expect(extrapolate(state, HORIZON_MS) - 6.9).to.be.within(0.3, 0.5);
    expect(confidenceOf(state)).to.be.above(0.7);
    expect(forecastLoad(state, 6.9, HORIZON_MS).erlangs).to.be.within(7.1, 7.4);
  });

  it('counts for nothing before eight have come due', () => {
    const state = follow(ramp(60, 0.1));
    expect(confidenceOf({ ...state, judged: 7 })).to.equal(0);
    expect(confidenceOf({ ...state, judged: 8 })).to.be.above(0.7);
  });

  it('that has been wrong is not believed: a load that goes to and fro', () => {
    const saw = Array.from({ length: 120 }, (_, second) => 5 + Math.abs((second % 12) - 6) / 2);
    expect(confidenceOf(follow(saw))).to.be.below(0.2);
  });

  it('only raises: a fall is believed when it is seen', () => {
    const falling = follow(ramp(60, 0.1).reverse());
    expect(forecastLoad(falling, 1, HORIZON_MS).erlangs).to.equal(1);
  });

  it('lets no ramp go on for ever', () => {
    const state = follow(ramp(60, 0.1));
    // 0.98 + 0.98² + … = 49 seconds' worth of the trend.
    expect(extrapolate(state, 3_600_000)).to.be.closeTo(state.level + 49 * state.trend, 1e-6);
  });

  it('is the same for uneven intervals of the same ramp', () => {
    let state = NO_FORECAST;
    for (const second of [0, 1, 3, 4, 7, 9, 10, 14, 15, 18, 22, 24, 27, 30, 33, 38, 40, 44, 47, 50]) {
      state = observeLoad(state, 1 + 0.1 * second, START_MS + second * 1_000);
    }
    expect(state.trend).to.be.closeTo(0.1, 0.04);
  });

  it('keeps no more than 32 forecasts that wait for their time', () => {
    let state = NO_FORECAST;
    for (let tick = 0; tick < 500; tick += 1) {
      const atMs = START_MS + tick * 100;
      state = noteForecast(observeLoad(state, 2, atMs), 2, 60_000, atMs);
    }
    expect(state.pending.length).to.be.at.most(32);
  });
});
