/** POST /cds-services/{id}/feedback: what became of cards (CDS Hooks 2.0, 148 ff.). */
import type { Audit } from "../audit/audit.ts";
import type { CallerDeps, ClientCertificate, OnIssuer } from "./caller.ts";
import { identifyCaller } from "./caller.ts";
import type { CardMemory } from "./card-memory.ts";
import { feedbackRequest } from "./cds-hooks.ts";
import { withoutAnyNulls } from "./checks/nulls.ts";
import { parseOr400 } from "../core/request-shape.ts";
import type { CdsService } from "./service.ts";

export interface FeedbackDeps extends CallerDeps {
  readonly publicUrl: string;
  readonly memory: CardMemory;
  readonly audit: Audit;
}

export interface FeedbackInput {
  readonly service: CdsService;
  readonly authorization: string | undefined;
  readonly certificate: ClientCertificate;
  readonly body: unknown;
  readonly onIssuer: OnIssuer;
}

/** Stores each piece once; a client may send several cards together and repeat itself. */
export function createFeedback(
  deps: FeedbackDeps,
): (input: FeedbackInput) => Promise<{ readonly tenant: string; readonly stored: number }> {
  return async (input) => {
    const endpoint = `${deps.publicUrl}/cds-services/${input.service.id}/feedback`;
    const { tenant, actor } = await identifyCaller(deps, { ...input, endpoint });
    const { feedback } = parseOr400(feedbackRequest, withoutAnyNulls(input.body), "body");
    const stored = await deps.memory.storeFeedback(tenant.id, feedback);
    for (const { item, job, encounter, userId } of stored) {
      const about = { ...(encounter === undefined ? {} : { encounter }), ...(job === undefined ? {} : { job }) };
      await deps.audit.record({
        tenant: tenant.id,
        action: "hook.feedback",
        outcome: "success",
        actor: { ...actor, display: userId },
        reason: item.outcome,
        ...about,
      });
    }
    return { tenant: tenant.id, stored: stored.length };
  };
}
