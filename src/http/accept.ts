/** Content negotiation by Accept (RFC 9110, section 12.5.1). */
import { AdapterError } from "../core/errors.ts";

interface Range {
  readonly type: string;
  readonly quality: number;
}

function parseRange(text: string): Range {
  const [type = "", ...parameters] = text.split(";").map((part) => part.trim().toLowerCase());
  const quality = Number(parameters.find((part) => part.startsWith("q="))?.slice(2) ?? 1);
  return { type, quality: Number.isFinite(quality) ? quality : 0 };
}

/** Exact types count over `text/*`, and that over the wildcard for all. */
function qualityOf(ranges: readonly Range[], type: string): number {
  const family = `${type.split("/")[0] ?? ""}/*`;
  for (const wanted of [type, family, "*/*"]) {
    const range = ranges.find((entry) => entry.type === wanted);
    if (range !== undefined) return range.quality;
  }
  return 0;
}

/**
 * Which of `offered` the caller likes best; the first offered wins a tie and stands where no Accept is given.
 * Throws 406 when none is acceptable. At most 4 KB of Accept are looked at.
 */
export function negotiate<Type extends string>(accept: string | undefined, offered: readonly [Type, ...Type[]]): Type {
  if (accept === undefined || accept.trim() === "") return offered[0];
  const ranges = accept.slice(0, 4096).split(",").map(parseRange);
  const ranked = offered
    .map((type) => ({ type, quality: qualityOf(ranges, type) }))
    .toSorted((a, b) => b.quality - a.quality);
  const best = ranked[0];
  if (best === undefined || best.quality <= 0) {
    throw new AdapterError("rendering_unavailable", {
      at: "Accept",
      message: `This is offered as ${offered.join(", ")}.`,
    });
  }
  return best.type;
}
