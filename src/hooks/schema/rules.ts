/** Rules between members of one object: said once, checked at run time and published as JSON Schema. */
import type { z } from "zod";

type Members = Readonly<Record<string, unknown>>;

export interface Rule {
  /** The rule as JSON Schema keywords. */
  readonly keywords: Members;
  readonly holds: (value: Members) => boolean;
  /** The member to blame. */
  readonly at: string;
  readonly message: string;
}

export interface Description {
  /** Name under `$defs` of a published schema. */
  readonly id?: string;
  readonly title?: string;
  readonly description: string;
}

/** The schema with rules: zod cannot write a refinement as JSON Schema, so each rule brings both forms. */
export function withRules<Schema extends z.ZodObject>(
  schema: Schema,
  description: Description,
  rules: readonly Rule[],
): Schema {
  const checked = schema.superRefine((value, context) => {
    for (const { holds, at, message } of rules)
      if (!holds(value)) context.addIssue({ code: "custom", path: [at], message });
  });
  return checked.meta({ ...description, allOf: rules.map(({ keywords }) => keywords) });
}

/** JSON Schema's conditional. */
export function conditional(condition: Members, consequence: Members): Members {
  // A rule is data that nobody awaits, and `then` is the keyword's name.
  // oxlint-disable-next-line unicorn/no-thenable
  return { if: condition, then: consequence };
}

/** Where `member` is there, `needed` must be too. */
export function requires(member: string, needed: string): Rule {
  return {
    keywords: { dependentRequired: { [member]: [needed] } },
    holds: (value) => value[member] === undefined || value[needed] !== undefined,
    at: needed,
    message: `expected beside ${member}`,
  };
}

/** Where `member` has one of `values`, `needed` must be there. */
export function requiresWhen(member: string, values: readonly string[], needed: string): Rule {
  return {
    keywords: conditional({ properties: { [member]: { enum: values } }, required: [member] }, { required: [needed] }),
    holds: (value) => !values.some((one) => one === value[member]) || value[needed] !== undefined,
    at: needed,
    message: `expected with ${member} ${values.join(" or ")}`,
  };
}

/** Where `member` has one of `values`, `needless` may be there; else it must not. */
export function onlyWhen(member: string, values: readonly string[], needless: string): Rule {
  return {
    keywords: conditional({ required: [needless] }, { properties: { [member]: { enum: values } } }),
    holds: (value) => value[needless] === undefined || values.some((one) => one === value[member]),
    at: needless,
    message: `expected only with ${member} ${values.join(" or ")}`,
  };
}
