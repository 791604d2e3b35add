/** What a CDS client sends to a service. Objects are open: extensions and members of later versions are tolerated (214, 215). */
import { z } from "zod";
import { extension, fhirResource } from "./elements.ts";
import type { Rule } from "./rules.ts";
import { conditional, requires, withRules } from "./rules.ts";

/** FHIR R4 `id`; these go into references and searches, so nothing else passes. */
const fhirId = z.string().regex(/^[A-Za-z0-9\-.]{1,64}$/u, "a FHIR id");

const userId = z
  .string()
  .regex(
    /^(?:Practitioner|PractitionerRole|Patient|RelatedPerson)\/[A-Za-z0-9\-.]{1,64}$/u,
    "a reference like Practitioner/123",
  )
  .meta({ description: "Relative reference of the user: who works in the EHR while the hook fires." });

const fhirAuthorization = z
  .looseObject({
    // It goes into a header: no spaces, no line ends (attack list 26).
    access_token: z
      .string()
      .regex(/^[\w\-.~+/]{1,8192}=*$/u, "a Bearer token")
      .meta({ description: "Token for the client's FHIR server. To be used during the call and kept nowhere." }),
    token_type: z.literal("Bearer"),
    expires_in: z.number().positive().meta({ description: "Seconds that the token lives." }),
    scope: z.string().meta({ description: "Scopes granted, separated by spaces." }),
    subject: z.string().meta({ description: "Client id under which the service is registered for this token." }),
    patient: z
      .string()
      .meta({ description: "Patient id that the token is bound to; expected where a scope starts with patient/." })
      .optional(),
  })
  .meta({ id: "FhirAuthorization", description: "Access to the client's FHIR server for the time of the call." });

/** One prefetch key's value. `null`: the client looked, and there is nothing (row 53). */
export const prefetchValue = fhirResource.nullable().meta({
  description:
    "A resource, a searchset Bundle (perhaps only its first page), an OperationOutcome that tells why nothing came, or null where there is no data.",
});

/** Contexts of the hooks in the CDS Hooks library that are served here; all their members can be prefetch tokens. */
export const contexts = {
  "encounter-discharge": z.looseObject({ userId, patientId: fhirId, encounterId: fhirId }).meta({
    description: "The user is about to discharge this patient from this stay.",
  }),
  "patient-view": z
    .looseObject({ userId, patientId: fhirId, encounterId: fhirId.optional() })
    .meta({ description: "The user has opened this patient's chart, perhaps in a stay." }),
} as const;
export type HookName = keyof typeof contexts;
export const hookNames = ["encounter-discharge", "patient-view"] as const satisfies readonly HookName[];
export type HookContext = z.output<(typeof contexts)[HookName]>;

const members = {
  hook: z.string().min(1).max(256).meta({ description: "Name of the hook that fired." }),
  // Any 8-4-4-4-12 form: some clients make ids without the version bits of RFC 9562.
  hookInstance: z
    .guid()
    .meta({ description: "Names this one firing of the hook; a repeat means the same call again." }),
  fhirServer: z
    .string()
    .max(2048)
    .regex(/^https?:\/\/[^\s]+$/u, "an absolute http or https URL")
    .meta({ description: "Base of the client's FHIR server; https for real patients." })
    .optional(),
  fhirAuthorization: fhirAuthorization.optional(),
  context: z.looseObject({}).meta({ description: "What the hook's own definition says." }),
  extension: extension.optional(),
};
const description = { id: "CdsRequest", description: "A hook has fired: what the client tells the service." };
/** cds-r-1. */
const rules = [requires("fhirAuthorization", "fhirServer")];

/**
 * As it is parsed here. Prefetch is looked at key by key, by `prefetchValue`, and only where we asked for the key; the
 * context once the hook is known, by `contexts`.
 */
export const cdsRequest = withRules(
  z.looseObject({ ...members, prefetch: z.record(z.string(), z.unknown()).optional() }),
  description,
  rules,
);
export type CdsRequest = z.infer<typeof cdsRequest>;

function contextRule(hook: HookName): Rule {
  return {
    keywords: conditional(
      { properties: { hook: { const: hook } }, required: ["hook"] },
      { properties: { context: plainJsonSchema(contexts[hook]) } },
    ),
    holds: ({ hook: fired, context }) => fired !== hook || contexts[hook].safeParse(context).success,
    at: "context",
    message: `expected the context of ${hook}`,
  };
}

/** Without a name of its own: `$defs` in the middle of a schema would not be found from its root. */
function plainJsonSchema(schema: z.ZodType): object {
  const { $schema: _dialect, ...keywords } = z.toJSONSchema(schema, { io: "input" });
  return keywords;
}

/** The same with all that is looked at later, in one piece. The ballot of 3.0 changes nothing in it. */
export const publishedRequest = withRules(
  z.looseObject({
    ...members,
    prefetch: z
      .record(z.string(), prefetchValue)
      .meta({ description: "Data by the keys of the service's prefetch templates; what could not be had is left out." })
      .optional(),
  }),
  description,
  [...rules, ...hookNames.map(contextRule)],
);
