// Prints one answer of the running instance's control API: `npm run --silent health | jq .memory`.
const path = process.argv[2] ?? 'health';
const host = process.env.MANAGEMENT_HOST || '127.0.0.1';
const url = `http://${host}:${process.env.MANAGEMENT_PORT || 9001}/${path}`;
/** The control API answers at once; one that does not is in trouble. */
const ANSWER_MS = 5_000;
const token = process.env.TIDEGATE_TOKEN;
try {
  const answer = await fetch(url, {
    headers: token ? { authorization: `Bearer ${token}` } : {},
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  process.stdout.write(`${(await answer.text()).trimEnd()}\n`);
  process.exitCode = answer.ok ? 0 : 1;
} catch (error) {
  process.stderr.write(
    `${url} does not answer (${error.cause?.code ?? error.message}). Start it with: npm run start:cluster\n`,
  );
  process.exitCode = 1;
}
