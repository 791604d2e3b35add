/** Tells that the chart changed under a draft: events with paths in the log, the values sealed beside it. */
import type { ChartNews, ElementChange, EntityChange } from "../../core/chart/context-change.ts";
import type { JobEvent } from "../../core/event/event.ts";
import type { DocStatus } from "../../core/summary/status.ts";
import type { Executor } from "../../db/query.ts";
import { run } from "../../db/query.ts";
import type { SealContext, Sealer } from "../../db/sealer.ts";
import { openJson, sealJson } from "../../db/sealer.ts";
import type { EventLog, NewEvent } from "../../events/event-log.ts";
import type { ArrivedChart } from "../jobs.ts";
import { taskData } from "../view.ts";
import { sealBasis, storeBasis } from "./basis.ts";
import { markContextUpdated, putValues, readValues } from "./store.ts";

/** So many resources are told of one by one; a chart that is another one altogether must not flood every endpoint. */
const maxEntities = 20;

/** The draft whose chart it is. */
export interface DraftPlace {
  readonly tenant: string;
  readonly job: string;
  readonly patient: string;
  readonly encounter: string;
  readonly summary: { readonly version: number; readonly docStatus: DocStatus };
}

const context = (tenant: string, job: string, sequence: number): SealContext => ({
  tenant,
  purpose: "context-change",
  id: job,
  version: String(sequence),
});

function eventOf(
  place: DraftPlace,
  { entity, change, changes }: EntityChange,
  of: number,
  source: ArrivedChart["source"],
): NewEvent {
  return {
    type: "context.updated",
    data: {
      ...taskData("completed", place),
      entity,
      change,
      changes: changes.map(({ path }) => ({ path })),
      of,
      source,
      summary: place.summary,
    },
  };
}

function valuesOf(told: EntityChange | undefined, guarded: boolean): readonly ElementChange[] {
  const changes = told?.changes ?? [];
  return guarded ? changes.map(({ path }) => ({ path })) : changes;
}

/**
 * Appends what is new, in the transaction that holds the job's row, and keeps what is known from now on.
 * @returns the events; none where nothing is new
 */
export async function tellChartNews(
  tx: Executor,
  deps: { readonly eventLog: EventLog; readonly sealer: Sealer },
  place: DraftPlace,
  news: ChartNews,
  source: ArrivedChart["source"],
): Promise<readonly JobEvent[]> {
  if (news.entities.length === 0) return [];
  const { tenant, job } = place;
  const told = news.entities.slice(0, maxEntities);
  const events = await deps.eventLog.append(
    tx,
    tenant,
    job,
    told.map((entity) => eventOf(place, entity, news.entities.length, source)),
  );
  const sealed = events.map(({ sequence }, index) =>
    sealJson(deps.sealer, valuesOf(told[index], news.guarded), context(tenant, job, sequence)),
  );
  await run(
    tx,
    putValues,
    tenant,
    job,
    events.map(({ sequence }) => sequence),
    sealed,
  );
  await storeBasis(tx, tenant, job, await sealBasis(deps.sealer, tenant, job, news.basis));
  await run(tx, markContextUpdated, tenant, job);
  return events;
}

/** The changes of one event with their values; undefined once its draft is signed or discarded. */
export async function readChangedValues(
  executor: Executor,
  sealer: Sealer,
  tenant: string,
  job: string,
  sequence: number,
): Promise<readonly ElementChange[] | undefined> {
  const [row] = await run(executor, readValues, tenant, job, sequence);
  if (row === undefined) return undefined;
  return openJson(sealer, row.sealed, context(tenant, job, sequence)) as readonly ElementChange[];
}
