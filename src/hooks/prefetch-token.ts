/**
 * Prefetch tokens, what stands between `{{` and `}}`. CDS Hooks 2.0 knows members of the context and four ids of the user; the
 * 3.0 ballot adds a small part of FHIRPath: paths through what earlier keys brought (`%key`), `ofType()`, `resolve()`,
 * `today()` with days added or taken away, and alternatives between pipes.
 */
import type { FhirResource } from "fhir/r4.js";

type Step =
  | { readonly kind: "member"; readonly name: string }
  | { readonly kind: "ofType"; readonly type: string }
  | { readonly kind: "resolve" };

type Expression =
  | { readonly kind: "user"; readonly type: string }
  | { readonly kind: "today"; readonly days: number }
  | { readonly kind: "context"; readonly steps: readonly Step[] }
  | { readonly kind: "prefetch"; readonly key: string; readonly steps: readonly Step[] };

/** The alternatives of one token, or undefined for what is no token of either version. */
export type Token = readonly Expression[];

export interface TokenValues {
  readonly context: Readonly<Record<string, unknown>>;
  /** What each key brought so far: a resource, or a Bundle. A key that brought nothing to know is absent. */
  readonly prefetch?: ReadonlyMap<string, FhirResource>;
  /** The hospital's calendar day, `2026-03-17`. */
  readonly today?: string;
}

const userToken = /^user(Practitioner|PractitionerRole|Patient|RelatedPerson)Id$/u;
const todayToken = /^today\(\)(?:\s*([+-])\s*(\d{1,5})\s+days?)?$/u;
const step = "\\.(?:ofType\\(\\s*[A-Z][A-Za-z]+\\s*\\)|resolve\\(\\)|[A-Za-z][A-Za-z0-9]*)";
const pathToken = new RegExp(`^(context|%[A-Za-z0-9_-]+)((?:${step})+)$`, "u");

/** Undefined for what neither version knows. */
export function parseToken(text: string): Token | undefined {
  const expressions = text.split("|").map((part) => parseExpression(part.trim()));
  return expressions.every((expression) => expression !== undefined) ? expressions : undefined;
}

function parseExpression(text: string): Expression | undefined {
  const user = userToken.exec(text)?.[1];
  if (user !== undefined) return { kind: "user", type: user };
  const today = todayToken.exec(text);
  if (today !== null) return { kind: "today", days: Number(`${today[1] ?? "+"}${today[2] ?? "0"}`) };
  const [, root, path = ""] = pathToken.exec(text) ?? [];
  if (root === undefined) return undefined;
  const steps = [...path.matchAll(new RegExp(step, "gu"))].map(([part]) => parseStep(part.slice(1)));
  return root === "context" ? { kind: "context", steps } : { kind: "prefetch", key: root.slice(1), steps };
}

function parseStep(text: string): Step {
  if (text === "resolve()") return { kind: "resolve" };
  const type = /^ofType\(\s*(\w+)\s*\)$/u.exec(text)?.[1];
  return type === undefined ? { kind: "member", name: text } : { kind: "ofType", type };
}

/** The texts that a token stands for, each once; none where the data holds none. Undefined where it cannot be told. */
export function evaluate(token: Token, values: TokenValues): readonly string[] | undefined {
  const found = new Set<string>();
  for (const expression of token) {
    const texts = evaluateOne(expression, values);
    if (texts === undefined) return undefined;
    for (const text of texts) found.add(text);
  }
  return [...found];
}

function evaluateOne(expression: Expression, values: TokenValues): readonly string[] | undefined {
  switch (expression.kind) {
    case "user": {
      const [type, id] = String(values.context["userId"]).split("/");
      return type === expression.type && id !== undefined ? [id] : undefined;
    }
    case "today":
      return values.today === undefined ? undefined : [addDays(values.today, expression.days)];
    case "context": {
      const texts = textsOf(walk([values.context], expression.steps, values));
      // A member that the client did not send is not known to be empty.
      return texts.length === 0 ? undefined : texts;
    }
    case "prefetch": {
      const root = values.prefetch?.get(expression.key);
      return root === undefined ? undefined : textsOf(walk([root], expression.steps, values));
    }
  }
}

function addDays(day: string, days: number): string {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}

function textsOf(found: readonly unknown[]): readonly string[] {
  return found.flatMap((value) => (["string", "number", "boolean"].includes(typeof value) ? [String(value)] : []));
}

function walk(from: readonly unknown[], steps: readonly Step[], values: TokenValues): readonly unknown[] {
  return steps.reduce((found, next) => found.flatMap((value) => take(value, next, values)), from);
}

function take(value: unknown, next: Step, values: TokenValues): readonly unknown[] {
  if (typeof value !== "object" || value === null) return [];
  switch (next.kind) {
    case "member":
      return [memberOf(value, next.name)].flat().filter((member) => member !== undefined && member !== null);
    case "ofType":
      return Reflect.get(value, "resourceType") === next.type ? [value] : [];
    case "resolve":
      return resolve(value, values);
  }
}

/** Types that a FHIR choice element takes; its name in a path leaves them out (`medication` for `medicationReference`). */
const choices = [
  "Reference",
  "CodeableConcept",
  "DateTime",
  "Date",
  "Period",
  "String",
  "Quantity",
  "Identifier",
] as const;

function memberOf(value: object, name: string): unknown {
  if (Object.hasOwn(value, name)) return Reflect.get(value, name);
  const choice = choices.find((type) => Object.hasOwn(value, name + type));
  return choice === undefined ? undefined : Reflect.get(value, name + choice);
}

/** The resource that a reference names; where it is not at hand, as much of it as the reference tells: type and id. */
function resolve(value: object, { prefetch = new Map(), context }: TokenValues): readonly unknown[] {
  const reference: unknown = Reflect.get(value, "reference");
  const [, type, id] =
    /(?:^|\/)([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/[^/]+)?$/u.exec(String(reference)) ?? [];
  if (type === undefined || id === undefined) return [];
  const known = [...prefetch.values(), ...Object.values(context)].flatMap(resourcesIn);
  return [known.find((one) => one.resourceType === type && one.id === id) ?? { resourceType: type, id }];
}

function resourcesIn(value: unknown): readonly { readonly resourceType: string; readonly id?: unknown }[] {
  if (typeof value !== "object" || value === null) return [];
  const resourceType: unknown = Reflect.get(value, "resourceType");
  if (resourceType === "Bundle") return walk([value], bundleSteps, { context: {} }).flatMap(resourcesIn);
  return typeof resourceType === "string" ? [{ ...value, resourceType }] : [];
}

const bundleSteps: readonly Step[] = [
  { kind: "member", name: "entry" },
  { kind: "member", name: "resource" },
];
