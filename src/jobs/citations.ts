/** Which records a summary's text rests on, by reference: what a recall by source is found by. */
import type { Section } from "../core/summary/summary.ts";

/** Each cited record by its id, and by its id and version. */
export function citationsOf(sections: readonly Section[]): readonly string[] {
  const cited = sections.flatMap(({ sentences }) => sentences.flatMap(({ evidence }) => evidence));
  return [
    ...new Set(
      cited.flatMap(({ reference, version }) =>
        version === undefined ? [reference] : [reference, `${reference}|${version}`],
      ),
    ),
  ];
}
