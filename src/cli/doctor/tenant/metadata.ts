/** The EHR's CapabilityStatement, read tolerantly: only what is asked of it below. */
import { z } from "zod";
import type { Check } from "../check.ts";
import { broken } from "../check.ts";
import type { Answer, Examination } from "./examination.ts";
import { fhirBaseOf } from "./examination.ts";
import { unreachable } from "./fault.ts";

const named = z.array(z.looseObject({ name: z.string().optional() })).optional();
const coded = z.array(z.looseObject({ code: z.string().optional() })).optional();
const extension = z.looseObject({ url: z.string().optional(), valueUri: z.string().optional() });

const resource = z.looseObject({
  type: z.string(),
  interaction: coded,
  searchParam: named,
  operation: named,
  conditionalCreate: z.boolean().optional(),
});
export type ResourceCapability = z.infer<typeof resource>;

const statementSchema = z.looseObject({
  resourceType: z.literal("CapabilityStatement"),
  fhirVersion: z.string().optional(),
  format: z.array(z.string()).optional(),
  software: z.looseObject({ name: z.string().optional(), version: z.string().optional() }).optional(),
  rest: z
    .array(
      z.looseObject({
        mode: z.string().optional(),
        operation: named,
        resource: z.array(resource).optional(),
        security: z
          .looseObject({
            extension: z
              .array(z.looseObject({ url: z.string().optional(), extension: z.array(extension).optional() }))
              .optional(),
          })
          .optional(),
      }),
    )
    .optional(),
});
export type Statement = z.infer<typeof statementSchema>;

export interface Metadata {
  readonly answer?: Answer;
  readonly statement?: Statement;
  /** Why there is no statement. */
  readonly fault?: Check;
}

export const METADATA = "metadata";

/** Asks for the statement, without a token; a failure is part of what it returns. */
export async function readMetadata({ ask, tenant }: Examination): Promise<Metadata> {
  try {
    const answer = await ask(`${fhirBaseOf(tenant)}metadata`, { headers: { accept: "application/fhir+json" } });
    if (answer.status !== 200) {
      const fix = "Check ehr.fhirBaseUrl; R4 requires /metadata to be readable without a token.";
      return { answer, fault: broken(METADATA, `/metadata answered ${answer.status}`, fix) };
    }
    const parsed = statementSchema.safeParse(answer.json);
    if (parsed.success) return { answer, statement: parsed.data };
    const fix = "Check that ehr.fhirBaseUrl is the FHIR base, and not a page or portal before it.";
    return { answer, fault: broken(METADATA, "/metadata is no CapabilityStatement in JSON", fix) };
  } catch (error) {
    return { fault: unreachable(METADATA, "/metadata", error) };
  }
}

/** What the server says of one type; undefined where it does not name it. */
export function capabilityOf(statement: Statement, type: string): ResourceCapability | undefined {
  return serverPart(statement)?.resource?.find((each) => each.type === type);
}

function serverPart({ rest }: Statement) {
  return rest?.find(({ mode }) => mode === "server") ?? rest?.[0];
}

/** True where `$validate` is listed for the type or for the whole server. */
export function offersValidate(statement: Statement, type: string): boolean {
  const operations = [...(capabilityOf(statement, type)?.operation ?? []), ...(serverPart(statement)?.operation ?? [])];
  return operations.some(({ name }) => name?.replace(/^\$/u, "") === "validate");
}

/** Where SMART 1 servers name their endpoints: the extension `oauth-uris` of `rest.security`. */
export function oauthEndpointOf(statement: Statement | undefined, name: "authorize" | "token"): string | undefined {
  const extensions = statement === undefined ? [] : (serverPart(statement)?.security?.extension ?? []);
  const uris = extensions.find(({ url }) => url?.endsWith("/oauth-uris") === true)?.extension;
  return uris?.find(({ url }) => url === name)?.valueUri;
}
