/** Reading FHIR requests: search parameters, and the parameters of $status, from a query or a Parameters body. */
import { z } from "zod";
import { AdapterError } from "../core/errors.ts";
import { checkKnown, codeOf, valuesOf } from "../http/fhir/search-request.ts";
import type { SubscriptionQuery } from "./subscriptions.ts";

const statusWords: ReadonlySet<string> = new Set(["requested", "active", "error", "off"]);

function statusesOf(values: readonly string[] | undefined): readonly string[] | undefined {
  // A token may carry its system; the value set is closed, so only the code counts.
  const codes = values?.map(codeOf);
  if (codes?.every((code) => statusWords.has(code)) === false) {
    throw new AdapterError("parameter_invalid", {
      at: "status",
      message: "Words of Subscription.status are requested, active, error and off.",
    });
  }
  return codes;
}

/** What a Subscription can be searched by (row 129 asks for `url`). */
export const subscriptionSearchParam = [
  { name: "_id", type: "token" },
  { name: "criteria", type: "string" },
  { name: "status", type: "token" },
  { name: "url", type: "uri" },
] as const;

const searchParameters: ReadonlySet<string> = new Set(subscriptionSearchParam.map(({ name }) => name));

export function readSearch(query: URLSearchParams, prefer: string | undefined): SubscriptionQuery {
  checkKnown(query, searchParameters, prefer);
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
