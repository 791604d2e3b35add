/** The engine of each tenant, as its configuration names it. */
import { jurisdictionOf } from "../config/jurisdictions.ts";
import type { TenantConfig } from "../config/tenant-schema.ts";
import { AdapterError } from "../core/errors.ts";
import { inPilot } from "../core/generation/pilot.ts";
import { appliedStyle } from "../core/house-style/house-style.ts";
import { languageOf } from "../core/language/language.ts";
import { wordingWith } from "../core/language/wording.ts";
import { createModelGenerator } from "../generation/model/model-generator.ts";
import { structureChart } from "../generation/model/structure.ts";
import type { ShadowRuns } from "../generation/shadow.ts";
import { createShadowGenerator, createShadowRuns } from "../generation/shadow.ts";
import type { GenerationOptions, SummaryGenerator } from "../generation/summary-generator.ts";
import { createTemplateGenerator } from "../generation/template/template-generator.ts";
import type { GeneratorFor } from "../jobs/work.ts";
import type { Foundation } from "./foundation.ts";
import type { ModelBooks } from "./model-books.ts";
import { modelsOf, openModelBooks } from "./model-books.ts";
import { providerOf } from "./model-providers.ts";

export interface Generators {
  readonly of: GeneratorFor;
  /** Ends what runs for nobody, and stops looking at stops. */
  close(): Promise<void>;
}

/** Engines are made once for as long as a tenant stays as it is: a provider remembers what its server refuses. */
export function createGenerators(foundation: Foundation): Generators {
  const { tenants, onError } = foundation;
  const template = createTemplateGenerator();
  const made = new WeakMap<TenantConfig, ReturnType<GeneratorFor>>();
  const books = openModelBooks(foundation);
  const shadows = createShadowRuns(onError("shadow.failed"));
  return {
    of: (id) => {
      const tenant = tenants.byId(id);
      if (tenant === undefined) throw new AdapterError("not_found", { detail: "the job's tenant is not served here" });
      const known = made.get(tenant);
      if (known !== undefined) return known;
      const generator = engineOf(tenant, { template, foundation, books, shadows });
      const fresh = { generator, options: optionsOf(tenant), sensitivity: tenant.sensitivity };
      made.set(tenant, fresh);
      return fresh;
    },
    close: async () => {
      await shadows.stop();
      books.close();
    },
  };
}

function optionsOf(tenant: TenantConfig): GenerationOptions {
  const { timeZone, language: tag, generation } = tenant;
  const { style } = generation;
  const language = languageOf(tag);
  const own = style === undefined ? {} : { style: appliedStyle(style), words: wordingWith(language, style.texts) };
  return { timeZone, language, jurisdiction: jurisdictionOf(tenant), ...own };
}

interface EngineParts {
  readonly template: SummaryGenerator;
  readonly foundation: Foundation;
  readonly books: ModelBooks;
  readonly shadows: ShadowRuns;
}

/** The gate reads English. Where a summary is written in another language no model is asked for sentences that would all fall. */
export const modelWrites = (language: string): boolean => languageOf(language) === "en";

function engineOf(tenant: TenantConfig, parts: EngineParts): SummaryGenerator {
  const { template, shadows } = parts;
  const { engine, shadow, pilot } = tenant.generation;
  const model = engine === "model" && modelWrites(tenant.language) ? modelEngine(tenant, parts) : undefined;
  if (model === undefined) return template;
  const inside = shadow ? createShadowGenerator(template, model, shadows) : model;
  if (pilot === undefined) return inside;
  return {
    engine: inside.engine,
    generate: (request) => (inPilot(request.chart, pilot) ? inside : template).generate(request),
  };
}

function modelEngine(tenant: TenantConfig, { foundation, books }: EngineParts): SummaryGenerator | undefined {
  const { secrets, clients } = foundation;
  const fetch = clients.of(tenant.id)?.modelFetch;
  const [settings, ...others] = modelsOf(tenant);
  if (settings === undefined || fetch === undefined) return undefined;
  const mode = tenant.generation.shadow ? "shadow" : "shown";
  return createModelGenerator({
    provider: providerOf(settings, secrets, fetch),
    fallbacks: others.map((other) => providerOf(other, secrets, fetch)),
    structure: (chart, options) => structureChart(chart, options, tenant.sensitivity),
    parts: tenant.generation.parts,
    onRefused: tenant.generation.onRefused,
    governor: ({ job }) => books.governor(tenant, { job, mode }),
  });
}
