/** `handover model usage|stop|start`: the books and the switch, in the database that all replicas share. */
import type { ApplyDeps } from "../app/apply-tenants.ts";
import type { LoadInput } from "../config/load.ts";
import { loadConfig } from "../config/load.ts";
import { configurationError } from "../config/problem.ts";
import type { ModelStop, ModelUsage, UsageReport } from "../core/generation/books.ts";
import { everyModel } from "../core/generation/books.ts";
import { usageReport } from "../generation/books/report.ts";
import { modelStops, startModel, stopModel } from "../generation/books/stops.ts";
import type { Io } from "./io.ts";
import { exitCodes } from "./io.ts";
import { storedTenants, withTenantStore } from "./tenant-store.ts";

interface ModelCommand {
  readonly flags: NonNullable<LoadInput["flags"]>;
  readonly tenant: string;
}

const DAY_MS = 86_400_000;
const actor = { kind: "system", id: "cli" } as const;
const named = (model: string): string => (model === everyModel ? "Every model" : model);

/** Opens the database. @throws AdapterError configuration_invalid for a tenant that nobody ever named */
function inTenant<T>({ flags, tenant }: ModelCommand, work: (deps: ApplyDeps) => Promise<T>): Promise<T> {
  return withTenantStore(loadConfig({ flags }), async (deps) => {
    if (!(await storedTenants(deps)).some(({ id }) => id === tenant))
      throw configurationError([{ setting: "--tenant", source: "flag", message: `there is no tenant ${tenant}` }]);
    return work(deps);
  });
}

/** No hint from here: replicas read the stops before each call, and every two seconds while one runs. */
const stopDeps = ({ pool, audit }: ApplyDeps) => ({ pool, audit, wakeUp: { notify: () => undefined } });

function lineOf({ provider, model, mode, part, ...row }: ModelUsage): string {
  const sentences = row.sentencesStood + row.sentencesDropped;
  const median = row.medianMs === null ? "" : `, median ${Math.round(row.medianMs)} ms`;
  return (
    `  ${model} (${provider}), ${part}${mode === "shadow" ? ", shadow" : ""}: ${row.calls} calls` +
    `${row.cached === 0 ? "" : `, ${row.cached} from before`}${row.failed === 0 ? "" : `, ${row.failed} failed`}${median}; ` +
    `${row.inputTokens} tokens in, ${row.outputTokens} out, cost ${row.cost.toFixed(4)}; ` +
    `${row.sentencesDropped} of ${sentences} sentences refused\n`
  );
}

function print({ stops, ...report }: UsageReport & { readonly stops: readonly ModelStop[] }, io: Io): void {
  for (const { model, reason, stoppedBy, stoppedAt } of stops)
    io.stdout(`${named(model)} is stopped since ${stoppedAt} by ${stoppedBy}: ${reason}\n`);
  if (report.usage.length === 0) io.stdout(`No call of a model since ${report.since}.\n`);
  else io.stdout(`Since ${report.since}:\n`);
  for (const row of report.usage) io.stdout(lineOf(row));
  const drops = Object.entries(report.drops).map(([rule, count]) => `${rule} ${count}`);
  if (drops.length > 0) io.stdout(`Refused by rule: ${drops.join(", ")}\n`);
}

export async function modelUsage(
  command: ModelCommand & { readonly days: number; readonly json: boolean },
  io: Io,
): Promise<number> {
  const report = await inTenant(command, async ({ pool, now }) => {
    const since = new Date(now() - command.days * DAY_MS).toISOString();
    return {
      stops: await modelStops(pool, command.tenant),
      ...(await usageReport(pool, command.tenant, since)),
    };
  });
  if (command.json) io.stdout(`${JSON.stringify(report, undefined, 2)}\n`);
  else print(report, io);
  return exitCodes.ok;
}

export async function stop(
  command: ModelCommand & { readonly model: string; readonly reason: string },
  io: Io,
): Promise<number> {
  await inTenant(command, (deps) => stopModel(stopDeps(deps), command.tenant, command, actor));
  io.stdout(`${named(command.model)} is not asked any more. Calls under way end within two seconds.\n`);
  return exitCodes.ok;
}

export async function start(command: ModelCommand & { readonly model: string }, io: Io): Promise<number> {
  const was = await inTenant(command, (deps) => startModel(stopDeps(deps), command.tenant, command.model, actor));
  io.stdout(was ? `${named(command.model)} may be asked again.\n` : `${named(command.model)} was not stopped.\n`);
  return exitCodes.ok;
}
