/** The engine of each tenant, as its configuration names it. */
import type { TenantConfig } from "../config/tenant-schema.ts";
import type { Secrets } from "../config/secrets.ts";
import { AdapterError } from "../core/errors.ts";
import { languageOf } from "../core/language/language.ts";
import { createModelGenerator } from "../generation/model/model-generator.ts";
import { createOpenAiCompatibleProvider } from "../generation/model/openai-compatible/openai-compatible.ts";
import { structureChart } from "../generation/model/structure.ts";
import type { GenerationOptions, SummaryGenerator } from "../generation/summary-generator.ts";
import { createTemplateGenerator } from "../generation/template/template-generator.ts";
import type { GeneratorFor } from "../jobs/work.ts";
import type { Foundation } from "./foundation.ts";

/** Engines are made once for as long as a tenant stays as it is: a provider remembers what its server refuses. */
export function createGenerators({ tenants, secrets, clients }: Foundation): GeneratorFor {
  const template = createTemplateGenerator();
  const made = new WeakMap<TenantConfig, ReturnType<GeneratorFor>>();
  return (id) => {
    const tenant = tenants.byId(id);
    if (tenant === undefined) throw new AdapterError("not_found", { detail: "the job's tenant is not served here" });
    const known = made.get(tenant);
    if (known !== undefined) return known;
    const generator = engineOf(tenant, template, secrets, clients.of(id)?.modelFetch);
    const fresh = { generator, options: optionsOf(tenant) };
    made.set(tenant, fresh);
    return fresh;
  };
}

function optionsOf(tenant: TenantConfig): GenerationOptions {
  return {
    timeZone: tenant.timeZone,
    language: languageOf(tenant.language),
    jurisdiction: tenant.generation.jurisdiction,
  };
}

function engineOf(
  tenant: TenantConfig,
  template: SummaryGenerator,
  secrets: Secrets,
  modelFetch: typeof fetch | undefined,
): SummaryGenerator {
  const { engine, model } = tenant.generation;
  // A model's sentences count only through a gate, and the gate reads English.
  if (engine === "template" || languageOf(tenant.language) !== "en" || model === undefined || modelFetch === undefined)
    return template;
  const apiKey = secrets.get("apiKey", model);
  const provider = createOpenAiCompatibleProvider({
    baseUrl: model.baseUrl,
    model: model.model,
    fetch: modelFetch,
    timeouts: {
      firstChunkTimeoutMs: model.firstChunkTimeoutSeconds * 1000,
      chunkTimeoutMs: model.chunkTimeoutSeconds * 1000,
      totalTimeoutMs: model.totalTimeoutSeconds * 1000,
    },
    ...(apiKey === undefined ? {} : { apiKey }),
  });
  return createModelGenerator({ provider, structure: structureChart });
}
