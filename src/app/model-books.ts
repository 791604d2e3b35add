/** The books of model calls, wired: one for the process, with settings for each tenant. */
import type { ModelSettings } from "../config/generation-schema.ts";
import type { TenantConfig } from "../config/tenant-schema.ts";
import type { BookedFor, BookSettings, BooksDeps } from "../generation/books/books.ts";
import { governedBy } from "../generation/books/books.ts";
import type { FairPlaces } from "../generation/books/fair-places.ts";
import { createFairPlaces } from "../generation/books/fair-places.ts";
import { createPauses } from "../generation/books/pauses.ts";
import { watchRunningCalls } from "../generation/books/running-calls.ts";
import type { ModelGovernor } from "../generation/model/governor.ts";
import { newJobId } from "../jobs/new-id.ts";
import type { Foundation } from "./foundation.ts";
import { serverOf } from "./model-providers.ts";

export interface ModelBooks {
  governor(tenant: TenantConfig, bookedFor: BookedFor): ModelGovernor;
  close(): void;
}

/** All models that a tenant names, in the order in which they are asked. */
export function modelsOf({ generation }: TenantConfig): readonly ModelSettings[] {
  const { model, fallbacks } = generation;
  return model === undefined ? [] : [model, ...fallbacks];
}

function settingsOf(tenant: TenantConfig): BookSettings {
  const { budget, keepAnswersHours } = tenant.generation;
  const byName = new Map(modelsOf(tenant).map((model) => [model.model, model]));
  return {
    tenant: tenant.id,
    timeZone: tenant.timeZone,
    budget,
    maxWaitMs: budget.maxWaitSeconds * 1000,
    priceOf: (name) => byName.get(name)?.price,
    serverOf: (name) => {
      const model = byName.get(name);
      return model === undefined ? name : serverOf(model);
    },
    longestMs: (name) => (byName.get(name)?.totalTimeoutSeconds ?? 60) * 1000,
    keepAnswersSeconds: keepAnswersHours * 3600,
  };
}

export function openModelBooks({ database, sealer, wakeUp, config, metrics, onError }: Foundation): ModelBooks {
  const places = new Map<string, FairPlaces>();
  const running = watchRunningCalls({ pool: database.worker, wakeUp, onError: onError("model.stops_not_read") });
  const pauses = createPauses(wakeUp);
  const deps: BooksDeps = {
    pauses,
    pool: database.worker,
    sealer,
    running,
    placesAt: (server) => {
      const known = places.get(server) ?? createFairPlaces(config.models.concurrentCalls);
      places.set(server, known);
      return known;
    },
    now: () => Date.now(),
    newId: newJobId,
    measure: (...call) => metrics.models.call(...call),
    onError: onError("model.not_booked"),
  };
  return {
    governor: (tenant, bookedFor) => governedBy(deps, settingsOf(tenant), bookedFor),
    close: () => {
      running.close();
      pauses.close();
    },
  };
}
