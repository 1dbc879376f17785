// An ecosystem file as PM2 reads it: bring your own along.
const path = require('node:path');

module.exports = {
  apps: [
    {
      name: 'http-example',
      script: path.join(__dirname, 'http.cjs'),
      exec_mode: 'cluster',
      instances: 2,
      max_memory_restart: '300M',
      kill_timeout: 5000,
      env: { PORT: 3001 },
      env_production: { PORT: 3001, NODE_ENV: 'production' },
    },
  ],
};
