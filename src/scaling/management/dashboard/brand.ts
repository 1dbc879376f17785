/** The wave: in the page's head, and as its icon. */
const PATH = 'M2 20c5-8 9-8 14 0s9 8 14 0M2 12c5-8 9-8 14 0s9 8 14 0';

export const wave = `<svg class="wave" viewBox="0 0 32 28" aria-hidden="true"><path d="${PATH}"/></svg>`;

export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 28"><path d="${PATH}" fill="none" stroke="#0d9488" stroke-width="3" stroke-linecap="round"/></svg>`;
