/** 405 with Allow for a known path and an unknown method (RFC 9110, 15.5.6; attack list 38, 51). */
import type { Router } from "express";
import { AdapterError } from "../core/errors.ts";

/** Call it last: it closes every path that the router has so far. Returns the router. */
export function guardMethods(router: Router): Router {
  const methods = new Map<string, Set<string>>();
  for (const { route } of router.stack) {
    if (route === undefined) continue;
    const known = methods.get(route.path) ?? new Set();
    for (const { method } of route.stack) if (method !== undefined) known.add(method.toUpperCase());
    methods.set(route.path, known);
  }
  for (const [path, known] of methods) {
    if (known.has("GET")) known.add("HEAD");
    const allow = [...known].toSorted().join(", ");
    router.all(path, (_request, response) => {
      response.setHeader("allow", allow);
      throw new AdapterError("method_not_allowed", { message: `This method is not supported here; use ${allow}.` });
    });
  }
  return router;
}
