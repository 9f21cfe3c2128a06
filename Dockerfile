# syntax=docker/dockerfile:1

FROM node:24.21.0-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
# The image is Node 24 already; esbuild and the bundle need no install script.
RUN npm ci --include=dev --ignore-scripts
COPY . .
RUN node scripts/build.mjs && npm prune --omit=dev --ignore-scripts

FROM node:24.21.0-bookworm-slim
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="poolkeeper" \
      org.opencontainers.image.description="GitOps for the compute routing of Flyte and Union" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# git and ssh fetch repositories; tini is process 1: it hands signals on and collects what git leaves behind. Versions are the
# base image's release's own: a pinned one is gone from its archive with the next security fix. The user is 1000, which the
# base image names: ssh refuses to run for one without a name.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates git openssh-client tini \
 && rm -rf /var/lib/apt/lists/* /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /opt/yarn-* \
 && install --directory --owner=1000 --group=1000 --mode=0700 /var/lib/poolkeeper \
 && install --directory /etc/poolkeeper /work
WORKDIR /opt/poolkeeper
COPY --from=build /build/package.json /build/LICENSE ./
COPY --from=build /build/node_modules ./node_modules
COPY --from=build /build/bin ./bin
COPY --from=build /build/dist ./dist
COPY --from=build /build/schemas ./schemas
COPY --from=build /build/examples ./examples
# Only /var/lib/poolkeeper and /tmp are written to: the root file system may be read-only.
# With a database as store, mirrors of repositories are below XDG_CACHE_HOME, which are gigabytes: on the volume, not in /tmp.
# The last two have glibc give memory back that a pass no longer needs.
ENV NODE_ENV=production HOME=/tmp XDG_CACHE_HOME=/var/lib/poolkeeper MALLOC_ARENA_MAX=2 MALLOC_TRIM_THRESHOLD_=131072
USER 1000:1000
WORKDIR /work
VOLUME ["/var/lib/poolkeeper"]
EXPOSE 8090
# Of the daemon alone; with another command it says nothing.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8090/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["/usr/bin/tini", "--", "/opt/poolkeeper/bin/poolkeeper.mjs"]
CMD ["run", "--config", "/etc/poolkeeper/poolkeeper.yaml"]
