/** The hooks' HTTP surface over jobs and memories that a test can look into, with a caller that signs its calls. */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Express } from "express";
import type { FhirResource } from "fhir/r4.js";
import request from "supertest";
import type { ClientCertificateSettings, TenantConfig } from "../../src/config/tenant-schema.ts";
import { tenantSchema } from "../../src/config/tenant-schema.ts";
import type { AuditEntry } from "../../src/audit/audit.ts";
import { AdapterError } from "../../src/core/errors.ts";
import { progressAt } from "../../src/core/job/status.ts";
import type { CardMemory, ShownCard } from "../../src/hooks/card-memory.ts";
import { callDigest } from "../../src/hooks/card-memory.ts";
import type { HookReader } from "../../src/hooks/chart-source.ts";
import type { IssueTicket } from "../../src/hooks/links.ts";
import { createLinks } from "../../src/hooks/links.ts";
import type { HookRoutesDeps } from "../../src/hooks/routes.ts";
import { createHookRoutes } from "../../src/hooks/routes.ts";
import type { CdsService } from "../../src/hooks/service.ts";
import { createHttpApp } from "../../src/http/app.ts";
import type { Refusal } from "../../src/http/error-middleware.ts";
import type { ArrivedChart, CreateJob, Job, SignedSummary } from "../../src/jobs/jobs.ts";
import { createLog } from "../../src/telemetry/log.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import { createTenantRegistry } from "../../src/tenants/registry.ts";
import { createClientCertificates } from "../../src/trust/certificates/client-certificate.ts";
import { bearerToken } from "../../src/trust/bearer.ts";
import { createJwksCache } from "../../src/trust/jwks-cache.ts";
import { refuse } from "../../src/trust/refusal.ts";
import { createTokenMemory } from "../../src/trust/replay-guard.ts";
import { verifyJwt } from "../../src/trust/verify-jwt.ts";
import { service as dischargeSummary } from "../../cds-services/discharge-summary/service.ts";
import { fakeKeyServer, hookClaims, makeTestKey, signJwt } from "./jwt-issuer.ts";

export const PUBLIC_URL = "https://adapter.example";
export const SERVICE_URL = `${PUBLIC_URL}/cds-services/discharge-summary`;
const key = makeTestKey("k1");

/** A tenant with one issuer of its own. `ehr` adds to or replaces parts of its EHR. */
export function tenantOf(id: string, ehr: object = {}, rest: object = {}): TenantConfig {
  const input = {
    id,
    name: id,
    environment: "test",
    ehr: {
      fhirBaseUrl: `https://${id}.example/fhir`,
      cdsHooks: { issuers: [{ iss: `https://${id}.example`, jku: `https://${id}.example/jwks` }] },
      ...ehr,
    },
    ...rest,
  };
  return tenantSchema.parse(input);
}

export const SMART = { smart: { clientId: "handover" } };

export function jobOf(over: Partial<Job> = {}): Job {
  const at = "2026-03-17T10:00:00.000Z";
  return {
    tenant: "general",
    id: "job-1",
    status: "in-progress",
    version: 1,
    attempt: 1,
    progress: progressAt("writing"),
    patient: "Patient/p1",
    encounter: "Encounter/e1",
    createdAt: at,
    updatedAt: at,
    lastSequence: 3,
    ...over,
  };
}

export function completed(
  docStatus: NonNullable<Job["summary"]>["docStatus"],
  over: Partial<NonNullable<Job["summary"]>> = {},
): Job {
  return jobOf({ status: "completed", summary: { version: 1, docStatus, sha256: "00", edited: false, ...over } });
}

export const patient: FhirResource = { resourceType: "Patient", id: "p1", name: [{ family: "Chewbacca-canary" }] };
export const encounter: FhirResource = {
  resourceType: "Encounter",
  id: "e1",
  status: "finished",
  class: { code: "IMP" },
  subject: { reference: "Patient/p1" },
};

