# Two images. The reference server and the Kubernetes exporter (the default target):
#   docker build -t mcp-vitals-server .
#   docker run --read-only --cap-drop ALL -p 3000:3000 -p 9464:9464 \
#     -v ./tokens:/run/secrets/mcp-tokens:ro -e MCP_VITALS_TOKEN_FILE=/run/secrets/mcp-tokens mcp-vitals-server
# The program mcp-vitals (test traffic):
#   docker build -t mcp-vitals --target mcp-vitals .
#   docker run --read-only --cap-drop ALL mcp-vitals traffic --url http://mcp-server:3000/mcp
# They need no shell, no root and no writable file. Beyond loopback the server requires a token file, or
# MCP_VITALS_BEHIND_AUTH_PROXY=true if something in front of it authenticates.

FROM node:24-slim AS manifests
WORKDIR /app
COPY package.json package-lock.json ./
COPY src/instrumentation/package.json ./src/instrumentation/
COPY src/server/package.json ./src/server/

FROM manifests AS build
# The image brings its own Node: the one among the development dependencies is for machines that have another.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json README.md CHANGELOG.md LICENSE ./
COPY src ./src
RUN node src/build-packages.ts

FROM manifests AS server-dependencies
# The links to the workspaces make room for the packages that were built.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund && rm -r node_modules/mcp-vitals* node_modules/@mcp-vitals

FROM manifests AS vitals-dependencies
# Without the development dependencies and the workspaces of the root, which would keep packages of the server.
RUN npm pkg delete devDependencies workspaces && npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
    && rm -r node_modules/@mcp-vitals

FROM node:24-slim AS mcp-vitals
WORKDIR /app
ENV NODE_ENV=production
COPY --from=vitals-dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist/@mcp-vitals ./node_modules/@mcp-vitals
COPY --from=build /app/dist/mcp-vitals ./
USER node
ENTRYPOINT ["node", "program/cli.js"]
CMD ["--help"]

FROM node:24-slim AS mcp-vitals-server
WORKDIR /app
ENV NODE_ENV=production \
    MCP_VITALS_HOST=0.0.0.0 \
    MCP_VITALS_PORT=3000 \
    OTEL_EXPORTER_PROMETHEUS_HOST=0.0.0.0 \
    OTEL_EXPORTER_PROMETHEUS_PORT=9464
COPY --from=server-dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist/@mcp-vitals ./node_modules/@mcp-vitals
COPY --from=build /app/dist/mcp-vitals ./node_modules/mcp-vitals
COPY --from=build /app/dist/mcp-vitals-server ./
USER node
EXPOSE 3000 9464
# Node passes signals on as process 1: SIGTERM answers the calls in flight, flushes the telemetry and ends it within 5 s.
ENTRYPOINT ["node", "cli.js"]
CMD ["serve"]
