/** Reading FHIR requests: search parameters, and the parameters of $status, from a query or a Parameters body. */
import { z } from "zod";
import { AdapterError } from "../core/errors.ts";
import type { SubscriptionQuery } from "./subscriptions.ts";

/** Values of one parameter: repeated and comma-separated both mean "one of these" here. */
function valuesOf(query: URLSearchParams, name: string): readonly string[] | undefined {
  const values = query
    .getAll(name)
    .flatMap((value) => value.split(","))
    .filter((value) => value !== "");
  return values.length === 0 ? undefined : values;
}

const statusWords: ReadonlySet<string> = new Set(["requested", "active", "error", "off"]);

function statusesOf(values: readonly string[] | undefined): readonly string[] | undefined {
  // A token may carry its system; the value set is closed, so only the code counts.
  const codes = values?.map((value) => value.slice(value.lastIndexOf("|") + 1));
  if (codes?.every((code) => statusWords.has(code)) === false) {
    throw new AdapterError("parameter_invalid", {
      at: "status",
      message: "Words of Subscription.status are requested, active, error and off.",
    });
  }
  return codes;
}

const searchParameters: ReadonlySet<string> = new Set(["_id", "url", "status", "criteria"]);

/** Unknown parameters are passed over, unless the client asked for strictness (FHIR R4, 3.1.1.4.1). */
export function readSearch(query: URLSearchParams, prefer: string | undefined): SubscriptionQuery {
  const unknown = [...query.keys()].find((name) => !searchParameters.has(name));
  if (unknown !== undefined && prefer?.includes("handling=strict") === true) {
    throw new AdapterError("parameter_invalid", {
      at: unknown.slice(0, 100),
      message: "This search parameter is not supported.",
    });
  }
  const [ids, urls, criteria] = [valuesOf(query, "_id"), valuesOf(query, "url"), valuesOf(query, "criteria")];
  const statuses = statusesOf(valuesOf(query, "status"));
  return {
    ...(ids === undefined ? {} : { ids }),
    ...(urls === undefined ? {} : { urls }),
    ...(statuses === undefined ? {} : { statuses }),
    ...(criteria === undefined ? {} : { criteria }),
  };
}

const parameters = z.object({
  resourceType: z.literal("Parameters"),
  parameter: z
    .array(
      z.object({
        name: z.string(),
        valueId: z.string().optional(),
        valueCode: z.string().optional(),
        valueString: z.string().optional(),
      }),
    )
    .max(200)
    .default([]),
});

/** Rows 108 to 112: ids and statuses, each "one of these"; none means all. */
export function readStatusQuery(query: URLSearchParams, body: unknown): Pick<SubscriptionQuery, "ids" | "statuses"> {
  const all = new URLSearchParams(query);
  if (body !== undefined) {
    const parsed = parameters.safeParse(body);
    if (!parsed.success) throw new AdapterError("parameter_invalid", { at: "Parameters" });
    for (const { name, valueId, valueCode, valueString } of parsed.data.parameter)
      all.append(name, valueId ?? valueCode ?? valueString ?? "");
  }
  const ids = valuesOf(all, "id");
  const statuses = statusesOf(valuesOf(all, "status"));
  return { ...(ids === undefined ? {} : { ids }), ...(statuses === undefined ? {} : { statuses }) };
}
