# syntax=docker/dockerfile:1
FROM node:24-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
# The image is Node 24 already; esbuild and the bundle need no install script.
RUN npm ci --include=dev --ignore-scripts
COPY . .
RUN node scripts/build.mjs && npm prune --omit=dev --ignore-scripts

FROM node:24-slim
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates git \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/poolkeeper
COPY --from=build /build/package.json /build/LICENSE ./
COPY --from=build /build/node_modules ./node_modules
COPY --from=build /build/bin ./bin
COPY --from=build /build/dist ./dist
COPY --from=build /build/schemas ./schemas
COPY --from=build /build/examples ./examples
ENV NODE_ENV=production
USER node
WORKDIR /work
ENTRYPOINT ["/opt/poolkeeper/bin/poolkeeper.mjs"]
CMD ["--help"]
