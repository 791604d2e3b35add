/** The adapter (role `api`) and, in the same process over the same database, the bare route that it is measured against. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { Server } from "node:http";
import express from "express";
import { Pool } from "pg";
import type { App } from "../../src/app.ts";
import { createApp } from "../../src/app.ts";
import { loadConfig } from "../../src/config/load.ts";

export interface HookIssuer {
  readonly iss: string;
  readonly jku: string;
  readonly jwks: object;
}

export interface MeasuredAdapter {
  readonly url: string;
  /** An express route that parses the same body and does one `select 1`. */
  readonly bareUrl: string;
  stop(): Promise<void>;
}

/** Links carry it; nothing calls it. */
const publicUrl = "http://adapter.invalid";

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server does not listen");
  return address.port;
}

async function startAdapter(databaseUrl: string, fhirBaseUrl: string, issuer: HookIssuer): Promise<App> {
  const tenant = {
    id: "general",
    name: "General Hospital",
    environment: "test",
    network: { allowHttp: true },
    ehr: { fhirBaseUrl, cdsHooks: { issuers: [issuer] }, smart: { clientId: "handover-app" } },
  };
  const environment = {
    DATABASE_URL: databaseUrl,
    HANDOVER_MASTER_KEY: randomBytes(32).toString("base64"),
    // No worker: what is measured is the call, not the writing of the summary beside it.
    HANDOVER_ROLES: "api",
    PUBLIC_URL: publicUrl,
    PORT: "0",
  };
  const file = { egress: { allow: ["127.0.0.1/32"] }, tenants: [tenant] };
  return createApp(loadConfig({ demo: true, file, environment }), { logDestination: { write: () => undefined } });
}

async function startBareRoute(pool: Pool): Promise<Server> {
  const app = express().disable("x-powered-by");
  app.post("/bare", express.json({ limit: "20mb" }), async (_request, response) => {
    await pool.query("select 1");
    response.json({ cards: [] });
  });
  const server = app.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

/** `aud` of the tokens that call the service. */
export const serviceAudience = `${publicUrl}/cds-services/discharge-summary`;

export async function startMeasured(
  databaseUrl: string,
  fhirBaseUrl: string,
  issuer: HookIssuer,
): Promise<MeasuredAdapter> {
  const adapter = await startAdapter(databaseUrl, fhirBaseUrl, issuer);
  const pool = new Pool({ connectionString: databaseUrl, max: 10 });
  const bare = await startBareRoute(pool);
  return {
    url: `http://127.0.0.1:${adapter.port}/cds-services/discharge-summary`,
    bareUrl: `http://127.0.0.1:${portOf(bare)}/bare`,
    async stop() {
      bare.closeAllConnections();
      bare.close();
      await adapter.stop(0);
      await pool.end();
    },
  };
}
