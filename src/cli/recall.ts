/** `handover recall` and `handover safety-reports`: what rests on what turned out to be wrong, and what people reported. */
import { z } from "zod";
import type { Options } from "./command.ts";
import { textOf } from "./command.ts";
import { table } from "./endpoint/text.ts";
import type { Io } from "./io.ts";
import { exitCodes } from "./io.ts";
import type { RemoteAdapter } from "./remote/adapter.ts";
import { remoteAdapter } from "./remote/adapter.ts";
import { connectionOf } from "./remote/connection.ts";
import { parseMoment } from "./remote/moment.ts";

const affected = z.looseObject({
  job: z.string(),
  version: z.int(),
  docStatus: z.string(),
  engine: z.string(),
  model: z.string().optional(),
  promptVersion: z.string().optional(),
  encounter: z.string(),
  createdAt: z.string(),
  recalled: z.boolean(),
});
const page = z.looseObject({ items: z.array(affected), next: z.string().nullable() });
const outcome = z.looseObject({ id: z.string(), told: z.int(), before: z.int() });
type Affected = z.infer<typeof affected>;

async function allAffected(
  adapter: RemoteAdapter,
  named: Readonly<Record<string, string | undefined>>,
): Promise<readonly Affected[]> {
  const found: Affected[] = [];
  let cursor: string | undefined;
  for (;;) {
    const query = { ...named, cursor, limit: 200 };
    const { items, next } = await adapter.read("GET", "/v1/recalls/affected", page, { query });
    found.push(...items);
    if (next === null) return found;
    cursor = next;
  }
}

function listing(found: readonly Affected[]): string {
  if (found.length === 0) return "No summary rests on it.\n";
  const rows = found.map((row) => [
    row.job,
    `${row.version} ${row.docStatus}`,
    [row.engine, row.model, row.promptVersion].filter((part) => part !== undefined).join(" "),
    row.createdAt,
    row.recalled ? "recalled" : "",
  ]);
  return `${table([["JOB", "VERSION", "WRITTEN BY", "MADE", ""], ...rows])}${found.length} in all.\n`;
}

/** Lists; with `--notify` recalls as well. */
export async function recall(options: Options, io: Io): Promise<number> {
  const named = {
    model: textOf(options, "model"),
    prompt: textOf(options, "prompt"),
    source: textOf(options, "source"),
  };
  if (Object.values(named).filter((value) => value !== undefined).length !== 1) {
    io.stderr("Name one of --model, --prompt and --source.\n");
    return exitCodes.usage;
  }
  const reason = textOf(options, "reason");
  const notify = options["notify"] === true;
  if (notify && reason === undefined) {
    io.stderr("--notify needs --reason: it is shown on the page of each summary.\n");
    return exitCodes.usage;
  }
  const adapter = remoteAdapter(connectionOf(options));
  const found = await allAffected(adapter, named);
  const told = notify ? await adapter.read("POST", "/v1/recalls", outcome, { body: { ...named, reason } }) : undefined;
  if (options["json"] === true)
    io.stdout(`${JSON.stringify({ affected: found, recall: told ?? null }, undefined, 2)}\n`);
  else {
    io.stdout(listing(found));
    if (told !== undefined) io.stdout(`Recall ${told.id}: ${told.told} told of now, ${told.before} before.\n`);
    else if (found.length > 0) io.stdout("Nobody was told. --notify --reason TEXT tells of each.\n");
  }
  return exitCodes.ok;
}

const reports = z.looseObject({
  items: z.array(
    z.looseObject({
      id: z.string(),
      category: z.string(),
      job: z.string().optional(),
      actor: z.string(),
      at: z.string(),
      text: z.string(),
    }),
  ),
});

/** Without `--show` no word of anybody's is printed. */
export async function safetyReports(options: Options, io: Io): Promise<number> {
  const given = textOf(options, "since");
  const query = given === undefined ? { limit: 200 } : { since: parseMoment(given, Date.now()), limit: 200 };
  const { items } = await remoteAdapter(connectionOf(options)).read("GET", "/v1/safety-reports", reports, { query });
  const show = options["show"] === true;
  if (options["json"] === true) {
    const shown = show ? items : items.map(({ text: _text, ...item }) => item);
    io.stdout(`${JSON.stringify({ items: shown }, undefined, 2)}\n`);
  } else if (items.length === 0) io.stdout("Nobody has reported anything.\n");
  else {
    const rows = items.map(({ id, category, job, at, text }) => [id, at, category, job ?? "", ...(show ? [text] : [])]);
    io.stdout(table([["REPORT", "AT", "KIND", "JOB", ...(show ? ["TEXT"] : [])], ...rows]));
  }
  return exitCodes.ok;
}
