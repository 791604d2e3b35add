/** What every check of one hospital's set-up works with: its configuration, a bounded way to ask, and our own keys. */
import { egressOptionsOf } from "../../../app/tenant-clients.ts";
import type { Config } from "../../../config/config.ts";
import type { TenantConfig } from "../../../config/tenant-schema.ts";
import { createEgressFetch } from "../../../egress/fetch.ts";
import type { EgressOptions } from "../../../egress/client.ts";
import type { ExaminedEndpoint } from "./endpoints.ts";
import type { StoredWatch } from "./watch.ts";
import type { SignClientAssertion } from "../../../trust/client-assertion.ts";

/** What proves who we are to an EHR; read from the database, never made here. */
export interface OwnKeys {
  /** The `kid`s that the key set at PUBLIC_URL must hold. */
  readonly kids: readonly string[];
  readonly sign: SignClientAssertion;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; undefined where it is none. */
  readonly json: unknown;
  /** The other side's clock against ours, by its Date header; positive: it is ahead. Undefined without that header. */
  readonly clockOffsetMs: number | undefined;
}

export interface Question {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Examination {
  readonly tenant: TenantConfig;
  readonly publicUrl: string;
  /** Whether a proxy is named that hands callers' certificates on. */
  readonly handsCertificatesOn: boolean;
  /** What the tenant's outbound calls may reach, as the adapter itself applies it. */
  readonly egress: EgressOptions;
  /** Asks another system, behind the same wall as the adapter. Rejects with the transport's error, in bounded time. */
  readonly ask: (url: string, question?: Question) => Promise<Answer>;
  /** Asks our own address, which the wall refuses everybody else. */
  readonly askOurselves: (url: string) => Promise<Answer>;
  /** The same wall, for what asks by itself. */
  readonly fetch: typeof fetch;
  readonly ownKeys: () => Promise<OwnKeys>;
  /** Webhook endpoints of the tenant, as they are stored. Rejects where they cannot be read. */
  readonly endpoints: () => Promise<readonly ExaminedEndpoint[]>;
  /** How far the EHR tells by itself, as it is stored. Rejects where that cannot be read. */
  readonly watch: () => Promise<StoredWatch>;
}

export interface ExaminationInput {
  readonly tenant: TenantConfig;
  readonly config: Config;
  readonly ownKeys: () => Promise<OwnKeys>;
  readonly endpoints: () => Promise<readonly ExaminedEndpoint[]>;
  readonly watch: () => Promise<StoredWatch>;
  /** For one request, its body included. */
  readonly requestTimeoutMs?: number;
}

const REQUEST_TIMEOUT_MS = 8_000;
/** Capability statements of large EHRs come near to this. */
const MAX_BYTES = 16 * 1024 * 1024;
const everywhere = { allow: ["0.0.0.0/0", "::/0"], allowHttp: true };

/** Opens an examination; `close` lets go of its sockets. Throws where `network.caFile` cannot be read. */
export function openExamination(input: ExaminationInput): Examination & { close(): Promise<void> } {
  const { tenant, config, ownKeys, endpoints, watch, requestTimeoutMs = REQUEST_TIMEOUT_MS } = input;
  const egress = egressOptionsOf(tenant, config);
  const bounds = { timeoutMs: requestTimeoutMs, connectTimeoutMs: requestTimeoutMs, maxBytes: MAX_BYTES };
  const outside = createEgressFetch({ ...egress, ...bounds });
  const ours = createEgressFetch({ ...everywhere, ...(egress.ca === undefined ? {} : { ca: egress.ca }), ...bounds });
  return {
    tenant,
    publicUrl: config.publicUrl,
    handsCertificatesOn: config.clientCertificates !== undefined,
    egress,
    ask: (url, question) => ask(outside, url, question),
    askOurselves: (url) => ask(ours, url),
    fetch: outside,
    ownKeys,
    endpoints,
    watch,
    close: async () => {
      await Promise.all([outside.close(), ours.close()]);
    },
  };
}

async function ask(through: typeof fetch, url: string, question: Question = {}): Promise<Answer> {
  const asked = Date.now();
  const response = await through(url, { headers: { accept: "application/json" }, ...question });
  const middle = (asked + Date.now()) / 2;
  const text = await response.text();
  const { status, headers } = response;
  return { status, headers, text, json: parsed(text), clockOffsetMs: offsetOf(headers, middle) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** `Age` counts how long a cache has kept the answer whose Date it repeats (RFC 9111, section 4.2.3). */
function offsetOf(headers: Headers, nowMs: number): number | undefined {
  const date = Date.parse(headers.get("date") ?? "");
  const ageSeconds = Number(headers.get("age") ?? 0);
  return Number.isNaN(date) || Number.isNaN(ageSeconds) ? undefined : date + ageSeconds * 1000 - nowMs;
}

/** The FHIR base with a slash at its end, for paths below it. */
export function fhirBaseOf({ ehr }: TenantConfig): string {
  return `${ehr.fhirBaseUrl.replace(/\/+$/u, "")}/`;
}
