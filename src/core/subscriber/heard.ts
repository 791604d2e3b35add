/**
 * What an EHR's notification says, whatever form it has: a backport Bundle, its later R4B form, a bare resource, an empty
 * call. All of it is a hint: who believes it reads the resource from the EHR.
 */
import { z } from "zod";

export type HeardKind =
  | "handshake"
  | "heartbeat"
  | "event"
  /** A resource by itself, or its address: R4's own Subscriptions. */
  | "resource"
  /** That something happened, and nothing of what. */
  | "empty";

export interface HeardEvent {
  /** Undefined where the EHR gives it none. */
  readonly number: number | undefined;
  /** `Encounter/9`; undefined in an empty notification. */
  readonly focus: string | undefined;
}

export interface Heard {
  readonly kind: HeardKind;
  /** Word of Subscription.status, where the EHR tells it. */
  readonly status?: string;
  /** Events since the subscription began. */
  readonly counted?: number;
  readonly events: readonly HeardEvent[];
  /** `Patient/7`, whose the resource says it is, where one came along. */
  readonly patient?: string;
}

/** More is no notification: it would be a copy of the chart. */
const mostEvents = 1000;

/** The host does not count: many servers name themselves by another address than we call them by. */
const localReference = /(?:^|\/)([A-Z][A-Za-z]{2,63}\/[A-Za-z0-9\-.]{1,64})(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/u;

/** `Encounter/9` of an absolute or relative, versioned or plain reference. */
export function localOf(reference: string | undefined): string | undefined {
  return localReference.exec(reference ?? "")?.[1];
}

const text = z.string().max(2000);
const number = z.union([z.string().max(20), z.number()]).transform((value) => {
  const read = Number(value);
  return Number.isSafeInteger(read) && read >= 0 ? read : undefined;
});
const reference = z.looseObject({ reference: text.optional() });
const part = z.looseObject({
  name: text,
  valueString: number.optional().catch(undefined),
  valueInteger: number.optional().catch(undefined),
  valueInteger64: number.optional().catch(undefined),
  valueUnsignedInt: number.optional().catch(undefined),
  valueReference: reference.optional().catch(undefined),
  valueCode: text.optional().catch(undefined),
});
const parameters = z.looseObject({
  resourceType: z.literal("Parameters"),
  parameter: z.array(part.extend({ part: z.array(part).max(100).optional() })).max(mostEvents + 20),
});
const status = z.looseObject({
  resourceType: z.literal("SubscriptionStatus"),
  type: text,
  status: text.optional(),
  eventsSinceSubscriptionStart: number.optional(),
  notificationEvent: z
    .array(z.looseObject({ eventNumber: number.optional(), focus: reference.optional() }))
    .max(mostEvents)
    .optional(),
});
const bundle = z.looseObject({
  resourceType: z.literal("Bundle"),
  type: text.optional(),
  entry: z
    .array(
      z.looseObject({
        fullUrl: text.optional(),
        resource: z.looseObject({ resourceType: text, id: text.optional() }).optional(),
        request: z.looseObject({ method: text.optional(), url: text.optional() }).optional(),
      }),
    )
    .max(mostEvents + 1)
    .optional(),
});
const resource = z.looseObject({ resourceType: text, id: text.optional() });
const subjects = z.looseObject({
  subject: reference.optional().catch(undefined),
  patient: reference.optional().catch(undefined),
});

type Part = z.infer<typeof part>;
type Parameter = z.infer<typeof parameters>["parameter"][number];

const count = (found: Part | undefined): number | undefined =>
  found?.valueString ?? found?.valueInteger ?? found?.valueInteger64 ?? found?.valueUnsignedInt;

function kindOf(type: string | undefined): HeardKind {
  if (type === "handshake" || type === "heartbeat") return type;
  return "event";
}

function eventOf({ part: parts = [] }: Parameter): HeardEvent {
  const named = (name: string): Part | undefined => parts.find((one) => one.name === name);
  return { number: count(named("event-number")), focus: localOf(named("focus")?.valueReference?.reference) };
}

function ofParameters(list: readonly Parameter[]): Heard {
  const named = (name: string): Parameter | undefined => list.find((one) => one.name === name);
  const counted = count(named("events-since-subscription-start"));
  const word = named("status")?.valueCode;
  return {
    kind: kindOf(named("type")?.valueCode),
    ...(word === undefined ? {} : { status: word }),
    ...(counted === undefined ? {} : { counted }),
    events: list.filter(({ name }) => name === "notification-event").map(eventOf),
  };
}

function ofStatus(found: z.infer<typeof status>): Heard {
  const { eventsSinceSubscriptionStart: counted, status: word, notificationEvent = [] } = found;
  return {
    kind: kindOf(found.type),
    ...(word === undefined ? {} : { status: word }),
    ...(counted === undefined ? {} : { counted }),
    events: notificationEvent.map(({ eventNumber, focus }) => ({
      number: eventNumber,
      focus: localOf(focus?.reference),
    })),
  };
}

/** The status of a subscription, in either of its forms; undefined for everything else. */
export function readStatus(value: unknown): Heard | undefined {
  const inR4 = parameters.safeParse(value);
  if (inR4.success) return ofParameters(inR4.data.parameter);
  const inR4B = status.safeParse(value);
  return inR4B.success ? ofStatus(inR4B.data) : undefined;
}

function ofBundle(found: z.infer<typeof bundle>): Heard {
  const [first, ...rest] = found.entry ?? [];
  const told = readStatus(first?.resource);
  if (told !== undefined) {
    // Older servers name the focus by the entries only.
    if (told.kind !== "event" || told.events.length > 0) return told;
    return { ...told, events: focusesOf(rest) };
  }
  const events = focusesOf(found.entry ?? []);
  return { kind: events.length === 0 ? "empty" : "resource", events };
}

function focusesOf(entries: NonNullable<z.infer<typeof bundle>["entry"]>): readonly HeardEvent[] {
  return entries.flatMap((entry) => {
    const named = entry.resource?.id === undefined ? undefined : `${entry.resource.resourceType}/${entry.resource.id}`;
    const focus = localOf(named) ?? localOf(entry.fullUrl) ?? localOf(entry.request?.url);
    return focus === undefined ? [] : [{ number: undefined, focus }];
  });
}

function patientOf(value: unknown): { patient?: string } {
  const read = subjects.safeParse(value);
  const named = read.success ? localOf((read.data.subject ?? read.data.patient)?.reference) : undefined;
  return named?.startsWith("Patient/") === true ? { patient: named } : {};
}

/**
 * Reads a call at a subscription's endpoint.
 * @param address what stands behind the endpoint in the path: `Encounter/9` where the server puts the resource there
 * @param body parsed; undefined where none came
 * @returns undefined for a body that is no FHIR at all
 */
export function readHeard(address: string | undefined, body: unknown): Heard | undefined {
  const addressed = localOf(address);
  if (body === undefined)
    return addressed === undefined
      ? { kind: "empty", events: [] }
      : { kind: "resource", events: [{ number: undefined, focus: addressed }] };
  const asBundle = bundle.safeParse(body);
  if (asBundle.success) return ofBundle(asBundle.data);
  const alone = resource.safeParse(body);
  if (!alone.success) return undefined;
  const focus = addressed ?? localOf(`${alone.data.resourceType}/${alone.data.id ?? ""}`);
  if (focus === undefined) return { kind: "empty", events: [] };
  return { kind: "resource", events: [{ number: undefined, focus }], ...patientOf(body) };
}
