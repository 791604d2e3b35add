/** Dry run of the write-back: what would be filed is described and, where the EHR offers it, validated. Nothing is created. */
import type { DocumentReference } from "fhir/r4.js";
import { z } from "zod";
import type { TenantConfig } from "../../../config/tenant-schema.ts";
import { documentReferenceOf } from "../../../core/document/document-reference.ts";
import { printForms } from "../../../pdf/forms.ts";
import { AdapterError } from "../../../core/errors.ts";
import { sampleInput } from "../../../app/sample-document.ts";
import type { Check } from "../check.ts";
import { broken, held, noted } from "../check.ts";
import type { Examination } from "./examination.ts";
import { fhirBaseOf } from "./examination.ts";
import { unreachable } from "./fault.ts";
import type { Metadata } from "./metadata.ts";
import { offersValidate } from "./metadata.ts";
import type { TokenFinding } from "./token.ts";

const NAME = "document";

export async function checkDocument(
  examination: Examination,
  metadata: Metadata,
  finding: TokenFinding | undefined,
): Promise<readonly Check[]> {
  const { tenant, publicUrl } = examination;
  if (tenant.ehr.writeProfile.when === "never") return [];
  const document = await sampleOf(tenant, publicUrl);
  if ("fix" in document) return [document];
  const checks = [held(NAME, describe(document)), ...portalQuestion(tenant), ...oracleRules(document, metadata)];
  const accessToken = finding?.token?.accessToken;
  const validates = metadata.statement !== undefined && offersValidate(metadata.statement, "DocumentReference");
  if (!validates) return [...checks, held(NAME, "$validate is not offered by the EHR: described only")];
  if (accessToken === undefined) return [...checks, held(NAME, "not validated: there is no token for $validate")];
  return [...checks, await validate(examination, document, accessToken)];
}

async function sampleOf(
  tenant: TenantConfig,
  publicUrl: string,
): Promise<DocumentReference | (Check & { readonly fix: string })> {
  const profile = tenant.ehr.writeProfile;
  try {
    const input = sampleInput(tenant, publicUrl, "final", new Date());
    const made = documentReferenceOf(input, profile, { printed: await printForms(input, profile.contentTypes) });
    if (made !== undefined) return made;
    throw new AdapterError("internal", { detail: "a signed summary has a document" });
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    const fix =
      error.code === "too_large"
        ? "Raise writeProfile.maxBytes, or choose a shorter form in writeProfile.contentTypes."
        : "Choose writeProfile.contentTypes among text/plain, text/html, application/xhtml+xml, text/markdown, application/pdf, text/xml (C-CDA).";
    return { ...broken(NAME, `no document can be made by this write profile: ${error.message}`, fix), fix };
  }
}

function describe({ type, docStatus, content, identifier }: DocumentReference): string {
  const coding = type?.coding?.[0];
  const parts = content.map(({ attachment }) => `${attachment.contentType} of ${attachment.size} bytes`);
  return [
    `would be filed: type ${coding?.system ?? ""}|${coding?.code ?? ""}, docStatus ${docStatus ?? "none"}`,
    `content ${parts.join(" and ")} (a long stay)`,
    `identifier ${identifier?.[0]?.system ?? ""}|<job>.<version>`,
  ].join("\n");
}

/** Only people at the hospital know: release rules are no part of FHIR. */
function portalQuestion({ ehr }: TenantConfig): readonly Check[] {
  const { when, docStatus } = ehr.writeProfile;
  if (when !== "preliminary-and-signed") return [];
  if (docStatus === "final-only") {
    const fix = "Set writeProfile.when to signed: it says the same, and misleads nobody.";
    return [noted(NAME, "drafts are never filed: docStatus final-only knows no word for them", fix)];
  }
  const found =
    "unsigned drafts are filed too, with docStatus preliminary: whether the EHR shows those to the patient, FHIR cannot tell";
  const fix =
    "Ask the EHR's analyst, before the first real patient: is a DocumentReference with docStatus preliminary released to the patient portal, or sent to other systems? If so, set writeProfile.when to signed.";
  return [noted(NAME, found, fix)];
}

/** What Oracle Health (Millennium) documents of its DocumentReference create, and no CapabilityStatement says. */
function oracleRules({ content, docStatus }: DocumentReference, { statement }: Metadata): readonly Check[] {
  if (!/cerner|oracle|millennium/iu.test(statement?.software?.name ?? "")) return [];
  const types = content.map(({ attachment }) => attachment.contentType ?? "");
  const faults = [
    ...(types.length === 1 ? [] : ["exactly one content is taken: name one in writeProfile.contentTypes"]),
    ...(types.every((type) => type === "application/pdf" || /charset=/u.test(type))
      ? []
      : ["text needs its charset: write `;charset=utf-8` into writeProfile.contentTypes"]),
    ...(docStatus === "final" || docStatus === "amended" ? [] : ["only final and amended are taken"]),
  ];
  if (faults.length === 0) return [];
  return [broken(NAME, "Oracle Health refuses this document", `${faults.join("; ")}.`)];
}

const outcomeSchema = z.looseObject({
  resourceType: z.literal("OperationOutcome"),
  issue: z.array(
    z.looseObject({
      severity: z.string(),
      diagnostics: z.string().optional(),
      details: z.looseObject({ text: z.string().optional() }).optional(),
    }),
  ),
});

/** The token goes to the FHIR base and nowhere else; the document is about nobody. */
async function validate(
  { ask, tenant }: Examination,
  document: DocumentReference,
  accessToken: string,
): Promise<Check> {
  const what = "$validate of the test document";
  try {
    const answer = await ask(`${fhirBaseOf(tenant)}DocumentReference/$validate`, {
      method: "POST",
      headers: {
        accept: "application/fhir+json",
        "content-type": "application/fhir+json",
        authorization: `Bearer ${accessToken}`,
      },
      body: JSON.stringify(document),
    });
    const outcome = outcomeSchema.safeParse(answer.json);
    if (!outcome.success)
      return noted(NAME, `${what} answered ${answer.status} and no OperationOutcome`, "Nothing was learnt from it.");
    const issues = outcome.data.issue
      .filter(({ severity }) => severity === "error" || severity === "fatal")
      .map(({ details, diagnostics }) => (details?.text ?? diagnostics ?? "no reason given").slice(0, 200));
    if (issues.length === 0) return held(NAME, `${what}: the EHR finds no error`);
    const fix =
      "Change ehr.writeProfile accordingly; errors about references that do not exist are due to the test alone.";
    return broken(NAME, `${what} finds errors:\n${issues.slice(0, 5).join("\n")}`, fix);
  } catch (error) {
    return unreachable(NAME, what, error);
  }
}
