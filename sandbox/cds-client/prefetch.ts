/** Fills a service's prefetch templates from the EHR's own FHIR server. */

export interface HookContext {
  /** `Practitioner/id` or `PractitionerRole/id`. */
  readonly userId: string;
  readonly patientId: string;
  readonly encounterId?: string;
}

export interface PrefetchOptions {
  readonly fhirServer: string;
  readonly token: string;
  /** Which keys to fill; a client MAY leave any of them out (rows 34, 52). */
  readonly keys: "all" | "none" | readonly string[];
}

/** Key to resource or Bundle. A key whose template names what the context has not, or whose read gives no FHIR, is left out. */
export async function fillPrefetch(
  templates: Readonly<Record<string, string>>,
  context: HookContext,
  options: PrefetchOptions,
): Promise<Record<string, unknown>> {
  const wanted = Object.entries(templates).filter(([key]) => isWanted(key, options.keys));
  const filled = await Promise.all(
    wanted.map(async ([key, template]): Promise<readonly (readonly [string, unknown])[]> => {
      const query = resolveTemplate(template, context);
      const found = query === undefined ? undefined : await readFhir(query, options);
      return found === undefined ? [] : [[key, found]];
    }),
  );
  return Object.fromEntries(filled.flat());
}

function isWanted(key: string, keys: PrefetchOptions["keys"]): boolean {
  if (keys === "all") return true;
  return keys !== "none" && keys.includes(key);
}

/** Replaces `{{context.x}}` and the user tokens (rows 55 to 59); undefined when one cannot be replaced. */
export function resolveTemplate(template: string, context: HookContext): string | undefined {
  const tokens = tokensOf(context);
  let complete = true;
  const query = template.replace(/\{\{([^}]+)\}\}/gu, (_match, name: string) => {
    const value = tokens.get(name.trim());
    if (value === undefined) complete = false;
    return encodeURIComponent(value ?? "");
  });
  return complete ? query : undefined;
}

function tokensOf(context: HookContext): ReadonlyMap<string, string> {
  const tokens = new Map<string, string>();
  for (const [key, value] of Object.entries(context)) tokens.set(`context.${key}`, String(value));
  const [type, id] = context.userId.split("/");
  if (type === "Practitioner" && id !== undefined) tokens.set("userPractitionerId", id);
  if (type === "PractitionerRole" && id !== undefined) tokens.set("userPractitionerRoleId", id);
  return tokens;
}

/**
 * What the server answers: a resource, a Bundle's first page, or its OperationOutcome, which a client MAY pass on;
 * undefined for an answer that is no FHIR, such as a proxy's: its key stays away.
 */
async function readFhir(query: string, { fhirServer, token }: PrefetchOptions): Promise<unknown> {
  const headers = { accept: "application/fhir+json", authorization: `Bearer ${token}` };
  const response = await fetch(`${fhirServer}/${query}`, { headers });
  return response.json().catch(() => undefined);
}
