/** Colours of the pages, light and dark; text on its ground has a contrast of at least 4.5, the edge of a field 3 (WCAG 2.2, AA). */
export const PALETTE = `
:root {
  --page: #f3f7f7; --card: #ffffff; --line: #d9e4e4; --edge: #7b9493; --text: #10292b; --soft: #4f6a69;
  --tide: #0d9488; --tide-deep: #0b7a70; --action: #0b7a70; --action-deep: #095f57; --on-action: #ffffff;
  --well: #eef4f4; --bad: #b42318; --bad-well: #fdecea; --warn: #8a5200; --warn-well: #fdf3e0; --good-well: #dff3f0;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0c1718; --card: #132224; --line: #24393b; --edge: #5f7c7a; --text: #e4f0ef; --soft: #94aeac;
    --tide: #2dd4bf; --tide-deep: #5eead4; --action: #2dd4bf; --action-deep: #5eead4; --on-action: #04211e;
    --well: #0e1b1d; --bad: #ff9a8f; --bad-well: #3a1a17; --warn: #f5c26b; --warn-well: #33270f; --good-well: #0f3733;
  }
}
`;
