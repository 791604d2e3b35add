/** What the console asks about models, wired to books and settings. */
import type { ModelDesk } from "../console/model-routes.ts";
import { spentToday, usageReport } from "../generation/books/report.ts";
import { modelStops, startModel, stopModel } from "../generation/books/stops.ts";
import type { Foundation } from "./foundation.ts";

const DAY_MS = 86_400_000;

export function modelDesk({ database, audit, wakeUp, tenants }: Foundation): ModelDesk {
  const pool = database.http;
  const deps = { pool, audit, wakeUp };
  return {
    settings: (tenant) => tenants.byId(tenant)?.generation,
    spentToday: (tenant) => spentToday(pool, tenant, tenants.byId(tenant)?.timeZone ?? "UTC", Date.now()),
    usage: (tenant, days) => usageReport(pool, tenant, new Date(Date.now() - days * DAY_MS).toISOString()),
    stops: (tenant) => modelStops(pool, tenant),
    stop: (tenant, stop, actor) => stopModel(deps, tenant, stop, actor),
    start: (tenant, model, actor) => startModel(deps, tenant, model, actor),
  };
}
