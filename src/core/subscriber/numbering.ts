/** Which events of a subscription have come: by their numbers (backport, row 103) and by the count that each message carries (row 102). */
import type { Heard } from "./heard.ts";

export interface Numbering {
  /** All events up to this one are accounted for; undefined: nothing has been counted yet. */
  readonly position: number | undefined;
  /** The highest count that the EHR has told. */
  readonly counted: number;
}

export interface Numbered {
  readonly numbering: Numbering;
  /** What is to be looked at, each once. */
  readonly focuses: readonly string[];
  /** Some event came without a focus: something happened, and only a search tells what. */
  readonly unnamed: boolean;
  /** Events `from` to `to` did not come: fetched by $events, or found by a search. */
  readonly gap: { readonly from: number; readonly to: number } | undefined;
}

/** Longer than this it is not worth going through by number: who counts so has counted wrong, or forgotten us for months. */
const mostByNumber = 1000;

/** Whether what $events gave leaves only a search: it brought us no further, or there is no end to be seen. */
export function needsSearch(before: Numbering, after: Numbering): boolean {
  const gap = gapOf(after);
  if (gap === undefined) return false;
  return after.position === before.position || gap.to - gap.from >= mostByNumber;
}

export function gapOf({ position, counted }: Numbering): Numbered["gap"] {
  return position === undefined || counted <= position ? undefined : { from: position + 1, to: counted };
}

/** Where counting begins: what happened before the first message was heard is not for us to fetch. */
function startOf(heard: Heard, numbers: readonly number[]): number {
  if (numbers.length > 0) return Math.min(...numbers) - 1;
  return heard.counted ?? 0;
}

/**
 * Takes a message in. A number that came before is dropped, unless the EHR counts lower than it did: it may have begun anew (a
 * restore, a subscription made again), or an old message came late. What looks like a repeat may be news then, and a search
 * tells what else there was.
 */
export function take(before: Numbering, heard: Heard): Numbered {
  const numbers = heard.events.flatMap(({ number }) => number ?? []);
  const told = heard.counted ?? Math.max(0, ...numbers);
  const anew = before.position !== undefined && heard.counted !== undefined && heard.counted < before.position;
  const start = before.position === undefined || anew ? startOf(heard, numbers) : before.position;
  const fresh = heard.events.filter(({ number }) => number === undefined || number > start);
  const known = new Set(fresh.flatMap(({ number }) => number ?? []));
  let position = start;
  while (known.has(position + 1)) position += 1;
  const numbering = { position, counted: Math.max(told, position, anew ? 0 : before.counted) };
  return {
    numbering,
    focuses: [...new Set(fresh.flatMap(({ focus }) => focus ?? []))],
    unnamed: anew || heard.kind === "empty" || fresh.some(({ focus }) => focus === undefined),
    gap: gapOf(numbering),
  };
}

/** After a gap was closed up to a number, by whatever means. What came behind it in the meantime stays as it is. */
export function closedTo({ position = 0, counted }: Numbering, to: number): Numbering {
  return { position: Math.max(position, Math.min(to, counted)), counted };
}
