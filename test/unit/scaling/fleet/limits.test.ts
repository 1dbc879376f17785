import { expect } from 'chai';
import fc from 'fast-check';
import { codeOf, FleetFixture } from './fleet-fixtures.ts';

interface Server {
  readonly slots: number | null;
  readonly bandwidthMbps: number | null;
  readonly load: number;
}

type Step =
  | { readonly do: 'create'; readonly owner: number; readonly slots: number; readonly bandwidthMbps: number | null }
  | { readonly do: 'connect' | 'disconnect' | 'heartbeat'; readonly lease: number }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'reap' };

const small = (max: number): fc.Arbitrary<number> => fc.integer({ min: 1, max });
const orNull = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { nil: null, freq: 3 });

const servers: fc.Arbitrary<Server[]> = fc.array(
  fc.record({
    slots: fc.option(fc.nat(12), { nil: null, freq: 8 }),
    bandwidthMbps: orNull(fc.nat(60)),
    load: fc.constantFrom(0, 0, 0, 3),
  }),
  { minLength: 1, maxLength: 4 },
);

const limits = fc.record({
  totalSlots: orNull(small(30)),
  reservedPercent: fc.oneof(fc.constant(0), fc.nat(30), fc.nat(100)),
  slotsPerServer: orNull(small(12)),
  bandwidthPerSlotMbps: orNull(small(8)),
  bandwidthPerServerMbps: orNull(small(60)),
  slotsPerOwner: orNull(small(10)),
});

const create: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('create' as const),
  owner: fc.nat(2),
  slots: small(4),
  bandwidthMbps: orNull(small(20)),
});

/** Steps of one round are taken at the same time. */
const rounds: fc.Arbitrary<Step[][]> = fc.array(
  fc.array(
    fc.oneof(
      { weight: 6, arbitrary: create },
      {
        weight: 2,
        arbitrary: fc.record({ do: fc.constantFrom('connect' as const, 'disconnect', 'heartbeat'), lease: fc.nat(50) }),
      },
      {
        weight: 1,
        arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(1_000, 9_000, 21_000) }),
      },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('reap' as const) }) },
    ),
    { maxLength: 8 },
  ),
  { maxLength: 8 },
);

describe('limits of a fleet', () => {
  it('hold, whatever is asked for at the same time and in whatever order leases end', async () => {
    let granted = 0;
    const refused = new Set<string>();
    await fc.assert(
      fc.asyncProperty(limits, servers, rounds, async (given, described, steps) => {
        const fixture = new FleetFixture(given, { leaseTtlMs: 20_000 });
        const { leases } = fixture.fleet;
        const ids: string[] = [];
        const owned = new Map<string, number>();
        try {
          for (const [index, { slots, bandwidthMbps, load }] of described.entries()) {
            await fixture.register(`s${index}`, { maxSlots: slots, maxBandwidthMbps: bandwidthMbps, load });
          }
          const take = async (step: Step): Promise<unknown> => {
            if (step.do === 'pass') return fixture.pass(step.ms);
            if (step.do === 'reap') return fixture.fleet.reap();
            if (step.do !== 'create') return codeOf(leases[step.do](ids[step.lease % (ids.length || 1)] ?? 'nobody'));
            const id = `l${owned.size}`;
            owned.set(id, step.slots);
            const wish = step.bandwidthMbps === null ? {} : { bandwidthMbps: step.bandwidthMbps };
            const code = await codeOf(leases.create({ id, owner: `o${step.owner}`, slots: step.slots, ...wish }));
            if (code === 'none') ids.push(id);
            else refused.add(code);
            if (code === 'none') granted += 1;
            return code;
          };
          for (const round of steps) {
            await Promise.all(round.map(take));
            const used = await fixture.used();
            const sum = described.reduce((all, { slots }) => all + Math.min(slots ?? 0, given.slotsPerServer ?? 99), 0);
            const whole = Math.min(sum, given.totalSlots ?? sum);
            const foreign = described.reduce((all, { load }) => all + load, 0);
            const usable = Math.max(0, Math.floor((whole * (100 - given.reservedPercent)) / 100) - foreign);
            expect(used.total ?? 0).to.be.at.most(usable);
            for (const [index, { slots, bandwidthMbps, load }] of described.entries()) {
              const room = Math.max(0, Math.min(slots ?? 0, given.slotsPerServer ?? 99) - load);
              expect(used[`server:s${index}`] ?? 0, `slots of s${index}`).to.be.at.most(room);
              const wide = Math.min(bandwidthMbps ?? 0, given.bandwidthPerServerMbps ?? 99);
              expect(used[`bandwidth:s${index}`] ?? 0, `bandwidth of s${index}`).to.be.at.most(wide);
            }
            for (const owner of [0, 1, 2])
              expect(used[`owner:o${owner}`] ?? 0).to.be.at.most(given.slotsPerOwner ?? 1_000);
          }
          // What is counted is what the living leases hold, once everybody who waits for a sweep has had it.
          await fixture.fleet.reap();
          await fixture.fleet.reap();
          const views = await Promise.all(ids.map((id) => leases.get(id)));
          const held = views.filter((view) => view?.status === 'granted' || view?.status === 'connected');
          expect((await fixture.used()).total ?? 0).to.equal(held.reduce((all, view) => all + (view?.slots ?? 0), 0));
        } finally {
          await fixture.close();
        }
      }),
      { numRuns: 300, seed: 20_260_704 },
    );
    // The cases are worth something: leases were granted, and every refusal came up.
    expect(granted).to.be.above(200);
    expect([...refused].sort()).to.include.members([
      'BANDWIDTH_TOO_HIGH',
      'CAPACITY_UNKNOWN',
      'NO_CAPACITY',
      'QUOTA_EXCEEDED',
    ]);
  }).timeout(20_000);
});
