/** `handover history`: who did what to one summary, and whether the chain of acts holds; computed here, not believed. */
import { z } from "zod";
import { chainOf, summaryActNames } from "../core/summary/history.ts";
import { sectionIds } from "../core/summary/sections.ts";
import { docStatuses } from "../core/summary/status.ts";
import type { Options } from "./command.ts";
import type { Io } from "./io.ts";
import { exitCodes } from "./io.ts";
import { remoteAdapter } from "./remote/adapter.ts";
import { connectionOf } from "./remote/connection.ts";

const diff = z.array(z.object({ op: z.enum(["same", "removed", "added"]), text: z.string() }));
const section = z.object({ id: z.enum(sectionIds), title: z.string(), diff });
/** Strict where it is hashed: a member more would be another act. */
const act = z.object({
  number: z.int(),
  act: z.enum(summaryActNames),
  version: z.int(),
  revision: z.int(),
  docStatus: z.enum(docStatuses),
  at: z.string(),
  by: z.strictObject({ kind: z.string(), id: z.string(), display: z.string().exactOptional() }),
  sha256: z.string(),
  previous: z.string(),
  chain: z.string(),
  details: z.strictObject({
    sections: z.array(section),
    attestation: z.string().exactOptional(),
    reason: z.string().exactOptional(),
    sources: z
      .strictObject({
        checkedAt: z.string(),
        outcome: z.enum(["checked", "partly", "unread"]),
        acknowledged: z.array(z.string()),
      })
      .exactOptional(),
  }),
});
type Act = z.infer<typeof act>;
const shape = z.looseObject({
  acts: z.array(act),
  verdict: z.looseObject({ ok: z.boolean(), at: z.int().optional(), problem: z.string().optional() }),
});

const problems: Readonly<Record<string, string>> = {
  gap: "an act is missing there",
  changed: "the act is not as it was written",
  text: "the act began from another text than the one before left",
  end: "the summary as it stands is not what the last act left",
  undone: "the audit log tells of an act that the history no longer has",
};

/** The first act whose hash or predecessor does not hold by what was sent. */
function brokenAt(job: string, acts: readonly Act[]): number | undefined {
  let previous = "";
  for (const [index, { chain, ...rest }] of acts.entries()) {
    if (rest.number !== index + 1 || rest.previous !== previous || chainOf(job, rest) !== chain) return index + 1;
    previous = chain;
  }
  return undefined;
}

const mark = { same: " ", removed: "-", added: "+" } as const;

/** Changed parts only, a line each; control characters of a text never reach the terminal. */
function diffLines({ title, diff: parts }: Act["details"]["sections"][number]): readonly string[] {
  const lines = parts.flatMap(({ op, text }) =>
    op === "same" ? [] : text.split("\n").map((line) => `      ${mark[op]} ${line.replaceAll(/\p{C}+/gu, " ").trim()}`),
  );
  return [`    ${title}`, ...lines.filter((line) => line.trim().length > 1)];
}

function actText({ number, act: name, version, at, by, chain, details }: Act, show: boolean): string {
  const { sections, attestation, reason, sources } = details;
  const told = sources?.acknowledged ?? [];
  return [
    `#${number}  ${at}  ${name.padEnd(7)}  version ${version}  ${by.display ?? by.id}`,
    `    ${chain}`,
    ...(show && reason !== undefined ? [`    reason: ${reason}`] : []),
    ...(show && attestation !== undefined ? [`    attested: ${attestation}`] : []),
    ...(sources === undefined ? [] : [`    sources at that time: ${sources.outcome}, ${told.length} changes shown`]),
    ...(show ? sections.flatMap(diffLines) : sections.map(({ title }) => `    changed: ${title}`)),
  ].join("\n");
}

/** Exit code 1 where the history does not hold. */
export async function history(job: string, options: Options, io: Io): Promise<number> {
  const path = `/v1/jobs/${encodeURIComponent(job)}/summary/history`;
  const found = await remoteAdapter(connectionOf(options)).read("GET", path, shape);
  const at = brokenAt(job, found.acts) ?? (found.verdict.ok ? undefined : (found.verdict.at ?? 0));
  const ok = at === undefined;
  if (options["json"] === true) {
    io.stdout(`${JSON.stringify({ ok, ...(ok ? {} : { at }), ...found }, undefined, 2)}\n`);
    return ok ? exitCodes.ok : exitCodes.failed;
  }
  const texts = found.acts.map((each) => actText(each, options["show"] === true));
  io.stdout([...texts, ""].join("\n"));
  if (ok) io.stdout(`The history holds: ${found.acts.length} acts, each hash covers the one before.\n`);
  else
    io.stderr(`The history does not hold from act ${at} on: ${problems[found.verdict.problem ?? "changed"] ?? ""}.\n`);
  return ok ? exitCodes.ok : exitCodes.failed;
}
