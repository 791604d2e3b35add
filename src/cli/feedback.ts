/** `handover feedback`: what clinicians say of the summaries, in numbers. */
import { z } from "zod";
import { pdqi9Items } from "../core/feedback/feedback.ts";
import type { Options } from "./command.ts";
import { textOf } from "./command.ts";
import { table } from "./endpoint/text.ts";
import type { Io } from "./io.ts";
import { exitCodes } from "./io.ts";
import { remoteAdapter } from "./remote/adapter.ts";
import { connectionOf } from "./remote/connection.ts";
import { parseMoment } from "./remote/moment.ts";

const written = { engine: z.string(), model: z.string().optional(), promptVersion: z.string().optional() };
const shape = z.looseObject({
  sections: z.array(
    z.looseObject({ section: z.string().optional(), ...written, helpful: z.int(), wrong: z.int(), missing: z.int() }),
  ),
  pdqi9: z.array(z.looseObject({ ...written, ratings: z.int(), means: z.record(z.string(), z.number()) })),
});
type Counts = z.infer<typeof shape>;

const writer = ({
  engine,
  model,
  promptVersion,
}: {
  engine: string;
  model?: string | undefined;
  promptVersion?: string | undefined;
}): string => [engine, model, promptVersion].filter((part) => part !== undefined).join(" ");

function sectionTable({ sections }: Counts): string {
  const rows = sections.map((row) => [
    row.section ?? "(whole summary)",
    writer(row),
    String(row.helpful),
    String(row.wrong),
    String(row.missing),
  ]);
  return table([["SECTION", "WRITTEN BY", "HELPFUL", "WRONG", "MISSING"], ...rows]);
}

function ratingTable({ pdqi9 }: Counts): string {
  const rows = pdqi9.map((row) => [
    writer(row),
    String(row.ratings),
    ...pdqi9Items.map((item) => (row.means[item] ?? 0).toFixed(1)),
  ]);
  return table([["PDQI-9", "RATINGS", ...pdqi9Items.map((item) => item.toUpperCase())], ...rows]);
}

/** Counts only: no words of anybody's leave the adapter. */
export async function feedback(options: Options, io: Io): Promise<number> {
  const given = textOf(options, "since");
  const query = given === undefined ? {} : { since: parseMoment(given, Date.now()) };
  const counts = await remoteAdapter(connectionOf(options)).read("GET", "/v1/feedback", shape, { query });
  if (options["json"] === true) io.stdout(`${JSON.stringify(counts, undefined, 2)}\n`);
  else if (counts.sections.length + counts.pdqi9.length === 0) io.stdout("Nobody has said anything yet.\n");
  else io.stdout([sectionTable(counts), ...(counts.pdqi9.length === 0 ? [] : [ratingTable(counts)])].join("\n"));
  return exitCodes.ok;
}
