/** Looks after one tenant's watch: what should be asked of its EHR stands in rows, and what should not goes. */
import { createHash } from "node:crypto";
import { AdapterError } from "../../core/errors.ts";
import type { Manner } from "../../core/subscriber/request.ts";
import type { Wanted } from "../../core/subscriber/wanted.ts";
import { isSame, mannerInForce, wantedSubscriptions } from "../../core/subscriber/wanted.ts";
import { run } from "../../db/query.ts";
import type { EhrWatchDeps, WatchedTenant } from "./deps.ts";
import { endpointOf } from "./keep.ts";
import { noticeBacklog } from "./notice-store.ts";
import { dischargePoll, insertPolls, removePolls } from "./poll-store.ts";
import { advertisedTopics } from "./remote.ts";
import { sealSecret } from "./secret.ts";
import type { EhrSubscriptionRow } from "./store.ts";
import { endEhrSubscription, insertEhrSubscription, listEhrSubscriptions } from "./store.ts";

const topicsAgeMs = 24 * 3_600_000;
const againMs = 60_000;
/** Others are looked after behind it, and what it lists is worth no more. */
const patienceMs = 10_000;

/** Topics that each EHR lists, as last read. */
export class AdvertisedTopics {
  readonly #known = new Map<string, { readonly atMs: number; readonly topics: readonly string[] | undefined }>();

  /** Undefined while the EHR cannot be asked, or refuses: that it lists none must not be concluded from that. */
  async of(deps: EhrWatchDeps, { id }: WatchedTenant, stop: AbortSignal): Promise<readonly string[] | undefined> {
    const known = this.#known.get(id);
    const ageMs = known?.topics === undefined ? againMs : topicsAgeMs;
    if (known !== undefined && deps.now() - known.atMs < ageMs) return known.topics;
    const gateway = deps.gatewayOf(id, AbortSignal.any([stop, AbortSignal.timeout(patienceMs)]));
    const topics = gateway === undefined ? undefined : await readTopics(() => advertisedTopics(gateway));
    this.#known.set(id, { atMs: deps.now(), topics: topics ?? known?.topics });
    return topics ?? known?.topics;
  }

  forget(tenant: string): void {
    this.#known.delete(tenant);
  }
}

async function readTopics(read: () => Promise<readonly string[]>): Promise<readonly string[] | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof AdapterError) return undefined;
    throw error;
  }
}

/** Whatever of a request may change with the settings, besides what it is about. */
function termsDigest(deps: EhrWatchDeps, { id, fhirBaseUrl, settings }: WatchedTenant): string {
  const said = [endpointOf(deps, id, ""), fhirBaseUrl, settings?.heartbeatSeconds, settings?.dischargeFilters];
  return createHash("sha256").update(JSON.stringify(said)).digest("hex");
}

const advertisedMatters = ({ settings }: WatchedTenant): boolean =>
  settings !== undefined &&
  settings.dischargeTopic === undefined &&
  (settings.channel === "auto" || settings.channel === "topic");

/** Looks after one tenant. Repeatable, and harmless at several replicas at once. */
export async function tend(
  deps: EhrWatchDeps,
  tenant: WatchedTenant,
  topics: AdvertisedTopics,
  stop: AbortSignal,
): Promise<void> {
  const rows = await run(deps.pool, listEhrSubscriptions, tenant.id);
  const { settings } = tenant;
  if (settings === undefined) return leave(deps, tenant, rows);
  await tendPolls(deps, tenant, settings.chartPollSeconds);
  const advertised = advertisedMatters(tenant) ? await topics.of(deps, tenant, stop) : [];
  const standing = rows.filter(({ phase }) => phase !== "ended");
  const wanted = wantedSubscriptions(settings, advertised, standing);
  await tendSubscriptions(deps, tenant, wanted, standing);
  await tell(deps, tenant, wanted, standing);
}

/** Nothing is watched any more: what is left at the EHR is taken away. */
async function leave(deps: EhrWatchDeps, tenant: WatchedTenant, rows: readonly EhrSubscriptionRow[]): Promise<void> {
  for (const { id, phase } of rows) if (phase !== "ended") await run(deps.pool, endEhrSubscription, tenant.id, id);
  await run(deps.pool, removePolls, tenant.id);
}

async function tendPolls({ pool, jobs }: EhrWatchDeps, { id, settings }: WatchedTenant, chartPollSeconds: number) {
  await run(pool, insertPolls, id, [dischargePoll], 0);
  if (settings?.chartTypes.length === 0) return;
  const drafts = (await jobs.openJobs(id)).map((job) => job.id);
  if (drafts.length > 0) await run(pool, insertPolls, id, drafts, chartPollSeconds);
}

async function tendSubscriptions(
  deps: EhrWatchDeps,
  tenant: WatchedTenant,
  wanted: readonly Wanted[],
  standing: readonly EhrSubscriptionRow[],
): Promise<void> {
  const terms = termsDigest(deps, tenant);
  const kept = standing.filter((row) => row.terms === terms && wanted.some((one) => isSame(one, row)));
  for (const row of standing) if (!kept.includes(row)) await run(deps.pool, endEhrSubscription, tenant.id, row.id);
  for (const one of wanted) {
    if (kept.some((row) => isSame(one, row))) continue;
    const id = deps.randomBytes(16).toString("hex");
    const { sha256, sealed } = sealSecret(deps.sealer, tenant.id, id, deps.randomBytes(32));
    const { watch, manner, criteria } = one;
    await run(deps.pool, insertEhrSubscription, tenant.id, id, watch, manner, criteria, terms, sha256, sealed);
  }
}

async function tell(
  { pool, metrics, now }: EhrWatchDeps,
  { id: tenant }: WatchedTenant,
  wanted: readonly Wanted[],
  standing: readonly EhrSubscriptionRow[],
): Promise<void> {
  for (const watch of ["discharge", "chart"] as const)
    metrics.inForce({ tenant, watch }, mannerInForce(watch, wanted, standing));
  const [backlog] = await run(pool, noticeBacklog, tenant);
  const oldest = backlog?.oldest?.getTime();
  metrics.waiting(tenant, backlog?.waiting ?? 0, oldest === undefined ? 0 : Math.max(0, (now() - oldest) / 1000));
}

/** By what a watch is served now, for polls: by what stands, not by what should. */
export function inForce(
  { settings }: WatchedTenant,
  watch: "discharge" | "chart",
  rows: readonly EhrSubscriptionRow[],
): Manner | "polling" {
  if (settings === undefined) return "polling";
  const standing = rows.filter(({ phase }) => phase !== "ended");
  return mannerInForce(watch, standing, standing);
}
