# One image for every role; HANDOVER_ROLES chooses. The sandbox and its tools come with the target `demo`.
FROM node:24.21-bookworm-slim AS base
WORKDIR /app
COPY package.json package-lock.json ./

FROM base AS adapter
ENV NODE_ENV=production
RUN npm ci --omit=dev --no-audit --no-fund && npm cache clean --force
COPY bin ./bin
COPY src ./src
COPY cds-services ./cds-services
COPY fhir-profiles ./fhir-profiles
# Within a container the loopback address reaches nobody.
ENV HOST=0.0.0.0
USER node
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s CMD ["node", "-e", "fetch('http://127.0.0.1:8080/livez').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# node itself is process 1: it must see SIGTERM to hand its jobs over.
CMD ["node", "src/main.ts", "serve"]

FROM base AS demo
RUN npm ci --include=dev --no-audit --no-fund && npm cache clean --force
COPY . .
USER node
CMD ["node", "sandbox/main.ts", "--help"]
