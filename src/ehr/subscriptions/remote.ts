/** Our Subscriptions as the EHR holds them. Each function is one thing that is asked of it. */
import type { FhirResource, Subscription } from "fhir/r4.js";
import { z } from "zod";
import { AdapterError } from "../../core/errors.ts";
import type { Heard } from "../../core/subscriber/heard.ts";
import { localOf, readHeard, readStatus } from "../../core/subscriber/heard.ts";
import { backport } from "../../core/notification/names.ts";
import type { FhirGateway } from "../fhir-gateway.ts";
import { ehrStatusOf } from "../fhir-transport.ts";

/** Not offered, in the words of various servers. Whoever may not ask is told so by 403. */
const notOffered: ReadonlySet<number> = new Set([400, 403, 404, 405, 410, 422, 501]);

async function ifOffered<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (notOffered.has(ehrStatusOf(error) ?? 0)) return undefined;
    throw error;
  }
}

const statement = z.looseObject({
  rest: z
    .array(
      z.looseObject({
        resource: z
          .array(
            z.looseObject({
              type: z.string(),
              extension: z.array(z.looseObject({ url: z.string(), valueCanonical: z.string().optional() })).optional(),
            }),
          )
          .optional(),
      }),
    )
    .optional(),
});

/** Topics that the EHR lists where the backport says so (row 2); none where it lists none, or has no statement. */
export async function advertisedTopics(gateway: FhirGateway): Promise<readonly string[]> {
  const read = statement.safeParse(await ifOffered(() => gateway.get("metadata")));
  if (!read.success) return [];
  const entries = (read.data.rest ?? []).flatMap(({ resource = [] }) => resource);
  const extensions = entries.flatMap(({ type, extension = [] }) => (type === "Subscription" ? extension : []));
  return extensions.flatMap(({ url, valueCanonical }) =>
    url === backport.topicCanonical ? (valueCanonical ?? []) : [],
  );
}

const isSubscription = (resource: FhirResource): resource is Subscription => resource.resourceType === "Subscription";

/** One that a request whose answer never came has made: its endpoint is ours alone (row 129). */
async function findOwn(gateway: FhirGateway, endpoint: string): Promise<string | undefined> {
  const found = await ifOffered(() => gateway.search("Subscription", { url: endpoint }, 1));
  return (found?.resources ?? []).filter(isSubscription).find(({ channel }) => channel.endpoint === endpoint)?.id;
}

/**
 * Asks for a Subscription, and does not ask twice.
 * @param again a request was made before, and nobody knows what came of it
 * @returns its id at the EHR
 */
export async function createSubscription(gateway: FhirGateway, wanted: Subscription, again: boolean): Promise<string> {
  const { endpoint = "" } = wanted.channel;
  const known = again ? await findOwn(gateway, endpoint) : undefined;
  if (known !== undefined && (await rewriteSubscription(gateway, known, wanted))) return known;
  const { reference } = await gateway.create(wanted);
  const id = reference?.split("/")[1] ?? (await findOwn(gateway, endpoint));
  if (id === undefined)
    throw new AdapterError("ehr_failed", { detail: "the EHR made a Subscription and did not say which" });
  return id;
}

/** Writes it anew: asks for its return (row 82), or for more time. False where the EHR has none by this id. */
export async function rewriteSubscription(gateway: FhirGateway, id: string, wanted: Subscription): Promise<boolean> {
  const there = await gateway.read("Subscription", id);
  if (there === undefined) return false;
  const versionId = there.meta?.versionId;
  await gateway.update({
    ...wanted,
    id,
    ...(versionId === undefined ? {} : { meta: { ...wanted.meta, versionId } }),
  });
  return true;
}

/** Throws where the EHR does not let us: it would go on telling. */
export async function removeSubscription(gateway: FhirGateway, id: string): Promise<void> {
  await gateway.remove("Subscription", id);
}

export type RemoteState =
  | { readonly known: "gone" }
  /** The answer of $status. */
  | { readonly known: "status"; readonly heard: Heard }
  /** The resource alone: its status says what was asked, and proves nothing. */
  | { readonly known: "resource"; readonly status: string };

/** How it stands: by $status where that is offered, else by the resource. */
export async function lookAtSubscription(gateway: FhirGateway, id: string, byStatus: boolean): Promise<RemoteState> {
  const answer = byStatus ? await ifOffered(() => gateway.get(`Subscription/${id}/$status`)) : undefined;
  const heard = answer === undefined ? undefined : statusIn(answer, id);
  if (heard !== undefined) return { known: "status", heard: { ...heard, events: [] } };
  const there = await gateway.read("Subscription", id);
  if (there === undefined || !isSubscription(there)) return { known: "gone" };
  return { known: "resource", status: there.status };
}

const parameterNames = z.looseObject({
  parameter: z.array(
    z.looseObject({ name: z.string(), valueReference: z.looseObject({ reference: z.string().optional() }).optional() }),
  ),
});
const statusNames = z.looseObject({ subscription: z.looseObject({ reference: z.string().optional() }) });

function namedIn(resource: unknown): string | undefined {
  const inR4 = parameterNames.safeParse(resource);
  if (inR4.success)
    return localOf(inR4.data.parameter.find(({ name }) => name === "subscription")?.valueReference?.reference);
  const inR4B = statusNames.safeParse(resource);
  return inR4B.success ? localOf(inR4B.data.subscription.reference) : undefined;
}

/** Row 71. The state of this very one: a server that answers with all of them, or another's, has not answered. */
function statusIn(answer: FhirResource, id: string): Heard | undefined {
  const resources = answer.resourceType === "Bundle" ? (answer.entry ?? []).map(({ resource }) => resource) : [answer];
  const own = resources.find((resource) => namedIn(resource) === `Subscription/${id}`);
  return own === undefined ? undefined : readStatus(own);
}

/** Events `from` to `to`, both included (rows 116, 118, 119); undefined where the EHR keeps none. */
export async function fetchEvents(
  gateway: FhirGateway,
  id: string,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<Heard | undefined> {
  const query = `eventsSinceNumber=${from}&eventsUntilNumber=${to}&content=id-only`;
  const answer = await ifOffered(() => gateway.get(`Subscription/${id}/$events?${query}`));
  const heard = answer === undefined ? undefined : readHeard(undefined, answer);
  return heard === undefined || heard.kind !== "event" ? undefined : heard;
}
