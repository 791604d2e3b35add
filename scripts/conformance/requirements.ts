/** The rows of one specification as data: docs/conformance/*.yaml. What a row comes to is said by tests, or by one of its reasons. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";

/** `deprecated`: kept in the published list under its number, asked of nobody any more. */
const verbs = ["SHALL", "SHALL NOT", "SHOULD", "SHOULD NOT", "MAY", "DEPRECATED"] as const;
export type Verb = (typeof verbs)[number];

/** Who a row binds where it does not bind us. There is no entry for ourselves: such a row needs a test. */
const parties = ["CDS client", "EHR", "authorization server", "subscriber"] as const;

const rowSchema = z
  .strictObject({
    id: z.int().positive(),
    /** Anchor of the clause, behind the set's `base`. */
    clause: z.string().min(1),
    verb: z.enum(verbs),
    /** The requirement in our words. */
    says: z.string().min(10),
    /** It asks something of somebody else. */
    binds: z.strictObject({ who: z.enum(parties), because: z.string().min(10) }).optional(),
    /** It is about an option that we do not use, or a case that does not arise here. */
    unused: z.string().min(10).optional(),
    /** It binds us and is not kept: why, and what follows for who connects us. */
    unmet: z.string().min(10).optional(),
  })
  .refine(
    ({ binds, unused, unmet }) => [binds, unused, unmet].filter((reason) => reason !== undefined).length <= 1,
    "a row has one reason at most",
  );
export type Row = z.infer<typeof rowSchema>;

const setSchema = z.strictObject({
  title: z.string(),
  /** The word by which tests name rows of this set. */
  tag: z.string().regex(/^[a-z-]+$/u),
  /** Which role of the specification is ours. */
  role: z.string(),
  base: z.url(),
  rows: z.array(rowSchema),
});
export type RequirementSet = z.infer<typeof setSchema>;

/** Names of the sets: each has NAME.yaml, written by hand, and NAME.md, generated. */
export const setNames = ["cds-hooks-2.0", "smart-app-launch-2.2", "subscriptions-backport-1.1"] as const;
export type SetName = (typeof setNames)[number];

export const conformanceFolder = join(import.meta.dirname, "../../docs/conformance");

/** @throws ZodError where the file is not of this form */
export function readRequirements(name: SetName): RequirementSet {
  return setSchema.parse(parse(readFileSync(join(conformanceFolder, `${name}.yaml`), "utf8")));
}
