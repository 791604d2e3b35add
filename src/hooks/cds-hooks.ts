/** CDS Hooks 2.0 as we speak it (and what the 3.0 ballot adds): the request's schema, the answer's types. */
import type { Coding } from "fhir/r4.js";
import { z } from "zod";

export const hookNames = ["encounter-discharge", "patient-view"] as const;
export type HookName = (typeof hookNames)[number];

/** FHIR R4 `id`; these go into references and searches, so nothing else passes. */
const fhirId = z.string().regex(/^[A-Za-z0-9\-.]{1,64}$/u, "a FHIR id");

/** A token that goes into a header: no spaces, no line ends (attack list 26). */
const accessToken = z.string().regex(/^[\w\-.~+/]{1,8192}=*$/u, "a Bearer token");

const fhirAuthorization = z.looseObject({
  access_token: accessToken,
  token_type: z.literal("Bearer"),
  expires_in: z.number().positive(),
  scope: z.string(),
  subject: z.string(),
  patient: z.string().optional(),
});

const context = z.looseObject({
  userId: z
    .string()
    .regex(
      /^(?:Practitioner|PractitionerRole|Patient|RelatedPerson)\/[A-Za-z0-9\-.]{1,64}$/u,
      "a reference like Practitioner/123",
    ),
  patientId: fhirId,
  encounterId: fhirId.optional(),
});

/** Objects are loose: extensions and members of later versions are tolerated (2.0, 214-215). */
export const cdsRequest = z.looseObject({
  hook: z.string(),
  // Any 8-4-4-4-12 form: some clients make ids without the version bits of RFC 9562.
  hookInstance: z.guid(),
  fhirServer: z.string().max(2048).optional(),
  fhirAuthorization: fhirAuthorization.optional(),
  context,
  // Values are looked at key by key; an EHR may send null, an OperationOutcome or a page of a Bundle.
  prefetch: z.record(z.string(), z.unknown()).nullish(),
});
export type CdsRequest = z.infer<typeof cdsRequest>;

export interface Link {
  readonly label: string;
  readonly url: string;
  readonly type: "absolute" | "smart";
  /** Only on smart links (cds-resp-3); reaches the app in the token response. */
  readonly appContext?: string;
}

export interface Card {
  readonly uuid: string;
  /** One sentence of at most 139 characters. */
  readonly summary: string;
  /** GitHub-flavoured markdown, without HTML. */
  readonly detail?: string;
  readonly indicator: "info" | "warning" | "critical";
  readonly source: { readonly label: string; readonly url?: string; readonly topic?: Coding };
  readonly overrideReasons?: readonly Coding[];
  readonly links?: readonly Link[];
}

export interface CdsResponse {
  readonly cards: readonly Card[];
}

const feedbackItem = z.looseObject({
  card: z.guid(),
  outcome: z.enum(["accepted", "overridden"]),
  outcomeTimestamp: z.iso.datetime({ offset: true }),
  acceptedSuggestions: z.array(z.looseObject({ id: z.string().max(256) })).optional(),
  overrideReason: z
    .looseObject({
      reason: z.looseObject({ code: z.string().max(256), system: z.string().max(2048).optional() }).optional(),
      userComment: z.string().max(10_000).optional(),
    })
    .optional(),
});

export const feedbackRequest = z.looseObject({ feedback: z.array(feedbackItem).min(1).max(100) });
export type FeedbackItem = z.infer<typeof feedbackItem>;
