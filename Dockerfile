# The runtime with its reference app. To run another app: FROM this image, COPY the app, CMD ["node", "bin/tidegate.js", "start", "…"].
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS manifests
WORKDIR /build
# Alone, so that a change of the sources leaves the installed packages in the cache.
COPY package.json package-lock.json ./

FROM manifests AS build
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json start-scaling.ts ./
COPY scripts/build.mjs scripts/build.mjs
COPY config config
COPY src src
RUN node scripts/build.mjs && find dist -name '*.map' -delete && find dist -name '*.d.ts' -delete

FROM manifests AS packages
# What a running instance never reads: types, source maps, tests and documents of packages.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
  && find node_modules -type f \( -name '*.map' -o -name '*.ts' -o -name '*.mts' -o -name '*.cts' -o -name '*.md' \) -delete \
  && rm -rf node_modules/@types

# PostgreSQL's and Redis' own programs, for backups of them; run as the same user id as the app.
FROM postgres:15-bookworm AS backup
COPY --from=redis:7-bookworm /usr/local/bin/redis-server /usr/local/bin/redis-cli /usr/local/bin/
COPY --from=packages /usr/local/bin/node /usr/local/bin/node
WORKDIR /app
COPY --from=packages /build/package.json ./
COPY --from=packages /build/node_modules node_modules
COPY scripts/backup scripts/backup
# Volumes begin with the owner of the directory that they are mounted on.
RUN mkdir /backups && chown 1000:1000 /backups
USER 1000:1000
ENTRYPOINT []
CMD ["node", "scripts/backup/schedule.mjs"]

FROM ${NODE_IMAGE} AS app
ENV NODE_ENV=production \
    PORT=3001 \
    TIDEGATE_RUNTIME_DIR=/run/tidegate
WORKDIR /app
COPY --from=packages /build/package.json ./
COPY --from=packages /build/node_modules node_modules
COPY --from=build /build/dist dist
COPY bin bin
COPY config/scaling-rules.json config/scaling-rules.json
COPY migrations migrations
COPY deploy/docker/entrypoint.sh /usr/local/lib/tidegate/
# The only directory that is written to; where the root is read-only, a tmpfs is mounted there.
RUN mkdir -m 0700 /run/tidegate && chown node:node /run/tidegate
USER node
EXPOSE 3001 9001
STOPSIGNAL SIGTERM
# Healthy: the app answers /health with 200 on its own port, the one that HAProxy asks. By bash: a Node process each time would take
# far more of the processor.
HEALTHCHECK --interval=3s --timeout=3s --start-period=20s --retries=3 \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/${PORT:-3001} && printf 'GET /health HTTP/1.0\r\nHost: localhost\r\n\r\n' >&3 && read -r _ status _ <&3 && [ \"$status\" = 200 ]"]
ENTRYPOINT ["/bin/sh", "/usr/local/lib/tidegate/entrypoint.sh"]
CMD ["node", "dist/start-scaling.js"]
