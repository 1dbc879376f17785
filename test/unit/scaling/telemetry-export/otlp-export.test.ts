import { expect } from 'chai';
import { OtlpExport } from '../../../../src/scaling/telemetry-export/otlp-export.ts';

const HOUR_MS = 3_600_000;

describe('the times of the export to a collector', () => {
  /** How often figures are read at these ticks, and once more at the end. */
  async function reads(ticksMs: readonly number[], nowMs: number): Promise<number> {
    let count = 0;
    const exporting = new OtlpExport(
      {
        endpoint: 'http://127.0.0.1:9',
        intervalMs: 1_000,
        read: async () => {
          count += 1;
          throw new Error('that is enough');
        },
        service: { name: 'app', instance: 'a', version: '1' },
        startedAtMs: 0,
        log: () => {},
      },
      nowMs,
    );
    for (const tickMs of ticksMs) exporting.tick(tickMs);
    await exporting.close(10_000, nowMs);
    return count;
  }

  it('are one interval apart, also when the clock went back', async () => {
    expect(await reads([HOUR_MS + 999], HOUR_MS)).to.equal(1);
    expect(await reads([HOUR_MS + 1_000], HOUR_MS)).to.equal(2);
    expect(await reads([5_000, 5_999], HOUR_MS)).to.equal(1);
    expect(await reads([5_000, 6_000], HOUR_MS)).to.equal(2);
  });
});
