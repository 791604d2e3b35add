/** Asks the EHR, before a signature, whether the records that a draft cites still say what they said. */
import type { FhirResource } from "fhir/r4.js";
import { createDatePrinter } from "../core/facts/dates.ts";
import { AdapterError } from "../core/errors.ts";
import type { Language } from "../core/language/language.ts";
import { wordingOf } from "../core/language/wording.ts";
import { sourceChanges } from "../core/staleness/source-change.ts";
import type { SourceCheck, UnreadReason } from "../core/staleness/source-check.ts";
import { nameChanges } from "../core/staleness/source-check.ts";
import type { DraftSources } from "../core/staleness/sources.ts";
import { citedIn, referenceOf } from "../core/staleness/sources.ts";
import type { Section } from "../core/summary/summary.ts";
import type { FhirGateway } from "./fhir-gateway.ts";
import type { RereadResult } from "./reread-sources.ts";
import { rereadSources } from "./reread-sources.ts";

/** A person waits with the pen in hand; what is not there by then is said to be unread. */
export const sourceCheckTimeoutMs = 8000;

export interface SourceCheckRequest {
  /** The draft as it stands. */
  readonly sections: readonly Section[];
  /** Undefined for drafts from before sources were kept. */
  readonly sources: DraftSources | undefined;
  readonly patient: string;
  readonly encounter: string;
  /** RFC 3339: when the draft's job was made. */
  readonly since: string;
  readonly timeZone: string;
  readonly language: Language;
  /** RFC 3339. */
  readonly now: string;
  /** Opens the EHR for whoever asks; undefined where nobody may read there. */
  readonly gateway: (signal: AbortSignal) => Promise<FhirGateway | undefined>;
  /** Told of records that are new or other ones now; waited for. */
  readonly onChanged: (resources: readonly FhirResource[]) => Promise<unknown>;
  /** Told of what went wrong, for the log. */
  readonly onError: (error: unknown) => void;
}

const idOf = (reference: string): string => reference.slice(reference.indexOf("/") + 1);

const unread = (checkedAt: string, reason: UnreadReason): SourceCheck => ({
  checkedAt,
  outcome: "unread",
  reason,
  unread: [],
  changes: [],
});

/** Never throws: that the EHR could not be read is an answer too, and the signer is told. */
export async function checkSources(request: SourceCheckRequest): Promise<SourceCheck> {
  const { now, sources } = request;
  if (sources === undefined) return unread(now, "not-kept");
  try {
    const gateway = await request.gateway(AbortSignal.timeout(sourceCheckTimeoutMs));
    if (gateway === undefined) return unread(now, "no-access");
    const cited = citedIn(request.sections);
    const records = sources.cited.filter(({ reference }) => cited.has(reference));
    const found = await rereadSources(gateway, {
      patientId: idOf(request.patient),
      encounterId: idOf(request.encounter),
      records,
      since: request.since,
    });
    const { check, changed } = compare(request, { ...sources, cited: records }, found);
    // Others who read the draft want to know too; that they could not be told keeps nobody from signing.
    if (changed.length > 0) await request.onChanged(changed).catch(request.onError);
    return check;
  } catch (error) {
    request.onError(error);
    return unread(now, error instanceof AdapterError && noAccess.has(error.code) ? "no-access" : "no-answer");
  }
}

const noAccess: ReadonlySet<string> = new Set(["ehr_refused", "ehr_token_refused"]);

interface Compared {
  readonly check: SourceCheck;
  readonly changed: readonly FhirResource[];
}

function compare(request: SourceCheckRequest, sources: DraftSources, found: RereadResult): Compared {
  const { now, sections, since, timeZone } = request;
  const words = wordingOf(request.language);
  const references = new Set(sources.cited.map(({ reference }) => reference));
  const reread = found.resources.filter((resource) => references.has(referenceOf(resource)));
  const there = found.unchanged.length + reread.length;
  // A chart that came with the request need not be in this EHR at all: then nothing was withdrawn from it either.
  if (there === 0 && found.missing.length > 0) return { check: unread(now, "not-here"), changed: [] };
  if (there === 0 && found.unread.length > 0) return { check: unread(now, "no-access"), changed: [] };
  const changes = sourceChanges(sections, sources, found, since);
  const outcome = found.unread.length === 0 ? "checked" : "partly";
  return {
    check: {
      checkedAt: now,
      outcome,
      unread: found.unread,
      changes: nameChanges(changes, { dates: createDatePrinter(timeZone, words), words }),
    },
    changed: changes.flatMap(({ resource, values }) => (resource === undefined ? [] : [resource, ...values])),
  };
}
