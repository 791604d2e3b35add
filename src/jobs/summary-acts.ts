/** The acts by name: what each demands before anything is touched, and what it is on the drawing. */
import { AdapterError } from "../core/errors.ts";
import type { JobsDeps } from "./deps.ts";
import type { Actor, IfMatch, Jobs } from "./jobs.ts";
import { changeSummary } from "./summary-change.ts";

function demand(text: string, at: string): string {
  const trimmed = text.trim();
  if (trimmed === "") throw new AdapterError("parameter_missing", { at });
  return trimmed;
}

/** A signature is a person's. Tickets, API clients and the system itself never give one. */
function requirePerson(actor: Actor): void {
  if (actor.kind !== "practitioner") throw new AdapterError("forbidden", { detail: `a ${actor.kind} may not sign` });
}

export function createSummaryActs(deps: JobsDeps): Pick<Jobs, "edit" | "sign" | "amend" | "retract" | "discard"> {
  const target = (tenant: string, id: string, ifMatch: IfMatch, actor: Actor): Parameters<typeof changeSummary>[1] => ({
    tenant,
    id,
    ifMatch,
    actor,
  });
  return {
    async edit(tenant, id, ifMatch, edits, actor, add = []) {
      return changeSummary(deps, target(tenant, id, ifMatch, actor), {
        transition: "edit",
        action: "summary.edit",
        edits,
        add,
        signs: false,
        newVersion: false,
        open: true,
      });
    },
    async sign(tenant, id, ifMatch, attestation, actor, sources) {
      requirePerson(actor);
      return changeSummary(deps, target(tenant, id, ifMatch, actor), {
        transition: "sign",
        action: "summary.sign",
        event: "summary.signed",
        attestation: demand(attestation, "attestation"),
        ...(sources === undefined ? {} : { sources }),
        signs: true,
        newVersion: false,
        open: false,
      });
    },
    async amend(tenant, id, ifMatch, reason, edits, actor, { attestation, sources } = {}) {
      requirePerson(actor);
      return changeSummary(deps, target(tenant, id, ifMatch, actor), {
        transition: "amend",
        action: "summary.amend",
        event: "summary.amended",
        reason: demand(reason, "reason"),
        edits,
        ...(attestation === undefined ? {} : { attestation: demand(attestation, "attestation") }),
        ...(sources === undefined ? {} : { sources }),
        signs: true,
        newVersion: true,
        open: false,
      });
    },
    async retract(tenant, id, ifMatch, reason, actor) {
      requirePerson(actor);
      return changeSummary(deps, target(tenant, id, ifMatch, actor), {
        transition: "retract",
        action: "summary.retract",
        event: "summary.retracted",
        reason: demand(reason, "reason"),
        signs: false,
        newVersion: false,
        open: false,
      });
    },
    async discard(tenant, id, ifMatch, reason, actor) {
      return changeSummary(deps, target(tenant, id, ifMatch, actor), {
        transition: "discard",
        action: "summary.discard",
        event: "summary.discarded",
        reason: demand(reason, "reason"),
        signs: false,
        newVersion: false,
        open: false,
      });
    },
  };
}
