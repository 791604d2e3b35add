/** Everything an attempt writes, each write void once the job has moved on. */
import type { EventData } from "../core/event/event.ts";
import type { JobStep } from "../core/job/status.ts";
import { progressAt } from "../core/job/status.ts";
import type { Section } from "../core/summary/summary.ts";
import type { Executor } from "../db/query.ts";
import { run } from "../db/query.ts";
import type { NewEvent } from "../events/event-log.ts";
import { FenceLost } from "../events/log.ts";
import type { ChartSnapshot } from "./snapshot.ts";
import { loadSnapshot, sealSnapshot, storeSnapshot } from "./snapshot.ts";
import { insertSection, readSections } from "./store-summary.ts";
import { holdJob, setProgress, unfinishedSections } from "./store-work.ts";
import { openSection, sealSection } from "./summary-content.ts";
import { taskData } from "./view.ts";
import type { Claimed, WorkDeps } from "./work.ts";

/** Locks the job's row for this attempt; throws FenceLost when it is somebody else's. */
export async function hold(
  tx: Executor,
  claimed: Claimed,
): Promise<{ readonly failures: number; readonly started_at: Date; readonly source: string }> {
  const [row] = await run(tx, holdJob, claimed.tenant, claimed.job, String(claimed.epoch));
  if (row === undefined) throw new FenceLost();
  return row;
}

/** Appends draft events by one statement, without a transaction around it. */
export async function appendDraft(deps: WorkDeps, claimed: Claimed, events: readonly NewEvent[]): Promise<void> {
  await deps.eventLog.appendFenced(deps.database.worker, claimed.tenant, claimed.job, claimed.epoch, events);
  deps.wakeUp.notify("job", `${claimed.tenant}/${claimed.job}`);
}

/** Shows where the work stands. */
export async function reportStep(deps: WorkDeps, claimed: Claimed, step: JobStep): Promise<void> {
  const at = progressAt(step);
  const data: EventData = {
    ...taskData("in-progress", claimed),
    attempt: claimed.attempt,
    step,
    index: at.index,
    of: at.of,
    progress: at.value,
  };
  await deps.database.worker.transaction(claimed.tenant, async (tx) => {
    const moved = await run(tx, setProgress, claimed.tenant, claimed.job, String(claimed.epoch), step, at.value);
    if (moved.length === 0) throw new FenceLost();
    await deps.eventLog.appendFenced(tx, claimed.tenant, claimed.job, claimed.epoch, [{ type: "task.progress", data }]);
  });
  deps.wakeUp.notify("job", `${claimed.tenant}/${claimed.job}`);
  deps.wakeUp.notify("appended");
}

/** Keeps the chart as it was read, so that a later attempt writes from the same one. */
export async function keepChart(deps: WorkDeps, claimed: Claimed, chart: ChartSnapshot): Promise<void> {
  const sealed = await sealSnapshot(deps.sealer, claimed.tenant, claimed.job, "read", chart);
  await deps.database.worker.transaction(claimed.tenant, async (tx) => {
    await hold(tx, claimed);
    await storeSnapshot(tx, claimed.tenant, claimed.job, "read", sealed);
  });
}

/** A chart kept by an earlier attempt (`read`), or what came with the request (`given`). */
export async function keptChart(
  deps: WorkDeps,
  claimed: Claimed,
  kind: "read" | "given",
): Promise<ChartSnapshot | undefined> {
  return loadSnapshot(deps.database.worker, deps.sealer, claimed.tenant, claimed.job, kind);
}

/** A finished section: kept for later attempts and told to the readers in one transaction. It is never written again. */
export async function keepSection(
  deps: WorkDeps,
  claimed: Claimed,
  section: Section,
  before: readonly NewEvent[],
): Promise<void> {
  const sealed = sealSection(deps.sealer, claimed.tenant, claimed.job, section);
  const finished: NewEvent = {
    type: "draft.section",
    data: { section: section.id, attempt: claimed.attempt, state: "finished", content: section },
  };
  await deps.database.worker.transaction(claimed.tenant, async (tx) => {
    await hold(tx, claimed);
    await run(tx, insertSection, claimed.tenant, claimed.job, section.id, claimed.attempt, sealed);
    await deps.eventLog.appendFenced(tx, claimed.tenant, claimed.job, claimed.epoch, [...before, finished]);
  });
  deps.wakeUp.notify("job", `${claimed.tenant}/${claimed.job}`);
}

/** Sections that earlier attempts finished. */
export async function keptSections(deps: WorkDeps, claimed: Claimed): Promise<readonly Section[]> {
  const rows = await run(deps.database.worker, readSections, claimed.tenant, claimed.job);
  return rows.map((row) => openSection(deps.sealer, claimed.tenant, claimed.job, row));
}

/** Tells the readers that draft text of a dead attempt is void. */
export async function resetUnfinished(deps: WorkDeps, claimed: Claimed): Promise<void> {
  const rows = await run(deps.database.worker, unfinishedSections, claimed.tenant, claimed.job);
  const events = rows.map((row): NewEvent => ({
    type: "draft.reset",
    data: { section: row.section, attempt: claimed.attempt },
  }));
  if (events.length > 0) await appendDraft(deps, claimed, events);
}
