/** What a tenant's EHR is asked to tell of by itself: that a stay has ended, that a chart changed under a draft. */
import { z } from "zod";
import { chartTypes } from "../core/smart/default-scopes.ts";
import { stayKinds } from "../core/stay/stay-kind.ts";

const topic = z.url({ protocol: /^https?$|^urn$/u });

/** Types of which each says something that a draft repeats; a Subscription, or a search, for each. */
const watchedTypes = [
  "AllergyIntolerance",
  "Condition",
  "DiagnosticReport",
  "MedicationRequest",
  "Observation",
  "Procedure",
] as const satisfies readonly (typeof chartTypes)[number][];

export const ehrSubscriptions = z.strictObject({
  /**
   * How the EHR tells. `topic`: Subscriptions R5 Backport; `criteria`: R4's own, by a search; `polling`: it is asked again and
   * again. `auto`: the best of them that proves itself, and polling until then.
   */
  channel: z.enum(["auto", "topic", "criteria", "polling"]).default("auto"),
  /** Canonical of the EHR's topic of ended stays; default: the one that its CapabilityStatement lists by such a name. */
  dischargeTopic: topic.optional(),
  /** Filters of that topic, as the EHR names them: `Encounter?class=IMP`. */
  dischargeFilters: z.array(z.string().min(1).max(500)).max(10).default([]),
  /** The search that finds ended stays. */
  criteria: z
    .string()
    .regex(/^Encounter\?\S+$/u, "a search on Encounter, like Encounter?status=finished")
    .default("Encounter?status=finished"),
  /** `Encounter.class` of stays that get a summary; an encounter of any other is none of ours. */
  classes: z.array(z.string().min(1)).nonempty().default(["IMP", "ACUTE", "NONAC", "OBSENC", "SS"]),
  /** Kinds of stay whose end starts no draft by itself. */
  except: z.array(z.enum(stayKinds)).default([]),
  /** A stay that ended longer ago starts no draft: EHRs write to old encounters for years, and import whole archives. */
  endedWithinDays: z.number().positive().max(3650).default(14),
  /** Canonicals of the EHR's topics of changes in charts; without any, the EHR is asked by type. */
  chartTopics: z.array(topic).max(20).default([]),
  /** Types whose changes are asked for while a draft waits for its signature; empty: none is. */
  chartTypes: z.array(z.enum(chartTypes)).default([...watchedTypes]),
  /** Ended stays are asked for so often while nothing better has proven itself ... */
  pollSeconds: z.number().min(1).max(3600).default(60),
  /** ... and so often, for what was not told, once something has. */
  sweepSeconds: z.number().min(1).max(86_400).default(900),
  /** The chart of each draft is asked for so often. */
  chartPollSeconds: z.number().min(1).max(86_400).default(300),
  /** The EHR is asked to say so often that it is still there. */
  heartbeatSeconds: z.int().min(1).max(86_400).default(60),
  /** How long a proof is waited for, and how late a notification may come before it counts as lost. */
  patienceSeconds: z.number().min(1).max(3600).default(60),
  /** A Subscription is asked for so long, and renewed when a third of that is left: what is forgotten ends by itself. */
  endDays: z.number().min(0.001).max(365).default(7),
});

export type EhrSubscriptionSettings = z.infer<typeof ehrSubscriptions>;
