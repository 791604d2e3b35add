/** A sandbox EHR whose stays end, and what the adapter made of it. */
import { applyTenants } from "../../src/app/apply-tenants.ts";
import { withTenantStore } from "../../src/cli/tenant-store.ts";
import { loadConfig } from "../../src/config/load.ts";
import { eventually } from "./eventually.ts";
import type { TenantOptions, WholeApp } from "./whole-app.ts";
import { masterKey, tenantFile } from "./whole-app.ts";

export interface StayOptions {
  /** Default IMP. */
  readonly class?: string;
  readonly patient?: string;
  readonly patientMore?: object;
  readonly more?: object;
}

/** Admits a patient: Patient `<id>` (or another's) and Encounter `<id>-stay`. Returns the stay's reference. */
export function admitTo(app: WholeApp, id: string, options: StayOptions = {}): string {
  const { store } = app.sandbox.ehr;
  const patient = options.patient ?? id;
  if (options.patient === undefined)
    store.put({ resourceType: "Patient", id, name: [{ family: "Stay" }], ...options.patientMore }, "PUT");
  store.put(
    {
      resourceType: "Encounter",
      id: `${id}-stay`,
      status: "in-progress",
      class: { system: "http://terminology.hl7.org/CodeSystem/v3-ActCode", code: options.class ?? "IMP" },
      subject: { reference: `Patient/${patient}` },
      period: { start: new Date(Date.now() - 3 * 86_400_000).toISOString() },
      ...options.more,
    },
    "PUT",
  );
  return `Encounter/${id}-stay`;
}

/** Writes to a stay; by default it ends now. */
export function change(app: WholeApp, stay: string, more: object = { status: "finished" }): void {
  const { store } = app.sandbox.ehr;
  const before = store.read("Encounter", stay.slice("Encounter/".length));
  if (before === undefined) throw new Error(`no ${stay}`);
  const period = { ...(before["period"] as object), end: new Date().toISOString() };
  store.put({ ...before, period, ...more }, "PUT");
}

export interface SeenJob {
  readonly id: string;
  readonly trigger: string;
  readonly status: string;
}

export async function jobsOf(app: WholeApp, stay: string): Promise<readonly SeenJob[]> {
  const rows = await app.database.asOwner("select id, trigger, status from handover.job where encounter = $1", [stay]);
  return rows as unknown as readonly SeenJob[];
}

/** Waits for the stay's job. */
export function jobOf(app: WholeApp, stay: string, timeoutMs = 20_000): Promise<SeenJob> {
  return eventually(async () => (await jobsOf(app, stay))[0], `the job of ${stay}`, timeoutMs);
}

export interface SeenNotice {
  readonly via: string;
  readonly outcome: string | null;
  readonly kind: string | null;
  readonly version: string | null;
  readonly due_at: Date | null;
}

/** Waits until a record was looked at in its present version. */
export function lookedAt(app: WholeApp, reference: string): Promise<SeenNotice> {
  const [type = "", id = ""] = reference.split("/");
  return eventually(
    async () => {
      const rows = await app.database.asOwner(
        "select via, outcome, kind, version, due_at from handover.ehr_notice where reference = $1",
        [reference],
      );
      const [notice] = rows as unknown as readonly SeenNotice[];
      const now = app.sandbox.ehr.store.read(type, id)?.meta.versionId;
      return notice?.due_at === null && notice.version === now && notice;
    },
    `a look at ${reference}`,
    20_000,
  );
}

export interface SeenSubscription {
  readonly id: string;
  readonly watch: string;
  readonly manner: string;
  readonly criteria: string;
  readonly phase: string;
  readonly proof: string | null;
  readonly remote: string | null;
  readonly position: string | null;
}

export async function subscriptionsOf(app: WholeApp): Promise<readonly SeenSubscription[]> {
  const rows = await app.database.asOwner(
    "select id, watch, manner, criteria, phase, proof, remote, position from handover.ehr_subscription order by watch, criteria",
    [],
  );
  return rows as unknown as readonly SeenSubscription[];
}

/** Waits until the Subscription of ended stays stands so. */
export function dischargeSubscription(
  app: WholeApp,
  phase: string,
  manner: "topic" | "criteria" = "topic",
): Promise<SeenSubscription> {
  return eventually(
    async () =>
      (await subscriptionsOf(app)).find(
        (one) => one.watch === "discharge" && one.manner === manner && one.phase === phase,
      ),
    `the ${manner} is ${phase}`,
    30_000,
  );
}

/** Waits until ended stays are no longer asked for often: what comes from now on, comes because it was told. */
export async function untilTold(app: WholeApp): Promise<void> {
  await eventually(
    async () => {
      const [poll] = await app.database.asOwner(
        "select due_at > now() + interval '10 minutes' as rare from handover.ehr_poll where subject = 'discharge'",
        [],
      );
      return poll?.["rare"] === true;
    },
    "the sweep",
    20_000,
  );
}

/** Other settings for the tenant, as `apply` brings them while everything runs. */
export async function applySettings(app: WholeApp, options: TenantOptions): Promise<void> {
  const environment = { DATABASE_URL: app.database.appUrl, HANDOVER_MASTER_KEY: masterKey, PUBLIC_URL: app.url };
  const loaded = loadConfig({ demo: true, environment, file: { egress: { allow: ["127.0.0.1/32"] } } });
  const named = [{ id: "general", written: tenantFile(app.sandbox, options) }];
  await withTenantStore(loaded, (deps) =>
    applyTenants({ kind: "apply", named, prune: false }, deps, { source: "test" }),
  );
}

/** What the EHR was asked for: its own Subscription of ended stays. */
export function atEhr(app: WholeApp, remote: string | null) {
  const found = app.sandbox.ehr.store.read("Subscription", remote ?? "");
  if (found === undefined) throw new Error("the EHR has no such Subscription");
  return found;
}

/** Endpoint and header that the EHR was given. */
export function channelAtEhr(
  app: WholeApp,
  remote: string | null,
): { readonly endpoint: string; readonly authorization: string } {
  const channel = atEhr(app, remote)["channel"] as { readonly endpoint: string; readonly header: readonly string[] };
  return {
    endpoint: channel.endpoint,
    authorization: (channel.header[0] ?? "").replace(/^Authorization: /u, ""),
  };
}
