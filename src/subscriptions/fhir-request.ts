/** Reading FHIR requests: search parameters, and the parameters of $status, from a query or a Parameters body. */
import { z } from "zod";
import { AdapterError } from "../core/errors.ts";
import type { PayloadContent } from "../core/notification/notification.ts";
import { payloadContents } from "../core/notification/notification.ts";
import { codeOf, passedOver, resultWish, understood, valuesOf } from "../http/fhir/search-request.ts";
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

/** What of the result is wanted, and the search as it was understood. All are found at once: there are no pages and no order. */
export function readWish(query: URLSearchParams, prefer: string | undefined) {
  const { countOnly, unmet } = resultWish(query);
  const unsorted = query.has("_sort") ? ["_sort"] : [];
  const passed = passedOver(query, searchParameters, prefer, [...unmet, ...unsorted]);
  return { countOnly, self: understood(query, passed) };
}

export function readSearch(query: URLSearchParams): SubscriptionQuery {
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
        valueUnsignedInt: z.int().nonnegative().optional(),
      }),
    )
    .max(200)
    .default([]),
});

/** Named values of an operation, from the query and from a Parameters body. Throws 400 for a body that is none. */
export function operationValues(query: URLSearchParams, body: unknown): URLSearchParams {
  const all = new URLSearchParams(query);
  if (body === undefined) return all;
  const parsed = parameters.safeParse(body);
  if (!parsed.success) throw new AdapterError("parameter_invalid", { at: "Parameters" });
  for (const { name, valueId, valueCode, valueString, valueUnsignedInt } of parsed.data.parameter)
    all.append(name, valueId ?? valueCode ?? valueString ?? String(valueUnsignedInt ?? ""));
  return all;
}

/** What a client asks of $events. */
export interface EventsQuery {
  /** Event numbers, both included (rows 118, 119). */
  readonly from: number;
  readonly to: number;
  /** What the client would like (row 117); absent: as subscribed. */
  readonly content?: PayloadContent;
  /** How long to wait for a first event, milliseconds: a word of our own, for systems that can only call out. */
  readonly waitMs: number;
}

const longestWaitSeconds = 30;

function numberOf(values: URLSearchParams, name: string, fallback: number, most = Number.MAX_SAFE_INTEGER): number {
  const value = values.get(name);
  if (value === null || value === "") return fallback;
  const number = /^\d{1,15}$/u.test(value) ? Number(value) : Number.NaN;
  if (number <= most) return number;
  throw new AdapterError("parameter_invalid", { at: name, message: `A whole number up to ${most} is expected.` });
}

export function readEventsQuery(query: URLSearchParams, body: unknown): EventsQuery {
  const values = operationValues(query, body);
  const content = payloadContents.find((word) => word === values.get("content"));
  return {
    from: numberOf(values, "eventsSinceNumber", 1),
    to: numberOf(values, "eventsUntilNumber", Number.MAX_SAFE_INTEGER),
    ...(content === undefined ? {} : { content }),
    waitMs: numberOf(values, "wait", 0, longestWaitSeconds) * 1000,
  };
}

/** Rows 108 to 112: ids and statuses, each "one of these"; none means all. */
export function readStatusQuery(query: URLSearchParams, body: unknown): Pick<SubscriptionQuery, "ids" | "statuses"> {
  const all = operationValues(query, body);
  const ids = valuesOf(all, "id");
  const statuses = statusesOf(valuesOf(all, "status"));
  return { ...(ids === undefined ? {} : { ids }), ...(statuses === undefined ? {} : { statuses }) };
}
