/** The whole EHR in a box: FHIR and SMART servers, CDS client with its page, receivers, model. Also a process of its own. */
import type { SandboxClient } from "./auth/clients.ts";
import { loadCharts } from "./charts/load.ts";
import type { LoadedChart } from "./charts/load.ts";
import { createCdsClient } from "./cds-client/client.ts";
import type { CdsClient, FhirAuthorization } from "./cds-client/client.ts";
import type { HookContext } from "./cds-client/prefetch.ts";
import { cdsClientRoutes } from "./cds-client/routes.ts";
import { createSigningKey } from "./cds-client/signing-key.ts";
import { createSandboxEhr } from "./ehr.ts";
import type { SandboxEhr } from "./ehr.ts";
import type { FhirBehaviour } from "./fhir/state.ts";
import { createScriptedModel } from "./model/server.ts";
import type { ScriptedModel, ScriptedModelOptions } from "./model/server.ts";
import { readProcessOptions, USAGE } from "./process-options.ts";
import { createSubscriptionReceiver } from "./receiver/subscription-receiver.ts";
import type { SubscriptionReceiver } from "./receiver/subscription-receiver.ts";
import { createWebhookReceiver } from "./receiver/webhook-receiver.ts";
import type { WebhookReceiver } from "./receiver/webhook-receiver.ts";
import { sandboxUsers } from "./users.ts";
import type { SandboxUser } from "./users.ts";

export interface SandboxOptions {
  /** Of the EHR; 0 or absent: any free port. */
  readonly port?: number;
  /** Of the other parts; absent: any free port. */
  readonly ports?: {
    readonly receiver?: number | undefined;
    readonly subscription?: number | undefined;
    readonly model?: number | undefined;
  };
  /** What all parts listen on; default 127.0.0.1. In a container 0.0.0.0. */
  readonly host?: string;
  /** The EHR's origin as browsers see it; default its address. `http://localhost:PORT` makes the adapter's frame cross-site. */
  readonly publicUrl?: string;
  /** Where the adapter is, without a trailing slash. */
  readonly adapterUrl: string;
  /** The adapter's registrations: for its launches and its Backend Services. */
  readonly clients?: readonly SandboxClient[];
  readonly users?: readonly SandboxUser[];
  /** Default: our own inpatients. */
  readonly charts?: readonly LoadedChart[];
  /** `whsec_...` that the adapter signs webhooks with. */
  readonly webhookSecrets?: readonly string[];
  readonly model?: ScriptedModelOptions;
  readonly behaviour?: Partial<FhirBehaviour>;
  /** `tenant` of the hook's JWT. */
  readonly tenant?: string;
  /** Scopes of the hook's own token; absent: no fhirAuthorization. */
  readonly hookScopes?: string;
  /** Which prefetch keys the EHR fills; default all. */
  readonly prefetch?: "all" | "none" | readonly string[];
}

export interface Sandbox {
  /** The EHR's origin; its page is at `/`. */
  readonly url: string;
  readonly ehr: SandboxEhr;
  readonly charts: readonly LoadedChart[];
  readonly cdsClient: CdsClient;
  /** What the adapter's configuration needs of this EHR as a CDS client. */
  readonly cdsIssuer: { readonly iss: string; readonly jku: string };
  readonly receiver: WebhookReceiver;
  readonly subscriptionReceiver: SubscriptionReceiver;
  readonly model: ScriptedModel;
  readonly close: () => Promise<void>;
}

/** A test secret for a receiver nobody configured; 32 bytes as Standard Webhooks asks. */
const DEFAULT_SECRET = `whsec_${Buffer.from("sandbox-webhook-secret-32-bytes!").toString("base64")}`;

