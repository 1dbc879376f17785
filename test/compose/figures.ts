/** What the steps measured. */
import { readFileSync, writeFileSync } from 'node:fs';

const figures: string[] = [];

/** Prints a figure at once, and again when all is over. */
export function figure(step: string, text: string): void {
  figures.push(`${step}  ${text}`);
  process.stdout.write(`      · ${text}\n`);
}

/** Prints them once more, and appends them to the file that TIDEGATE_COMPOSE_FIGURES names. */
export function writeFigures(): void {
  if (figures.length > 0) process.stdout.write(`\n  Figures\n${figures.map((line) => `    ${line}\n`).join('')}`);
  const file = process.env.TIDEGATE_COMPOSE_FIGURES;
  if (file !== undefined) writeFileSync(file, `${readIfThere(file)}${figures.map((line) => `${line}\n`).join('')}`);
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
