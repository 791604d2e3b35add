import { parseOr400 } from "../../core/request-shape.ts";
import type { CdsRequest, HookContext, HookName } from "../cds-hooks.ts";
import { contexts } from "../schema/request.ts";
import { withoutNulls } from "./nulls.ts";

/** CDS Hooks library: encounter-discharge requires encounterId; patient-view leaves it open. */
export function checkContext({ context }: CdsRequest, hook: HookName): HookContext {
  return parseOr400(contexts[hook], withoutNulls(context), "context", ["context"]);
}
