/** What an EHR said of a document that it did not take: kept sealed beside the write, shown to whoever may see the job. */
import { z } from "zod";
import type { SealContext, Sealer } from "../../db/sealer.ts";
import { openJson, sealJson } from "../../db/sealer.ts";
import type { AdapterError } from "../../core/errors.ts";
import { EhrStatus } from "../fhir-transport.ts";
import type { ValidationIssue } from "../../core/validation/issue.ts";
import { InvalidResource } from "../../core/validation/issue.ts";
import type { OutcomeIssue } from "../outcome-issues.ts";
import { issueSchema } from "../outcome-issues.ts";
import type { DueWrite } from "./store.ts";

const said = z.object({
  /** HTTP status; absent where no answer came. */
  status: z.int().optional(),
  issues: z.array(issueSchema),
});
export type EhrSaid = z.infer<typeof said>;

type Write = Pick<DueWrite, "tenant" | "job" | "version" | "doc_status">;

const contextOf = ({ tenant, job, version, doc_status: docStatus }: Write): SealContext => ({
  tenant,
  purpose: "document-write",
  id: job,
  version: `${version}.${docStatus}`,
});

/** What we found wrong ourselves, so that it was never sent. */
const ownIssue = ({ code, message, rule, expression }: ValidationIssue): OutcomeIssue => ({
  severity: "error",
  code,
  text: `${message} (${rule})`,
  expression,
});

/** Null where nobody said anything. */
export function sealSaid(sealer: Sealer, write: Write, { cause }: AdapterError): Buffer | null {
  if (cause instanceof EhrStatus)
    return sealJson(sealer, { status: cause.status, issues: cause.issues }, contextOf(write));
  return cause instanceof InvalidResource
    ? sealJson(sealer, { issues: cause.issues.map(ownIssue) }, contextOf(write))
    : null;
}

export function openSaid(sealer: Sealer, write: Write, sealed: Uint8Array | null): EhrSaid | undefined {
  return sealed === null ? undefined : said.parse(openJson(sealer, sealed, contextOf(write)));
}