/** Starts everything. Rejects when a port is taken. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const charts = options.charts ?? loadCharts();
  const users = options.users ?? sandboxUsers;
  const host = options.host === undefined ? {} : { host: options.host };
  const { receiver: receiverPort = 0, subscription: subscriptionPort = 0, model: modelPort = 0 } = options.ports ?? {};
  const ehr = await createSandboxEhr({
    ...(options.port === undefined ? {} : { port: options.port }),
    ...(options.publicUrl === undefined ? {} : { publicUrl: options.publicUrl }),
    ...host,
    ...(options.behaviour === undefined ? {} : { behaviour: options.behaviour }),
    clients: options.clients ?? [],
    users,
    charts: charts.map(({ bundle }) => bundle),
  });
  const secrets = options.webhookSecrets ?? [DEFAULT_SECRET];
  const receiver = await createWebhookReceiver({ secrets, port: receiverPort, ...host });
  const subscriptionReceiver = await createSubscriptionReceiver({ port: subscriptionPort, ...host });
  const model = await createScriptedModel({ port: modelPort, ...host, ...options.model });
  const cdsIssuer = { iss: ehr.fhirBaseUrl, jku: `${ehr.url}/cds-client/jwks.json` };
  const cdsClient = await cdsClientFor(ehr, options, cdsIssuer);
  const { store, journal, createLaunch, fhirBaseUrl } = ehr;
  const frameOrigins = [new URL(options.adapterUrl).origin];
  const ehrSide = { store, journal, createLaunch, fhirBaseUrl, users, inpatients: charts, frameOrigins };
  ehr.mount("/", cdsClientRoutes({ client: cdsClient, receiver, subscriptionReceiver, ...ehrSide }));
  const close = async (): Promise<void> => {
    await Promise.all([ehr.close(), receiver.close(), subscriptionReceiver.close(), model.close()]);
  };
  return { url: ehr.url, ehr, charts, cdsClient, cdsIssuer, receiver, subscriptionReceiver, model, close };
}

async function cdsClientFor(
  ehr: SandboxEhr,
  options: SandboxOptions,
  { iss, jku }: Sandbox["cdsIssuer"],
): Promise<CdsClient> {
  const { hookScopes, tenant, prefetch } = options;
  return createCdsClient({
    issuer: iss,
    jku,
    key: await createSigningKey(),
    fhirServer: ehr.fhirBaseUrl,
    serviceBase: options.adapterUrl.replace(/\/$/u, ""),
    prefetchToken: () => ehr.mintToken({ clientId: "sandbox-cds-client", scopes: ["system/*.rs"] }, 60),
    revoke: ehr.revokeToken,
    ...(tenant === undefined ? {} : { tenant }),
    ...(prefetch === undefined ? {} : { prefetch }),
    ...(hookScopes === undefined ? {} : { authorize: (context: HookContext) => hookToken(ehr, hookScopes, context) }),
  });
}

/** Seconds for which the hook's token would live, were it not revoked when the call ends. */
const HOOK_TOKEN_SECONDS = 300;

function hookToken(ehr: SandboxEhr, scope: string, context: HookContext): FhirAuthorization {
  const { patientId: patient, userId: fhirUser } = context;
  const subject = "handover";
  const grant = { clientId: subject, scopes: scope.split(" "), patient, fhirUser };
  const access_token = ehr.mintToken(grant, HOOK_TOKEN_SECONDS);
  return { access_token, token_type: "Bearer", expires_in: HOOK_TOKEN_SECONDS, scope, subject, patient };
}

async function runAsProcess(): Promise<void> {
  const options = await readProcessOptions();
  if (options === undefined) {
    process.stderr.write(`${USAGE}\n`);
    process.exitCode = process.argv.includes("--help") ? 0 : 2;
    return;
  }
  const sandbox = await startSandbox(options);
  process.stdout.write(`${JSON.stringify(addressesOf(sandbox))}\n`);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void sandbox.close());
}

function addressesOf(sandbox: Sandbox): object {
  return {
    ehr: sandbox.url,
    fhir: sandbox.ehr.fhirBaseUrl,
    cdsIssuer: sandbox.cdsIssuer,
    webhook: sandbox.receiver.endpointUrl(),
    webhookInbox: `${sandbox.receiver.url}/inbox`,
    subscription: sandbox.subscriptionReceiver.endpointUrl(),
    notifications: `${sandbox.subscriptionReceiver.url}/notifications`,
    model: sandbox.model.baseUrl,
  };
}

if (import.meta.main) await runAsProcess();
