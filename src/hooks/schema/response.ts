/** What a service answers. Objects are closed: a misspelt member of one's own answer is a fault worth finding. */
import { z } from "zod";
import type { HooksVersion } from "./elements.ts";
import { absoluteUrl, fhirResource, ownExtension, text } from "./elements.ts";
import type { Rule } from "./rules.ts";
import { conditional, onlyWhen, requires, requiresWhen, withRules } from "./rules.ts";

const coding = z
  .strictObject({ system: text, code: text, display: text.optional() })
  .meta({ id: "Coding", description: "A code and the system that defines it." });
const overrideReason = z
  .strictObject({ system: text, code: text, display: text })
  .meta({ id: "OverrideReason", description: "A reason to put the card aside; its display is what the user reads." });

const source = z
  .strictObject({
    label: text.meta({ description: "Who says so, in a few words." }),
    url: absoluteUrl
      .meta({ description: "Page about the source in general; a page about this patient belongs into a link." })
      .optional(),
    icon: absoluteUrl.meta({ description: "PNG, 100 by 100 pixels, nothing transparent." }).optional(),
    topic: coding.optional(),
    extension: ownExtension.optional(),
  })
  .meta({ id: "Source", description: "Where a card's guidance comes from." });

const linkMembers = {
  label: text.meta({ description: "What the user reads and clicks." }),
  url: absoluteUrl.meta({ description: "Loaded by GET in a browser; for smart links the app's launch URL." }),
  type: z.enum(["absolute", "smart"]),
  appContext: text
    .meta({ description: "Reaches the launched app beside its token, never in the URL. Only on smart links." })
    .optional(),
  extension: ownExtension.optional(),
};
/** cds-resp-3. */
const linkRules = [onlyWhen("type", ["smart"], "appContext")];
const linkText = { id: "Link", description: "A page or an app that helps further." };
const autolaunchable = z.boolean().meta({
  description:
    "3.0: asks the client to open the link at once. The card may then never be seen, so the page must say it all.",
});
const links = {
  "2.0": withRules(z.strictObject(linkMembers), linkText, linkRules),
  "3.0": withRules(z.strictObject({ ...linkMembers, autolaunchable: autolaunchable.optional() }), linkText, linkRules),
} as const;

const actionMembers = {
  type: z.enum(["create", "update", "delete"]),
  resource: fhirResource.optional(),
  resourceId: z
    .string()
    .regex(/^[A-Z][A-Za-z]{1,63}\/[A-Za-z0-9\-.]{1,64}$/u, "a relative reference like ServiceRequest/7")
    .meta({ description: "Relative reference of what is to be deleted, like ServiceRequest/7." })
    .optional(),
  extension: ownExtension.optional(),
};
/** An update without the id of what it updates could only be a create. */
const updateNamesItsResource: Rule = {
  keywords: conditional(
    { properties: { type: { const: "update" } }, required: ["type"] },
    { properties: { resource: { required: ["id"] } } },
  ),
  holds: ({ type, resource }) => type !== "update" || resource === undefined || hasMember(resource, "id"),
  at: "resource",
  message: "expected the whole resource, its id included",
};

/** Rows 131-134: what is created or changed comes whole; what is deleted comes by reference, and no other way. */
const actionRules = [
  requiresWhen("type", ["create", "update"], "resource"),
  onlyWhen("type", ["create", "update"], "resource"),
  updateNamesItsResource,
  requiresWhen("type", ["delete"], "resourceId"),
  onlyWhen("type", ["delete"], "resourceId"),
];
const action = withRules(
  z.strictObject({ ...actionMembers, description: text }),
  { id: "Action", description: "One change that the client makes when the user accepts the suggestion." },
  actionRules,
);
const systemAction = withRules(
  z.strictObject({ ...actionMembers, description: text.optional() }),
  {
    id: "SystemAction",
    description: "A change made without asking the user; only as agreed with that client beforehand.",
  },
  actionRules,
);

