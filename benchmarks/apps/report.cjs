'use strict';
// How the benchmark finds the workers of whatever runs them: each leaves a file named by its pid once it listens, and on
// SIGUSR2 writes the connections it has taken so far. Nothing of this runs while a load is measured but the counting.
const { renameSync, writeFileSync } = require('node:fs');
const path = require('node:path');

/** @param {import('node:net').Server} server */
exports.reportOn = (server) => {
  const { BENCH_REPORT_DIR: directory } = process.env;
  if (directory === undefined) return; // somebody runs the app by itself
  const file = path.join(directory, String(process.pid));
  let sequence = 0;
  let connections = 0;
  const write = () => {
    writeFileSync(`${file}.new`, JSON.stringify({ sequence: sequence++, connections }));
    renameSync(`${file}.new`, file);
  };
  server.on('connection', () => {
    connections += 1;
  });
  server.on('listening', write);
  process.on('SIGUSR2', write);
};
