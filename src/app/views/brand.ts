/** The wave: as a picture in the page, and as its icon without a request. */
const WAVE_PATH = 'M2 20c5-8 9-8 14 0s9 8 14 0M2 12c5-8 9-8 14 0s9 8 14 0';

export const WAVE = `<svg viewBox="0 0 32 28" width="32" height="28" aria-hidden="true"><path d="${WAVE_PATH}"/></svg>`;

export const ICON_URL = `data:image/svg+xml,${encodeURIComponent(
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 28"><path d="${WAVE_PATH}" fill="none" stroke="#0d9488" stroke-width="3" stroke-linecap="round"/></svg>`,
)}`;
