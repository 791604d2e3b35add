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

/** Any FHIR resource: its content is FHIR's business, not this schema's. */
export const fhirResource = z
  .looseObject({ resourceType: z.string().regex(/^[A-Z][A-Za-z]{1,63}$/u, "the name of a FHIR resource type") })
  .meta({ id: "FhirResource", description: "A FHIR resource; validate its content with a FHIR validator." });
