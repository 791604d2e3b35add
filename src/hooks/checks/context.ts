import { AdapterError } from "../../core/errors.ts";
import type { CdsRequest, HookName } from "../cds-hooks.ts";

/** CDS Hooks library: encounter-discharge requires encounterId; patient-view leaves it open. */
export function checkContext(
  { context }: CdsRequest,
  hook: HookName,
): { readonly userId: string; readonly patient: string; readonly encounter?: string } {
  const { userId, patientId, encounterId } = context;
  if (hook === "encounter-discharge" && encounterId === undefined)
    throw new AdapterError("parameter_missing", { at: "context.encounterId" });
  return {
    userId,
    patient: `Patient/${patientId}`,
    ...(encounterId === undefined ? {} : { encounter: `Encounter/${encounterId}` }),
  };
}
