import type { AccessGrant } from "./access.ts";
import type { Interaction, InteractionResult } from "./interaction.ts";
import type { JournalEntry } from "./journal.ts";
import { FhirError } from "./outcome.ts";
import { isObject, isResource } from "./resource.ts";

type Entry = Omit<JournalEntry, "sequence">;

/** What the journal notes of one request: itself and, for a Bundle that was carried out, each write in it. */
export function journalEntries(
  request: Interaction,
  result: InteractionResult | FhirError,
  grant: AccessGrant,
  at: Date,
): Entry[] {
  const who = { clientId: grant.clientId, ...(grant.fhirUser && { fhirUser: grant.fhirUser }) };
  const own: Entry = {
    time: at.toISOString(),
    method: request.method,
    path: request.path,
    status: result.status,
    write: request.path !== "" && request.method !== "GET" && !request.path.endsWith("/_search"),
    ...what(result instanceof FhirError ? undefined : result.resource, request),
    ...(request.ifNoneExist !== undefined && { ifNoneExist: request.ifNoneExist }),
    ...(request.ifMatch !== undefined && { ifMatch: request.ifMatch }),
    ...who,
  };
  return [own, ...(request.path === "" ? bundleEntries(request, result, own) : [])];
}

/** The resource as it was answered, or as it was sent when the request was refused or deleted something. */
function what(
  answered: unknown,
  request: Interaction,
): Pick<JournalEntry, "resourceType" | "id" | "versionId" | "identifiers"> {
  const [type, id] = request.path.split("/");
  const resource = isResource(answered) ? answered : undefined;
  const isSet = resource?.resourceType === "Bundle" && type !== "Bundle";
  const seen = isSet ? undefined : (resource ?? (isResource(request.body) ? request.body : undefined));
  const meta = isObject(seen?.["meta"]) ? seen["meta"] : {};
  const knownId = (isSet ? undefined : resource?.id) ?? (request.method === "POST" ? undefined : id);
  return {
    ...(type && { resourceType: type }),
    ...(knownId && { id: knownId }),
    ...(resource && !isSet && typeof meta["versionId"] === "string" && { versionId: meta["versionId"] }),
    identifiers: identifiersOf(seen),
  };
}

function identifiersOf(resource: unknown): JournalEntry["identifiers"] {
  const identifier = isResource(resource) ? resource["identifier"] : undefined;
  return [identifier].flat().flatMap((one: unknown) => {
    if (!isObject(one)) return [];
    const { system, value } = one;
    return [{ ...(typeof system === "string" && { system }), ...(typeof value === "string" && { value }) }];
  });
}

function bundleEntries(request: Interaction, result: InteractionResult | FhirError, own: Entry): Entry[] {
  if (result instanceof FhirError) return [];
  const answers = entriesOf(result.resource);
  return entriesOf(request.body).flatMap((entry, at) => {
    const asked = isObject(entry["request"]) ? entry["request"] : {};
    const answer = answers[at];
    const response = isObject(answer?.["response"]) ? answer["response"] : {};
    const method = String(asked["method"]);
    const path = String(asked["url"]).split("?")[0] ?? "";
    const part: Interaction = { ...request, method, path, body: entry["resource"] };
    const status = Number(response["status"]) || own.status;
    return method === "GET" ? [] : [{ ...own, method, path, status, write: true, ...what(answer?.["resource"], part) }];
  });
}

function entriesOf(bundle: unknown): Record<string, unknown>[] {
  return isResource(bundle) && Array.isArray(bundle["entry"]) ? bundle["entry"].filter(isObject) : [];
}
