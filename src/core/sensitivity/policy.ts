/** What a hospital lets happen to labelled records, by class and by where they would go. */
import type { SensitivityClass } from "./labels.ts";
import { classesOf } from "./labels.ts";

export const handlings = ["exclude", "mark", "include"] as const;
/** `mark`: it goes along, and says what it is. */
export type Handling = (typeof handlings)[number];

/** To a language model, into the text of `full` webhooks, into the summary and its documents. */
export const channels = ["model", "webhooks", "documents"] as const;
export type Channel = (typeof channels)[number];

export type ChannelPolicy = Readonly<Partial<Record<SensitivityClass, Handling>>>;
export type SensitivityPolicy = Readonly<Record<Channel, ChannelPolicy>>;

/** Nothing labelled leaves the house unless the hospital says so; its own documents carry it with its label. */
const unlessSaid: Readonly<Record<Channel, Handling>> = { model: "exclude", webhooks: "exclude", documents: "mark" };

export const defaultPolicy: SensitivityPolicy = { model: {}, webhooks: {}, documents: {} };

/** What becomes of something with these labels: the strictest of its classes. `include` for what has none. */
export function handlingOf(policy: SensitivityPolicy, channel: Channel, codes: readonly string[]): Handling {
  const all = new Set(classesOf(codes).map((one) => policy[channel][one] ?? unlessSaid[channel]));
  return handlings.find((handling) => all.has(handling)) ?? "include";
}
