/** Colours, light and dark: by the reader's preference, or by his choice. Text has a contrast of at least 4.5 on its ground (WCAG 2.2, AA). */
const LIGHT = `
  --ground: #f2f6f6; --card: #ffffff; --well: #edf3f3; --line: #dbe5e5; --edge: #7b9493; --ink: #10292b; --dim: #4c6665;
  --accent: #0b7a70; --accent-deep: #095f57; --on-accent: #ffffff; --wash: #0d948814;
  --good: #0b7450; --warn: #8a5200; --bad: #b42318; --good-wash: #0b74501a; --warn-wash: #8a52001a; --bad-wash: #b423181a;
  --c1: #0d9488; --c2: #c2570c; --c3: #7c3aed; --c4: #d1281a;
  --shadow: 0 1px 2px #10292b0f, 0 6px 20px #10292b0a; --veil: #10292b66;`;

const DARK = `
  --ground: #0b1415; --card: #122022; --well: #0d191b; --line: #22363a; --edge: #5f7c7a; --ink: #e4f0ef; --dim: #94aeac;
  --accent: #2dd4bf; --accent-deep: #5eead4; --on-accent: #04211e; --wash: #2dd4bf1a;
  --good: #4ade9b; --warn: #f5c26b; --bad: #ff9a8f; --good-wash: #4ade9b1f; --warn-wash: #f5c26b1f; --bad-wash: #ff9a8f1f;
  --c1: #2dd4bf; --c2: #fb9d53; --c3: #b69bfb; --c4: #ff7a6e;
  --shadow: none; --veil: #000000a6;`;

export const palette = `
:root { color-scheme: light;${LIGHT}
}
@media (prefers-color-scheme: dark) { :root:not([data-theme=light]) { color-scheme: dark;${DARK}
} }
:root[data-theme=dark] { color-scheme: dark;${DARK}
}`;
