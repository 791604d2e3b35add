/** The hospital that a caller names: a token of its EHR says nothing of where it comes from. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { annotate } from "../http/annotations.ts";
import type { Foundation } from "./foundation.ts";

interface Named extends IncomingMessage {
  readonly res?: ServerResponse | undefined;
  get(name: string): string | undefined;
}

export function namedTenant(tenants: Pick<Foundation["tenants"], "byId">, request: Named): string | undefined {
  const tenant = request.get("x-handover-tenant");
  // A refusal belongs into that hospital's audit log, once it is one that takes tokens of its EHR.
  if (tenants.byId(tenant ?? "")?.ehr.introspection !== undefined && request.res !== undefined)
    annotate(request.res, { tenant });
  return tenant;
}
