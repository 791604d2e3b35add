/** Validation of what leaves the adapter: FHIR R4's own rules, a Bundle's, and those of profiles. */
import type { Applying } from "./apply-profile.ts";
import { applyProfile } from "./apply-profile.ts";
import { checkBundle } from "./bundle.ts";
import type { Definitions } from "./definitions.ts";
import type { Invariants } from "./invariants.ts";
import { createInvariants } from "./invariants.ts";
import type { ValidationIssue } from "./issue.ts";
import { isObject, stringOf } from "./json.ts";
import type { Profile } from "./profile.ts";
import type { Walk } from "./scope.ts";
import { checkResource } from "./structure.ts";

export interface Validator {
  /**
   * What is wrong with a resource; empty where nothing is.
   * @param resource as JSON would carry it: members that are undefined count as absent
   * @param profiles canonical URLs that it must conform to, besides FHIR R4 itself
   */
  validate(resource: unknown, profiles?: readonly string[]): readonly ValidationIssue[];
}

/** Issues beyond which nobody reads on: a resource that is wrong throughout is wrong for one reason. */
const MOST_ISSUES = 50;

/** Compares equal what was found twice, by FHIR's own rule and by a profile's. */
function withoutRepeats(issues: readonly ValidationIssue[]): readonly ValidationIssue[] {
  const seen = new Map(issues.map((issue) => [`${issue.rule} ${issue.expression}`, issue]));
  return [...seen.values()].slice(0, MOST_ISSUES);
}

/** Makes a validator of definitions and profiles; each invariant is compiled once, when it is first needed. */
export function createValidator(definitions: Definitions, profiles: readonly Profile[]): Validator {
  const byUrl = new Map(profiles.map((profile) => [profile.url, profile]));
  const invariants: Invariants = createInvariants();
  return {
    validate(given, wanted = []) {
      const resource: unknown = JSON.parse(JSON.stringify(given));
      const walk: Walk = { definitions, invariants, issues: [], references: [] };
      const type = isObject(resource) ? stringOf(resource["resourceType"]) : undefined;
      checkResource(walk, resource, type ?? "Resource");
      if (!isObject(resource) || type === undefined) return walk.issues;
      if (type === "Bundle") checkBundle(walk, resource);
      const scope = { resource, root: resource, holder: type };
      const applying: Applying = { walk, scope, profiles: byUrl };
      for (const url of wanted) {
        const profile = byUrl.get(url);
        if (profile === undefined) throw new Error(`no profile ${url} is loaded`);
        applyProfile(applying, profile, resource, type);
      }
      return withoutRepeats(walk.issues);
    },
  };
}