const suggestionMembers = {
  label: text.meta({ description: "What the user reads and clicks." }),
  uuid: text.meta({ description: "Comes back in feedback when the suggestion is accepted." }).optional(),
  isRecommended: z.boolean().optional(),
  actions: z.array(action).min(1).meta({ description: "Made all together." }).optional(),
  extension: ownExtension.optional(),
};
const suggestionText = { id: "Suggestion", description: "Changes that the user may accept with one click." };
const actionSelectionBehavior = z.enum(["all", "any", "at-most-one"]).meta({
  description: "3.0: which of the actions the user may pick. Only for a client that is known to support it.",
});
const suggestions = {
  "2.0": z.strictObject(suggestionMembers).meta(suggestionText),
  "3.0": z
    .strictObject({ ...suggestionMembers, actionSelectionBehavior: actionSelectionBehavior.optional() })
    .meta(suggestionText),
} as const;

/** cds-resp-1. */
const oneRecommended: Rule = {
  keywords: conditional(
    { properties: { selectionBehavior: { const: "at-most-one" } }, required: ["selectionBehavior"] },
    {
      properties: {
        suggestions: {
          contains: { properties: { isRecommended: { const: true } }, required: ["isRecommended"] },
          minContains: 0,
          maxContains: 1,
        },
      },
    },
  ),
  holds: ({ selectionBehavior, suggestions: given }) =>
    selectionBehavior !== "at-most-one" || !Array.isArray(given) || given.filter(isRecommended).length <= 1,
  at: "suggestions",
  message: "expected at most one that is recommended",
};

function isRecommended(suggestion: unknown): boolean {
  return typeof suggestion === "object" && suggestion !== null && Reflect.get(suggestion, "isRecommended") === true;
}

function hasMember(value: unknown, name: string): boolean {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name);
}

function responseOf<Link extends z.ZodType, Suggestion extends z.ZodType>(link: Link, suggestion: Suggestion) {
  const card = z.strictObject({
    uuid: text.meta({ description: "Names the card in feedback; without it no feedback comes." }).optional(),
    summary: text.max(139).meta({ description: "One sentence that says it all, of fewer than 140 characters." }),
    detail: text
      .meta({ description: "More about it, in GitHub-flavoured markdown; clients may not show HTML." })
      .optional(),
    indicator: z.enum(["info", "warning", "critical"]).meta({ description: "How urgent it is, in rising order." }),
    source,
    suggestions: z.array(suggestion).min(1).optional(),
    selectionBehavior: z
      .enum(["at-most-one", "any"])
      .meta({ description: "How many of the suggestions the user may accept." })
      .optional(),
    overrideReasons: z.array(overrideReason).min(1).optional(),
    links: z.array(link).min(1).optional(),
    extension: ownExtension.optional(),
  });
  const cardText = { id: "Card", description: "One piece of guidance." };
  const cardRules = [requires("suggestions", "selectionBehavior"), oneRecommended];
  return z
    .strictObject({
      cards: z
        .array(withRules(card, cardText, cardRules))
        .meta({ description: "In order of importance. Empty where the service has nothing to say." }),
      systemActions: z.array(systemAction).min(1).optional(),
      extension: ownExtension.optional(),
    })
    .meta({ id: "CdsResponse", description: "What the service has to say about the hook that fired." });
}

/** Every answer of ours passes the one of 2.0 before it leaves. */
export const cdsResponses = {
  "2.0": responseOf(links["2.0"], suggestions["2.0"]),
  "3.0": responseOf(links["3.0"], suggestions["3.0"]),
} as const satisfies Record<HooksVersion, z.ZodType>;

type Frozen<Value> = Value extends object ? { readonly [Member in keyof Value]: Frozen<Value[Member]> } : Value;

export type CdsResponse = Frozen<z.input<(typeof cdsResponses)["2.0"]>>;
export type Card = CdsResponse["cards"][number];
export type Link = NonNullable<Card["links"]>[number];
export type Suggestion = NonNullable<Card["suggestions"]>[number];
export type SystemAction = NonNullable<CdsResponse["systemActions"]>[number];
export type Extension = NonNullable<CdsResponse["extension"]>;
