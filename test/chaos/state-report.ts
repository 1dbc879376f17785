/** A figure of a test, beside its name. */
export function report(what: string, figure: number | object): void {
  console.log(`      ${what}: ${typeof figure === 'number' ? Math.round(figure) : JSON.stringify(figure)}`);
}
