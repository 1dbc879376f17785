// The indexes the queries need. On tables that are large and in use, `npm run db:add-scalability-indexes` builds the same ones
// beforehand without locking out writers; then there is nothing left to do here.
import { readFileSync } from 'node:fs';

const indexes = JSON.parse(readFileSync(new URL('./scalability-indexes.json', import.meta.url), 'utf8'));

export const up = (pgm) => {
  for (const { name, table, definition } of indexes) {
    pgm.sql(`CREATE INDEX IF NOT EXISTS "${name}" ON "${table}" ${definition}`);
  }
};

export const down = (pgm) => {
  for (const { name } of indexes.toReversed()) pgm.sql(`DROP INDEX IF EXISTS "${name}"`);
};
