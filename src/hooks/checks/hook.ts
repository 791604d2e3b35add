import { AdapterError } from "../../core/errors.ts";
import type { CdsRequest, HookName } from "../cds-hooks.ts";
import { hookNames } from "../cds-hooks.ts";
import type { CdsService } from "../service.ts";

/** The service must be on the hook that is invoked (2.0, 211: one id may be on several). */
export function checkHook({ hook }: CdsRequest, service: CdsService): HookName {
  const known = hookNames.find((name) => name === hook && service.hooks[name] !== undefined);
  if (known === undefined)
    throw new AdapterError("parameter_invalid", { at: "hook", message: "This service is not on that hook." });
  return known;
}
