FROM node:20-bookworm-slim AS build
WORKDIR /larder
COPY package.json package-lock.json ./
COPY packages/cache/package.json packages/cache/
COPY packages/server/package.json packages/server/
COPY scripts/install.mjs scripts/run-step.mjs scripts/
RUN node scripts/install.mjs
COPY tsconfig.json tsconfig.base.json ./
COPY packages packages
RUN npm run build
RUN npm prune --omit=dev --no-audit --no-fund

FROM node:20-bookworm-slim
LABEL org.opencontainers.image.title="Larder" \
      org.opencontainers.image.description="A cache as an HTTP service: embedded LMDB, Redis, memcached, DynamoDB or Firestore" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="MIT"
WORKDIR /larder
# The only folder that is written to.
RUN mkdir /data && chown 1000:1000 /data
COPY --from=build /larder/node_modules node_modules
COPY --from=build /larder/packages/cache/package.json packages/cache/
COPY --from=build /larder/packages/cache/dist packages/cache/dist
COPY --from=build /larder/packages/server/package.json packages/server/
COPY --from=build /larder/packages/server/dist packages/server/dist
COPY LICENSE deploy/container/larder.yaml ./
ENV NODE_ENV=production LARDER_HOST=0.0.0.0 LARDER_CONFIG=/larder/larder.yaml
# A number, because Kubernetes cannot tell from a name that it is not root.
USER 1000:1000
VOLUME /data
EXPOSE 8080
# Alive, not ready: whoever acts on this replaces the container, which does not bring back a store that is down.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["node", "/larder/packages/server/dist/main.js", "health"]
ENTRYPOINT ["node", "/larder/packages/server/dist/main.js"]
