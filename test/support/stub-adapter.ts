/** A small stand-in for the adapter, for tests of the sandbox's CDS client: verifies the EHR's JWT, answers what it is told. */
import { createHash, randomBytes } from "node:crypto";
import express from "express";
import type { Request, Response } from "express";
import { createRemoteJWKSet, jwtVerify } from "jose";
import type { JWTPayload, JWTHeaderParameters } from "jose";
import { listen } from "../../sandbox/listen.ts";

export interface StubCall {
  readonly path: string;
  readonly header: JWTHeaderParameters;
  readonly claims: JWTPayload;
  readonly body: Record<string, unknown>;
}

export interface StubAdapter {
  readonly url: string;
  readonly calls: readonly StubCall[];
  /** What the next hook calls are answered with. */
  answer: { readonly status: number; readonly body: unknown };
  /** Runs while a hook call is open, with its body: what a service does with the hook's own token. */
  during: ((body: Record<string, unknown>) => Promise<void>) | undefined;
  readonly close: () => Promise<void>;
}

const PREFETCH = {
  patient: "Patient/{{context.patientId}}",
  encounter: "Encounter/{{context.encounterId}}",
  author: "Practitioner/{{userPractitionerId}}",
  conditions: "Condition?patient={{context.patientId}}&_count=50",
};

/** Listens with no card to give. `jwks` is where the EHR publishes its keys, known once the EHR has started. */
export async function startStubAdapter(jwks: () => string): Promise<StubAdapter> {
  const calls: StubCall[] = [];
  const app = express();
  const listener = await listen(app);
  const stub: StubAdapter = {
    url: listener.url,
    calls,
    answer: { status: 200, body: { cards: [] } },
    during: undefined,
    close: listener.close,
  };
  const service = (hook: string) => ({
    hook,
    id: "discharge-summary",
    title: "Discharge summary",
    description: "Drafts it",
    prefetch: PREFETCH,
  });
  app.get("/cds-services", (_req, res) => {
    res.json({ services: [service("encounter-discharge"), service("patient-view")] });
  });
  const answerHook = async (req: Request, res: Response): Promise<void> => {
    const { payload, protectedHeader } = await verify(req, `${listener.url}${req.path}`, jwks());
    calls.push({ path: req.path, header: protectedHeader, claims: payload, body: req.body });
    await stub.during?.(req.body);
    if (req.path.endsWith("/feedback")) res.status(200).end();
    else res.status(stub.answer.status).json(stub.answer.body);
  };
  app.post("/cds-services/:id{/feedback}", express.json({ limit: "20mb" }), (req, res) => answerHook(req, res));
  addSmartApp(app, listener.url);
  return stub;
}

async function verify(req: Request, audience: string, jwks: string) {
  const token = (req.get("authorization") ?? "").replace(/^Bearer /u, "");
  return jwtVerify(token, createRemoteJWKSet(new URL(jwks)), { audience, algorithms: ["ES384"], typ: "JWT" });
}

function queryOf(req: Request, name: string): string {
  return new URL(req.originalUrl, "http://stub").searchParams.get(name) ?? "";
}

/** A public SMART app of one page: launch, authorize, callback, and what the token response said. */
function addSmartApp(app: express.Express, url: string): void {
  const pending = new Map<string, { verifier: string; iss: string }>();
  app.get("/smart/launch", (req, res) => {
    const iss = queryOf(req, "iss");
    const verifier = randomBytes(48).toString("base64url");
    const state = randomBytes(18).toString("base64url");
    pending.set(state, { verifier, iss });
    const query = new URLSearchParams({
      response_type: "code",
      client_id: "stub-app",
      redirect_uri: `${url}/smart/callback`,
      launch: queryOf(req, "launch"),
      scope: "launch openid fhirUser patient/*.rs",
      state,
      aud: iss,
      code_challenge: createHash("sha256").update(verifier).digest("base64url"),
      code_challenge_method: "S256",
    });
    res.redirect(`${new URL(iss).origin}/auth/authorize?${query.toString()}`);
  });
  app.get("/smart/callback", (req, res) => callback(req, res, url, pending));
}

async function callback(
  req: Request,
  res: Response,
  url: string,
  pending: Map<string, { verifier: string; iss: string }>,
): Promise<void> {
  const known = pending.get(queryOf(req, "state"));
  const response = await fetch(`${new URL(known?.iss ?? url).origin}/auth/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "authorization_code",
      client_id: "stub-app",
      code: queryOf(req, "code"),
      redirect_uri: `${url}/smart/callback`,
      code_verifier: known?.verifier ?? "",
    }),
  });
  const { patient, encounter, appContext } = JSON.parse(await response.text());
  const said = JSON.stringify({ patient, encounter, appContext });
  res.send(`<!doctype html><html lang="en"><title>Draft</title><h1>Draft</h1><p id="said">${said}</p></html>`);
}

/** A card as the contract's service gives it for a draft that is ready. */
export function readyCard(url: string, over: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    uuid: "6f1b9a52-5f0c-4df5-9c43-3a0c8c1f7c11",
    summary: "Discharge summary draft is ready: review and sign",
    indicator: "info",
    detail: "Seven sections. **Not signed.**",
    source: { label: "Handover" },
    links: [{ label: "Review and sign", url: `${url}/smart/launch`, type: "smart", appContext: "job-42" }],
    overrideReasons: [{ code: "later", system: "https://handover.example/reasons", display: "I will write it later" }],
    ...over,
  };
}
