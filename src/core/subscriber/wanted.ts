/** Which Subscriptions an EHR is asked for: the best manner that proves itself, and the next one where it does not. */
import type { SubscriptionPhase } from "./lifecycle.ts";
import type { Manner } from "./request.ts";

/** What is watched: ends of stays; charts under a draft. */
export type Watch = "discharge" | "chart";

export interface Wanted {
  readonly watch: Watch;
  readonly manner: Manner;
  /** Canonical of a topic, or a search. */
  readonly criteria: string;
}

export interface WatchSettings {
  readonly channel: "auto" | "topic" | "criteria" | "polling";
  readonly dischargeTopic?: string | undefined;
  readonly criteria: string;
  readonly chartTopics: readonly string[];
  readonly chartTypes: readonly string[];
}

/** One that is there already. */
export interface Standing extends Wanted {
  readonly phase: SubscriptionPhase;
}

/** Names by which EHRs list a topic of ended stays: `encounter-complete`, `patient-discharge`, `discharge-notification`. */
const dischargeName =
  /(?:encounter|stay|visit|admission)[-_]?(?:complete|finish|end)|(?:^|[-_])discharged?(?:$|[-_])|^discharge/iu;

/** The topic of ended stays among those that the EHR lists; undefined where none is called so. */
export function dischargeTopicAmong(advertised: readonly string[]): string | undefined {
  return advertised.find((url) => dischargeName.test(url.split("|", 1)[0]?.split(/[/:#]/u).at(-1) ?? ""));
}

const failed: ReadonlySet<SubscriptionPhase> = new Set(["refused", "unproven"]);

function topicsOf(
  watch: Watch,
  settings: WatchSettings,
  advertised: readonly string[] | undefined,
  standing: readonly Standing[],
): readonly string[] {
  if (settings.channel === "criteria" || settings.channel === "polling") return [];
  if (watch === "chart") return settings.chartTypes.length === 0 ? [] : settings.chartTopics;
  if (settings.dischargeTopic !== undefined) return [settings.dischargeTopic];
  // What the EHR listed when it could be asked holds until it can be asked again.
  if (advertised === undefined)
    return standing.flatMap((one) => (one.watch === watch && one.manner === "topic" ? [one.criteria] : []));
  const topic = dischargeTopicAmong(advertised);
  return topic === undefined ? [] : [topic];
}

function searchesOf(watch: Watch, settings: WatchSettings): readonly string[] {
  if (settings.channel === "topic" || settings.channel === "polling") return [];
  return watch === "discharge" ? [settings.criteria] : settings.chartTypes.map((type) => `${type}?`);
}

function wantedFor(
  watch: Watch,
  settings: WatchSettings,
  advertised: readonly string[] | undefined,
  standing: readonly Standing[],
): readonly Wanted[] {
  const topics = topicsOf(watch, settings, advertised, standing).map((criteria): Wanted => ({
    watch,
    manner: "topic",
    criteria,
  }));
  // A topic that fails is tried again some day; until it proves itself the search stands beside it.
  const topicStands = topics.some((one) => {
    const there = standing.find((other) => isSame(one, other));
    return there === undefined || !failed.has(there.phase);
  });
  const searches = searchesOf(watch, settings).map((criteria): Wanted => ({ watch, manner: "criteria", criteria }));
  return topicStands ? topics : [...topics, ...searches];
}

export function isSame(one: Wanted, other: Wanted): boolean {
  return one.watch === other.watch && one.manner === other.manner && one.criteria === other.criteria;
}

/**
 * @param advertised topics of the EHR's CapabilityStatement; undefined while that cannot be had: then a search is asked for
 *   where no topic stands
 * @param standing what has been asked for before, and how that stands
 */
export function wantedSubscriptions(
  settings: WatchSettings,
  advertised: readonly string[] | undefined,
  standing: readonly Standing[],
): readonly Wanted[] {
  return [
    ...wantedFor("discharge", settings, advertised, standing),
    ...wantedFor("chart", settings, advertised, standing),
  ];
}

/** By what a watch is served now: by the best that is proven, all of it; else it is polled. */
export function mannerInForce(
  watch: Watch,
  wanted: readonly Wanted[],
  standing: readonly Standing[],
): Manner | "polling" {
  for (const manner of ["topic", "criteria"] as const) {
    const asked = wanted.filter((one) => one.watch === watch && one.manner === manner);
    const proven = asked.every((one) => standing.find((other) => isSame(one, other))?.phase === "proven");
    if (asked.length > 0 && proven) return manner;
  }
  return "polling";
}
