import { expect } from 'chai';
import { PALETTE } from '../../../../src/app/views/palette.ts';

/** Relative luminance of `#rrggbb`, as WCAG 2.2 defines it. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((start) => Number.parseInt(colour.slice(start, start + 2), 16) / 255)
    .map((part) => (part <= 0.040_45 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((left, right) => left - right);
  return (light + 0.05) / (dark + 0.05);
}

function coloursOf(block: string): ReadonlyMap<string, string> {
  return new Map(
    [...block.matchAll(/--([a-z-]+): (#[0-9a-f]{6});/g)].map(([, name = '', colour = '']) => [name, colour]),
  );
}

const [light = '', dark = ''] = PALETTE.split('@media');
const GROUNDS_OF = {
  text: ['page', 'card', 'well', 'good-well'],
  soft: ['page', 'card', 'well', 'good-well'],
  'tide-deep': ['card', 'well', 'good-well'],
  bad: ['card', 'well', 'bad-well'],
  warn: ['warn-well'],
  'on-action': ['action', 'action-deep'],
};

for (const [scheme, block] of [
  ['light', light],
  ['dark', dark],
] as const) {
  describe(`the ${scheme} colours`, () => {
    const colours = coloursOf(block);
    const between = (one: string, other: string): number =>
      contrast(colours.get(one) ?? 'missing', colours.get(other) ?? 'missing');

    for (const [ink, grounds] of Object.entries(GROUNDS_OF)) {
      it(`keep ${ink} readable on ${grounds.join(', ')}`, () => {
        for (const ground of grounds) expect(between(ink, ground), ground).to.be.at.least(4.5);
      });
    }

    it('show where a field ends, and what has the focus', () => {
      for (const line of ['edge', 'tide']) expect(between(line, 'card'), line).to.be.at.least(3);
    });
  });
}
