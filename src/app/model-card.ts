/** The model card of each tenant, wired. */
import { jurisdictionOf } from "../config/jurisdictions.ts";
import { appliedStyle } from "../core/house-style/house-style.ts";
import type { CardSubject } from "../core/model-card/model-card.ts";
import { promptVersion } from "../generation/model/prompt.ts";
import { readEvaluations } from "../model-card/evaluations.ts";
import type { ModelCardDeps } from "../model-card/route.ts";
import type { Foundation } from "./foundation.ts";
import { modelWrites } from "./generators.ts";
import { requireClients } from "./tenant-clients.ts";

export function modelCardDeps({ clients }: Pick<Foundation, "clients">, release: string): ModelCardDeps {
  const evaluations = readEvaluations();
  return {
    subjectOf(id): CardSubject {
      const { tenant } = requireClients(clients, id);
      const { language, generation } = tenant;
      const { model, style } = generation;
      const engine = modelWrites(language) ? generation.engine : "template";
      return {
        release,
        tenant: { engine, language, jurisdiction: jurisdictionOf(tenant).id },
        ...(model === undefined || engine !== "model"
          ? {}
          : { model: { provider: model.provider, name: model.model, promptVersion } }),
        ...(style === undefined ? {} : { style: `${style.version} (${appliedStyle(style).digest})` }),
        evaluations: evaluations.filter((evaluation) => evaluation.engine === engine),
      };
    },
  };
}