/** All keys answered: the two that are required, and "no data" for the rest. */
export function fullPrefetch(over: Record<string, unknown> = {}): Record<string, unknown> {
  const keys = Object.keys(dischargeSummary.hooks["encounter-discharge"]?.prefetch ?? {});
  return { ...Object.fromEntries(keys.map((name) => [name, null])), patient, encounter, ...over };
}

export interface HookWorldOptions {
  readonly tenants?: readonly TenantConfig[];
  readonly reader?: Partial<HookReader>;
  /** The service that is offered and called; default `discharge-summary`. */
  readonly service?: CdsService;
  readonly mostPerTenant?: number;
  readonly clientCertificates?: ClientCertificateSettings;
}

export function hookWorld(options: HookWorldOptions = {}) {
  const { service = dischargeSummary } = options;
  const serviceUrl = `${PUBLIC_URL}/cds-services/${service.id}`;
  const tenants = options.tenants ?? [tenantOf("general", SMART)];
  const registry = createTenantRegistry(tenants);
  const state = {
    job: undefined as Job | undefined,
    signed: [] as readonly SignedSummary[],
    databaseAway: false,
    never: false,
  };
  const seen = {
    created: [] as CreateJob[],
    arrived: [] as ArrivedChart[],
    cards: [] as ShownCard[],
    overridden: new Set<string>(),
    /** Items of cards, by user. */
    putAside: new Map<string, readonly string[]>(),
    tokens: [] as string[],
    tickets: [] as Parameters<IssueTicket>[0][],
    audit: [] as AuditEntry[],
    refusals: [] as Refusal[],
    feedback: [] as unknown[],
    lines: [] as string[],
    late: [] as unknown[],
    /** Ends the wait of what met `state.never`. */
    held: [] as (() => void)[],
  };
  const keyServer = fakeKeyServer();
  for (const { ehr } of tenants)
    for (const { jku } of ehr.cdsHooks.issuers)
      if (jku !== undefined) keyServer.sets.set(jku, { keys: [key.publicJwk] });
  const cache = createJwksCache({ fetchOf: keyServer.fetchOf, now: Date.now });
  const used = createTokenMemory();
  const calls = new Map<string, string>();
  const database = async (): Promise<void> => {
    if (state.never) await new Promise<void>((resolve) => seen.held.push(resolve));
    if (state.databaseAway) throw new AdapterError("database_unavailable");
  };
  const memory: CardMemory = {
    rememberCall: async (call) => {
      await database();
      const digest = callDigest(call);
      if ((calls.get(call.hookInstance) ?? digest) !== digest)
        throw new AdapterError("hook_instance_reused", { at: "hookInstance" });
      calls.set(call.hookInstance, digest);
    },
    rememberCards: async (_service, _call, cards) => void seen.cards.push(...cards),
    overridden: async (_service, call, job) => seen.overridden.has(`${call.userId} ${job ?? ""}`),
    putAside: async (_service, { userId }) => new Set(seen.putAside.get(userId)),
    storeFeedback: async (_tenant, items) => {
      seen.feedback.push(...items);
      return [];
    },
  };
  const create = async (input: CreateJob): Promise<{ job: Job; created: boolean }> => {
    await database();
    seen.created.push(input);
    const created = state.job === undefined;
    state.job ??= jobOf({
      tenant: input.tenant,
      status: input.waitForLaunch ? "waiting" : "requested",
      progress: progressAt("reading"),
      patient: input.patient,
      encounter: input.encounter,
    });
    return { job: state.job, created };
  };
  const metrics = createMetrics({ defaults: false });
  const reader: HookReader = {
    read: async () => undefined,
    search: async () => ({ resources: [], complete: true }),
    ...options.reader,
  };
  const deps: HookRoutesDeps = {
    publicUrl: PUBLIC_URL,
    services: [service],
    tenants: () => tenants,
    metrics,
    memory,
    jobs: {
      create,
      chartArrived: async (input) => {
        seen.arrived.push(input);
        return state.job ?? jobOf();
      },
      latest: async () => state.job,
      signedOf: async () => state.signed,
      cancel: async () => {
        const cancelled: Job = { ...(state.job ?? jobOf()), status: "cancelled" };
        state.job = undefined;
        return cancelled;
      },
    },
    audit: { record: async (entry) => void seen.audit.push(entry) },
    ...(options.mostPerTenant === undefined ? {} : { mostPerTenant: options.mostPerTenant }),
    links: createLinks(PUBLIC_URL, async (input) => {
      seen.tickets.push(input);
      return `${input.tenant}.${"t".repeat(43)}`;
    }),
    readerFor: (_tenant, token) => {
      seen.tokens.push(token);
      return reader;
    },
    backendReaderFor: ({ ehr }) => (ehr.backendServices === undefined ? undefined : reader),
    newId: randomUUID,
    onLate: (error) => seen.late.push(error),
    certificateOf: createClientCertificates({
      settings: options.clientCertificates,
      tenants: () => tenants,
      readFile: (path) => readFileSync(path, "utf8"),
      now: Date.now,
    }),
    atBase: (url) => registry.byFhirBase(url),
    verifyCaller: async (authorization, endpoint, onIssuer) => {
      const token = bearerToken(authorization) ?? refuse("credential.missing");
      const lookup = (iss: string, claimed: string | null) => {
        const found = registry.byIssuer(iss, claimed);
        if (found === undefined) return undefined;
        onIssuer(found.tenant.id, iss);
        const { jku, algs, maxLifetimeSeconds } = found.issuer;
        return {
          tenant: found.tenant.id,
          iss,
          algorithms: algs,
          maxLifetimeSeconds,
          ...(jku === undefined ? {} : { jku }),
        };
      };
      const useOnce = async (entry: { iss: string; jti: string; untilSeconds: number }) =>
        used.add(entry.iss + entry.jti, entry.untilSeconds, Date.now() / 1000);
      const { tenant, iss } = await verifyJwt(token, endpoint, lookup, {
        findKeys: (issuer, kid) => cache.find(issuer, kid),
        useOnce,
        now: Date.now,
      });
      return { tenant: registry.byId(tenant) ?? refuse("jwt.issuer"), iss };
    },
  };
  const app: Express = createHttpApp({
    publicUrl: PUBLIC_URL,
    families: [{ paths: ["/cds-services"], errors: "operation-outcome", walled: true, router: createHookRoutes(deps) }],
    inboundAllowed: () => true,
    log: createLog({ level: "debug", destination: { write: (line) => seen.lines.push(line) } }),
    metrics,
    onRefused: (refusal) => seen.refusals.push(refusal),
  });
  const token = (url = serviceUrl, tenant = tenants[0]?.id ?? "general", claims: object = {}): string =>
    `Bearer ${signJwt(key, hookClaims(`https://${tenant}.example`, url, Date.now(), claims))}`;
  const body = (over: Record<string, unknown> = {}): Record<string, unknown> => ({
    hook: "encounter-discharge",
    hookInstance: randomUUID(),
    fhirServer: `https://${tenants[0]?.id ?? "general"}.example/fhir`,
    context: { userId: "Practitioner/d1", patientId: "p1", encounterId: "e1" },
    prefetch: fullPrefetch(),
    ...over,
  });
  const invoke = (over: Record<string, unknown> = {}, authorization: string | undefined = token()) => {
    const call = request(app).post(`/cds-services/${service.id}`).set("content-type", "application/json");
    return (authorization === "" ? call : call.set("authorization", authorization)).send(JSON.stringify(body(over)));
  };
  return { app, state, seen, token, body, invoke, keyServer };
}

/** The gaps of a created job's chart, but for types that the service never asks an EHR to prefetch. */
export function gapsOf(created: CreateJob | undefined): readonly string[] | undefined {
  return created?.snapshot?.gaps?.filter((gap) => !gap.endsWith(": no part of the prefetch"));
}
