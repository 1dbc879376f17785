// Writes the Grafana dashboards from deploy/grafana/src; with --check only says which are not up to date, and exits non-zero then.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { balancer } from '../deploy/grafana/src/balancer.mjs';
import { overview } from '../deploy/grafana/src/overview.mjs';
import { toGrafana } from '../deploy/grafana/src/panel.mjs';
import { scaling } from '../deploy/grafana/src/scaling.mjs';
import { state } from '../deploy/grafana/src/state.mjs';

const root = new URL('../', import.meta.url);
const checks = process.argv.includes('--check');
for (const [name, dashboard] of Object.entries({ overview, scaling, balancer, state })) {
  const path = `deploy/grafana/dashboards/${name}.json`;
  const file = new URL(path, root);
  // As JSON has it: without what is undefined.
  const made = JSON.parse(JSON.stringify(toGrafana(dashboard)));
  if (!checks) writeFileSync(file, `${JSON.stringify(made, null, 2)}\n`);
  else if (!isDeepStrictEqual(JSON.parse(readFileSync(file, 'utf8')), made)) {
    process.stderr.write(`${path} is not what node scripts/dashboards.mjs makes\n`);
    process.exitCode = 1;
  }
}
if (!checks) {
  const biome = fileURLToPath(new URL('node_modules/.bin/biome', root));
  spawnSync(biome, ['format', '--write', 'deploy/grafana/dashboards'], { cwd: fileURLToPath(root), stdio: 'inherit' });
}
