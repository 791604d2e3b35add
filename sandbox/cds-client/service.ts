/** What a CDS service offers and answers (CDS Hooks 2.0), read tolerantly: a client judges, it does not break. */
import { z } from "zod";

export const cdsService = z.object({
  hook: z.string(),
  id: z.string(),
  title: z.string().optional(),
  description: z.string(),
  prefetch: z.record(z.string(), z.string()).optional(),
});

export const discovery = z.object({ services: z.array(cdsService) });

const coding = z.object({ code: z.string(), system: z.string().optional(), display: z.string().optional() });

export const cardLink = z.object({
  label: z.string(),
  url: z.string(),
  type: z.enum(["absolute", "smart"]),
  appContext: z.string().optional(),
  autolaunchable: z.boolean().optional(),
});

export const card = z.looseObject({
  uuid: z.string().optional(),
  summary: z.string(),
  detail: z.string().optional(),
  indicator: z.string(),
  source: z.object({ label: z.string(), url: z.string().optional() }),
  links: z.array(cardLink).optional(),
  overrideReasons: z.array(coding).optional(),
  suggestions: z.array(z.looseObject({ label: z.string() })).optional(),
  selectionBehavior: z.string().optional(),
});

export const cdsResponse = z.looseObject({ cards: z.array(card), systemActions: z.array(z.unknown()).optional() });

export type CdsService = z.infer<typeof cdsService>;
export type Card = z.infer<typeof card>;
export type CardLink = z.infer<typeof cardLink>;

/** What in an answer breaks a SHALL of CDS Hooks 2.0, one line each; the number is Inferno's row. */
export function responseViolations(body: unknown): readonly string[] {
  const parsed = cdsResponse.safeParse(body);
  if (!parsed.success) {
    return parsed.error.issues.map(({ path, message }) => `74: ${path.join(".")}: ${message}`);
  }
  return [...emptyValues(body, ""), ...parsed.data.cards.flatMap(cardViolations)];
}

function cardViolations(item: Card): readonly string[] {
  const violations: string[] = [];
  if (item.summary.length >= 140) violations.push(`83: the summary has ${item.summary.length} characters`);
  if (!["info", "warning", "critical"].includes(item.indicator)) violations.push(`87: indicator ${item.indicator}`);
  if (item.suggestions !== undefined && item.selectionBehavior === undefined) {
    violations.push("93: suggestions without selectionBehavior");
  }
  for (const link of item.links ?? []) {
    if (!URL.canParse(link.url)) violations.push(`139: link ${link.label} has no absolute URL`);
    if (link.type === "absolute" && link.appContext !== undefined)
      violations.push("144: appContext on an absolute link");
  }
  for (const reason of item.overrideReasons ?? []) {
    if (reason.display === undefined || reason.system === undefined) violations.push("98: a reason without display");
  }
  return violations;
}

/** Row 2: no null, empty string, array or object anywhere; only `cards` may be an empty array. */
function emptyValues(value: unknown, path: string): readonly string[] {
  if (value === null || value === "") return [`2: ${path} is empty`];
  if (typeof value !== "object" || value === undefined) return [];
  const children = Object.entries(value);
  if (children.length === 0 && path !== "cards") return [`2: ${path} is empty`];
  return children.flatMap(([key, child]) => emptyValues(child, path === "" ? key : `${path}.${key}`));
}
