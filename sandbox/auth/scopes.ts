/** What a SMART scope lets do, by the letters of v2: create, read, update, delete, search. */
export type Interaction = "c" | "r" | "u" | "d" | "s";

/** A resource scope of SMART App Launch 2.2, v1 or v2 form. */
export interface ResourceScope {
  readonly level: "patient" | "user" | "system";
  /** Resource type or `*`. */
  readonly type: string;
  readonly interactions: readonly Interaction[];
  /** 1 for `.read`, `.write` and `.*`. */
  readonly version: 1 | 2;
  /** Search parameters that narrow it (`?category=clinical-note`), without the question mark. */
  readonly query: string | undefined;
}

/** Scopes that are not about resources. Names by SMART App Launch 2.2, section 3. */
export const identityAndLaunchScopes = [
  "openid",
  "fhirUser",
  "profile",
  "offline_access",
  "online_access",
  "launch",
  "launch/patient",
  "launch/encounter",
] as const;

const pattern = /^(patient|user|system)\/(\*|[A-Z][A-Za-z]+)\.(c?r?u?d?s?|read|write|\*)(?:\?(.+))?$/u;
const v1: Readonly<Record<string, string>> = { read: "rs", write: "cud", "*": "cruds" };

/** Parses one scope; undefined for what is no resource scope, such as `launch` or the disordered `patient/*.dus`. */
export function parseScope(text: string): ResourceScope | undefined {
  const [, level, type, suffix, query] = pattern.exec(text) ?? [];
  if (!isLevel(level) || !type || !suffix) return undefined;
  const version = v1[suffix] === undefined ? 2 : 1;
  return { level, type, interactions: (v1[suffix] ?? suffix).split("").filter(isInteraction), version, query };
}

function isLevel(text: string | undefined): text is ResourceScope["level"] {
  return text === "patient" || text === "user" || text === "system";
}

function isInteraction(letter: string): letter is Interaction {
  return "cruds".includes(letter);
}

/** In the form of version 2: version 1 has no words for parts. */
function format({ level, type, interactions, query }: ResourceScope): string {
  return `${level}/${type}.${interactions.join("")}${query ? `?${query}` : ""}`;
}

/**
 * What of the asked scopes a client may have: each is kept, narrowed or dropped, as servers do (SMART 3.0.0: "the server
 * may grant less").
 *
 * @param asked scope names as requested
 * @param registered scope names the client was registered with
 * @param versions forms of resource scopes that the server understands
 */
export function grantScopes(
  asked: readonly string[],
  registered: readonly string[],
  versions: readonly (1 | 2)[] = [1, 2],
): string[] {
  const allowed = registered.flatMap((text) => parseScope(text) ?? []);
  const granted = asked.flatMap((text) => {
    const scope = parseScope(text);
    if (!scope) return registered.includes(text) ? [text] : [];
    if (!versions.includes(scope.version)) return [];
    return narrow(text, scope, allowed, versions.includes(2));
  });
  return [...new Set(granted)];
}

function narrow(text: string, asked: ResourceScope, allowed: readonly ResourceScope[], inParts: boolean): string[] {
  if (allowed.some((scope) => covers(scope, asked))) return [text];
  if (!inParts) return [];
  return allowed.flatMap((scope) => {
    const common = intersect(asked, scope);
    return common ? [format(common)] : [];
  });
}

function covers(allowed: ResourceScope, asked: ResourceScope): boolean {
  return (
    allowed.level === asked.level &&
    (allowed.type === "*" || allowed.type === asked.type) &&
    (allowed.query === undefined || allowed.query === asked.query) &&
    asked.interactions.every((letter) => allowed.interactions.includes(letter))
  );
}

function intersect(asked: ResourceScope, allowed: ResourceScope): ResourceScope | undefined {
  if (asked.level !== allowed.level) return undefined;
  if (asked.type !== "*" && allowed.type !== "*" && asked.type !== allowed.type) return undefined;
  if (asked.query && allowed.query && asked.query !== allowed.query) return undefined;
  const interactions = asked.interactions.filter((letter) => allowed.interactions.includes(letter));
  if (interactions.length === 0) return undefined;
  const type = asked.type === "*" ? allowed.type : asked.type;
  return { level: asked.level, type, interactions, version: 2, query: asked.query ?? allowed.query };
}
