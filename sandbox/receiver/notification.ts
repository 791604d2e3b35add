/** Reads an R4 notification Bundle of the Subscriptions R5 Backport 1.1 and finds what is wrong with it. */
import { z } from "zod";

const part = z.object({
  name: z.string(),
  valueString: z.string().optional(),
  valueInstant: z.string().optional(),
  valueCode: z.string().optional(),
  valueCanonical: z.string().optional(),
  valueReference: z.object({ reference: z.string().optional() }).optional(),
});
const parameter = part.extend({ part: z.array(part).optional() });
const statusParameters = z.object({ resourceType: z.literal("Parameters"), parameter: z.array(parameter) });
const entry = z.object({
  fullUrl: z.string().optional(),
  resource: z.looseObject({ resourceType: z.string() }).optional(),
  request: z.object({ method: z.string(), url: z.string() }).optional(),
  response: z.object({ status: z.string() }).optional(),
});
const bundle = z.object({
  resourceType: z.literal("Bundle"),
  type: z.string(),
  timestamp: z.string().optional(),
  entry: z.array(entry).min(1),
});

type Part = z.infer<typeof part>;
type Parameter = z.infer<typeof parameter>;
type Entry = z.infer<typeof entry>;

export type PayloadContent = "empty" | "id-only" | "full-resource";

export interface NotificationEvent {
  readonly number: number;
  readonly timestamp: string | undefined;
  readonly focus: string | undefined;
}

export interface NotificationContent {
  readonly type: string;
  readonly subscription: string | undefined;
  readonly topic: string | undefined;
  readonly status: string | undefined;
  /** Absent in a Bundle that does not say. */
  readonly eventsSinceStart: number | undefined;
  readonly events: readonly NotificationEvent[];
}

export interface ReadNotification {
  readonly content: NotificationContent | undefined;
  /** One line each, with the number of the requirement (backport 1.1.0) that it breaks where there is one. */
  readonly violations: readonly string[];
}

/** Reads `body` as a notification with the payload that was subscribed to. */
export function readNotification(body: unknown, payload: PayloadContent): ReadNotification {
  const parsed = bundle.safeParse(body);
  if (!parsed.success) return { content: undefined, violations: ["the body is no Bundle with an entry"] };
  const [first, ...rest] = parsed.data.entry;
  const status = statusParameters.safeParse(first?.resource);
  if (!status.success) return { content: undefined, violations: ["14: the first entry is no status Parameters"] };
  const content = readStatus(status.data.parameter);
  const violations = [
    ...(parsed.data.type === "history" ? [] : ["14: Bundle.type is not history"]),
    ...statusEntryViolations(first),
    ...statusViolations(content),
    ...payloadViolations(content, rest, payload),
  ];
  return { content, violations };
}

function readStatus(parameters: readonly Parameter[]): NotificationContent {
  const named = (name: string): Parameter | undefined => parameters.find((candidate) => candidate.name === name);
  const since = named("events-since-subscription-start")?.valueString;
  return {
    type: named("type")?.valueCode ?? "",
    subscription: named("subscription")?.valueReference?.reference,
    topic: named("topic")?.valueCanonical,
    status: named("status")?.valueCode,
    eventsSinceStart: since === undefined ? undefined : Number(since),
    events: parameters.filter(({ name }) => name === "notification-event").map((event) => readEvent(event.part ?? [])),
  };
}

function readEvent(parts: readonly Part[]): NotificationEvent {
  const named = (name: string): Part | undefined => parts.find((candidate) => candidate.name === name);
  return {
    number: Number(named("event-number")?.valueString ?? Number.NaN),
    timestamp: named("timestamp")?.valueInstant,
    focus: named("focus")?.valueReference?.reference,
  };
}

function statusEntryViolations(first: Entry | undefined): readonly string[] {
  const violations: string[] = [];
  if (first?.fullUrl === undefined) violations.push("the status entry has no fullUrl");
  const request = first?.request;
  if (request?.method !== "GET" || !request.url.endsWith("/$status")) {
    violations.push("15: the status entry's request is not GET .../$status");
  }
  if (first?.response === undefined) violations.push("the status entry has no response (bdl-4)");
  return violations;
}

const TYPES: ReadonlySet<string> = new Set(["handshake", "heartbeat", "event-notification"]);
const STATUSES: ReadonlySet<string> = new Set(["requested", "active", "error", "off"]);

function statusViolations(content: NotificationContent): readonly string[] {
  const violations: string[] = [];
  if (!TYPES.has(content.type)) violations.push(`71: '${content.type}' is no type of a pushed notification`);
  if (content.subscription === undefined) violations.push("69: the status names no subscription");
  if (!STATUSES.has(content.status ?? "")) violations.push("69: the status has no subscription status");
  const { eventsSinceStart } = content;
  if (eventsSinceStart !== undefined && !Number.isSafeInteger(eventsSinceStart)) {
    violations.push("102: events-since-subscription-start is no whole number");
  }
  return [...violations, ...eventViolations(content)];
}

function eventViolations({ type, events }: NotificationContent): readonly string[] {
  if (type !== "event-notification") {
    return events.length === 0 ? [] : [`102: a ${type} carries events`];
  }
  if (events.length === 0) return ["102: an event-notification without notification-event"];
  const violations = events.flatMap(({ number }) =>
    Number.isSafeInteger(number) && number > 0 ? [] : ["103: an event-number is no positive whole number"],
  );
  const ordered = events.every(({ number }, index) => index === 0 || number === (events[index - 1]?.number ?? 0) + 1);
  return ordered ? violations : [...violations, "103: the event-numbers of one Bundle are not in sequence"];
}

/** Rows 38 to 45: what each level of content may and must carry. */
function payloadViolations(
  { type, events }: NotificationContent,
  entries: readonly Entry[],
  payload: PayloadContent,
): readonly string[] {
  const violations: string[] = [];
  for (const { fullUrl, resource, request } of entries) {
    if (request === undefined) violations.push("15: an entry has no request");
    if (payload === "empty") violations.push("39: an empty notification has an entry besides its status");
    if (payload === "id-only" && resource !== undefined) violations.push("40: an id-only notification has a resource");
    if (payload === "id-only" && fullUrl === undefined) violations.push("42: an id-only entry has no fullUrl");
    if (payload === "full-resource" && resource === undefined) violations.push("43: a full entry has no resource");
  }
  if (type !== "event-notification") return violations;
  const focused = events.every(({ focus }) => focus !== undefined);
  if (payload === "empty" && events.some(({ focus }) => focus !== undefined)) violations.push("38: empty with a focus");
  if (payload !== "empty" && !focused) violations.push("40: an event has no focus");
  return violations;
}
