/** Elements that requests and answers of CDS Hooks share. */
import { z } from "zod";

/** Versions whose schemas are published; the ballot's additions are marked where they are made. */
export const hooksVersions = ["2.0", "3.0"] as const;
export type HooksVersion = (typeof hooksVersions)[number];

/** 2.0, row 3: no empty strings. */
export const text = z.string().min(1);

/** Pages and icons that a browser loads by GET. */
export const absoluteUrl = z
  .string()
  .max(2048)
  .regex(/^https?:\/\/[^\s/?#]+\S*$/u, "an absolute http or https URL");

/** As extensions are objects by agreement between two parties, nothing more can be said (rows 214, 215). */
export const extension = z.looseObject({}).meta({
  description:
    "What both parties have agreed on beforehand. Name its members in reverse-domain form, com.example.member.",
});

/**
 * An extension of our own: a name that nobody else will think of, and something in it (rows 3, 215). What others send is not
 * held to this.
 */
export const ownExtension = z
  .record(
    z.string().regex(/^[a-z][a-z0-9-]*(?:\.[A-Za-z0-9][\w-]*)+$/u, "a name in reverse-domain form, com.example.member"),
    z.unknown(),
  )
  .refine((members) => Object.keys(members).length > 0, "expected at least one member")
  .meta({
    description: "What both parties have agreed on beforehand, by names in reverse-domain form, com.example.member.",
    minProperties: 1,
  });

/** Any FHIR resource: its content is FHIR's business, not this schema's. */
export const fhirResource = z
  .looseObject({ resourceType: z.string().regex(/^[A-Z][A-Za-z]{1,63}$/u, "the name of a FHIR resource type") })
  .meta({ id: "FhirResource", description: "A FHIR resource; validate its content with a FHIR validator." });
