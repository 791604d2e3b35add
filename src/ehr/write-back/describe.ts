/** What would be sent into the EHR, and why: the write itself, against an EHR that changes nothing. */
import type { BuiltInProfile } from "../../config/write-profiles.ts";
import type { WriteProfile } from "../../config/write-profile-schema.ts";
import { builtIn } from "../../config/write-profile-schema.ts";
import type { TrialRequest } from "./trial-ehr.ts";

export interface DescribedSetting {
  readonly name: string;
  readonly value: unknown;
  /** `jurisdiction`: neither the tenant nor its profile names a type. */
  readonly from: "tenant" | "built-in" | "jurisdiction";
  readonly why?: string;
}

export interface DescribedRequest extends TrialRequest {
  readonly why: string;
}

export interface WriteDescription {
  readonly profile: {
    readonly basedOn: string;
    readonly about: string;
    readonly settings: readonly DescribedSetting[];
  };
  /** Of which version; a sample is of nobody. */
  readonly document: { readonly sample: boolean; readonly version: number; readonly docStatus: string };
  readonly notes: readonly string[];
  /** In order. */
  readonly requests: readonly DescribedRequest[];
}

function settingOf(profile: WriteProfile, { settings, why }: BuiltInProfile, type: string) {
  return (name: keyof BuiltInProfile["settings"]): DescribedSetting => {
    const reason = why[name];
    if (profile.own.includes(name)) return { name, value: profile[name], from: "tenant" };
    if (name === "type" && settings.type === undefined) return { name, value: type, from: "jurisdiction" };
    return { name, value: profile[name], from: "built-in", ...(reason === undefined ? {} : { why: reason }) };
  };
}

/** @param type the jurisdiction's code of the document */
export function describedProfile(profile: WriteProfile, type: string): WriteDescription["profile"] {
  const source = builtIn(profile.basedOn);
  const names = [
    "when",
    "credential",
    "type",
    "contentTypes",
    "docStatus",
    "aiLabel",
    "author",
    "authenticator",
    "provenance",
    "transaction",
    "conditionalCreate",
    "findBy",
    "profiles",
    "maxBytes",
  ] as const;
  return { basedOn: profile.basedOn, about: source.about, settings: names.map(settingOf(profile, source, type)) };
}

/** Why a request is made, by what it is. */
export function whyOf({ method, url, headers, body }: TrialRequest, base: string, profile: WriteProfile): string {
  const path = url.slice(base.length).replace(/^\//u, "").split("?")[0] ?? "";
  const conditional = headers["if-none-exist"] !== undefined;
  if (method === "PUT") return reasonOfMark(body);
  if (method === "POST" && path === "")
    return "Document, and what goes beside it, at once: all of it is written, or nothing. Each entry only if it is not there yet.";
  if (method === "POST" && path === "Provenance")
    return "Says that software wrote the document, from which records, and who verified it.";
  if (method === "POST")
    return conditional
      ? "The document. If-None-Exist: where an earlier try has written it, the EHR answers with that one."
      : "The document. It is not conditional (conditionalCreate is false): that it is not there yet was looked up before.";
  if (path === "DocumentReference")
    return profile.findBy === "stay"
      ? "Looks among the stay's documents for this one, by the time of its signature: an earlier try may have written it."
      : "Looks for this document by its identifier: an earlier try may have written it.";
  if (path === "Provenance") return "Looks whether its Provenance is there already.";
  if (path.startsWith("DocumentReference/")) return "Reads the document before this one, to mark it.";
  return "Names patient and stay in the document.";
}

function reasonOfMark(body: unknown): string {
  const status: unknown = typeof body === "object" && body !== null ? Reflect.get(body, "status") : undefined;
  return status === "entered-in-error"
    ? "Marks the document as entered in error; its content stays for the record."
    : "Marks the document before as superseded; its content stays for the record.";
}

export function describedRequests(
  requests: readonly TrialRequest[],
  base: string,
  profile: WriteProfile,
): readonly DescribedRequest[] {
  return requests.map((request) => ({ ...request, why: whyOf(request, base, profile) }));
}
