# The reference server. It needs no shell, no root and nothing to write to:
#   docker build -t mcp-vitals .
#   docker run --read-only --cap-drop ALL -p 3000:3000 -p 9464:9464 \
#     -v ./tokens:/run/secrets/mcp-tokens:ro -e MCP_VITALS_TOKEN_FILE=/run/secrets/mcp-tokens mcp-vitals
# Beyond loopback it asks for a token file, or for MCP_VITALS_BEHIND_AUTH_PROXY=true where something in front authenticates.

FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The image brings its own Node: the one among the development dependencies is for machines that have another.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN node node_modules/typescript/bin/tsc -p tsconfig.build.json

FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The OpenTelemetry API is a peer dependency: npm installs it beside the others.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24-slim
WORKDIR /app
ENV NODE_ENV=production \
    MCP_VITALS_HOST=0.0.0.0 \
    MCP_VITALS_PORT=3000 \
    OTEL_EXPORTER_PROMETHEUS_HOST=0.0.0.0 \
    OTEL_EXPORTER_PROMETHEUS_PORT=9464
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json LICENSE ./
USER node
EXPOSE 3000 9464
# Node passes signals on as process 1: SIGTERM answers the calls under way, flushes the telemetry and ends it within 5 s.
ENTRYPOINT ["node", "dist/server/cli.js"]
CMD ["serve"]
