/** 405 with Allow for a known path and an unknown method (RFC 9110, 15.5.6; attack list 38, 51). */
import type { RequestHandler, Router } from "express";
import { AdapterError } from "../core/errors.ts";

/** Answers whatever a path does not offer. HEAD is offered wherever GET is: express answers it by the same handler. */
export function refuseOtherMethods(methods: Iterable<string>): RequestHandler {
  const known = new Set([...methods].map((method) => method.toUpperCase()));
  if (known.has("GET")) known.add("HEAD");
  const allow = [...known].toSorted().join(", ");
  return (_request, response) => {
    response.setHeader("allow", allow);
    throw new AdapterError("method_not_allowed", { message: `This method is not supported here; use ${allow}.` });
  };
}

/** Call it last: it closes every path that the router has so far. Returns the router. */
export function guardMethods(router: Router): Router {
  const methods = new Map<string, Set<string>>();
  for (const { route } of router.stack) {
    if (route === undefined) continue;
    const known = methods.get(route.path) ?? new Set();
    for (const { method } of route.stack) if (method !== undefined) known.add(method);
    methods.set(route.path, known);
  }
  for (const [path, known] of methods) router.all(path, refuseOtherMethods(known));
  return router;
}
