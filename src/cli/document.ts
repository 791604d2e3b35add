/** `handover document`: documents on their way into the EHR, from any running adapter. */
import { z } from "zod";
import type { Options } from "./command.ts";
import { textOf } from "./command.ts";
import { table } from "./endpoint/text.ts";
import type { Io } from "./io.ts";
import { exitCodes } from "./io.ts";
import type { RemoteAdapter } from "./remote/adapter.ts";
import { remoteAdapter } from "./remote/adapter.ts";
import { connectionOf } from "./remote/connection.ts";

const issue = z.looseObject({
  severity: z.string(),
  code: z.string(),
  text: z.string().optional(),
  expression: z.string().optional(),
});
const write = z.looseObject({
  job: z.string(),
  version: z.int(),
  docStatus: z.string(),
  state: z.string(),
  attempts: z.int(),
  reference: z.string().optional(),
  nextAttemptAt: z.string().optional(),
  waitsFor: z.string().optional(),
  updatedAt: z.string(),
  problem: z
    .looseObject({
      code: z.string(),
      status: z.int().optional(),
      means: z.string(),
      fix: z.string(),
      issues: z.array(issue),
    })
    .optional(),
});
type Write = z.infer<typeof write>;
const items = z.looseObject({ items: z.array(write) });
const page = items.extend({ next: z.string().nullable() });
const queued = z.looseObject({ queued: z.int() });
const description = z.looseObject({
  profile: z.looseObject({
    basedOn: z.string(),
    about: z.string(),
    settings: z.array(
      z.looseObject({ name: z.string(), value: z.unknown(), from: z.string(), why: z.string().optional() }),
    ),
  }),
  document: z.looseObject({ sample: z.boolean(), version: z.int(), docStatus: z.string() }),
  notes: z.array(z.string()),
  requests: z.array(
    z.looseObject({
      method: z.string(),
      url: z.string(),
      headers: z.record(z.string(), z.string()),
      body: z.unknown().optional(),
      answer: z.string(),
      why: z.string(),
    }),
  ),
});
type Description = z.infer<typeof description>;

const print = (io: Io, value: unknown): void => io.stdout(`${JSON.stringify(value, undefined, 2)}\n`);
/** What an EHR wrote never steers the terminal. */
const plain = (text: string): string => text.replaceAll(/\p{C}+/gu, " ");
const path = (job: string, rest: string): string => `/v1/jobs/${encodeURIComponent(job)}/documents${rest}`;

function problemLines({ problem, waitsFor }: Write): readonly string[] {
  if (problem === undefined) return [];
  const status = problem.status === undefined ? "" : ` (HTTP ${problem.status})`;
  const whose = waitsFor === undefined ? "" : ` (${waitsFor})`;
  return [
    `  ${problem.means}${status}${whose}`,
    ...problem.issues.map(
      ({ severity, code, text = "", expression }) =>
        `  the EHR says: ${severity} ${code}${expression === undefined ? "" : ` at ${plain(expression)}`}: ${plain(text)}`,
    ),
    `  ${problem.fix}`,
  ];
}

function writeText(each: Write): string {
  const { job, version, docStatus, state, attempts, reference, nextAttemptAt } = each;
  const next = nextAttemptAt === undefined ? "" : `, next ${nextAttemptAt}`;
  const head = `${job}  version ${version} ${docStatus}  ${state}  ${attempts} tries${next}  ${reference ?? ""}`;
  return [head.trimEnd(), ...problemLines(each)].join("\n");
}

async function allWrites(adapter: RemoteAdapter, state: string | undefined): Promise<readonly Write[]> {
  const found: Write[] = [];
  let before: string | undefined;
  do {
    const read = await adapter.read("GET", "/v1/documents", page, { query: { state, before, limit: 200 } });
    found.push(...read.items);
    before = read.next ?? undefined;
  } while (before !== undefined);
  return found;
}

const isRejected = ({ state }: Write): boolean => state === "rejected";

/** Exit code 1 where one was refused. */
export async function documentList(options: Options, io: Io): Promise<number> {
  const found = await allWrites(remoteAdapter(connectionOf(options)), textOf(options, "state"));
  const code = found.some(isRejected) ? exitCodes.failed : exitCodes.ok;
  if (options["json"] === true) {
    print(io, { items: found });
    return code;
  }
  if (found.length === 0) io.stdout("Nothing is on its way, and nothing was refused.\n");
  else {
    const rows = found.map(({ job, version, docStatus, state, attempts, updatedAt, problem }) => [
      job,
      `${version} ${docStatus}`,
      state,
      String(attempts),
      updatedAt,
      problem?.means ?? "",
    ]);
    io.stdout(table([["JOB", "VERSION", "STATE", "TRIES", "SINCE", ""], ...rows]));
  }
  return code;
}

/** Exit code 1 where one was refused. */
export async function documentShow(job: string, options: Options, io: Io): Promise<number> {
  const found = await remoteAdapter(connectionOf(options)).read("GET", path(job, ""), items);
  if (options["json"] === true) print(io, { items: found.items });
  else if (found.items.length === 0) io.stdout("No document of this job is owed to the EHR.\n");
  else io.stdout(`${found.items.map(writeText).join("\n")}\n`);
  return found.items.some(isRejected) ? exitCodes.failed : exitCodes.ok;
}

export async function documentRetry(job: string | undefined, options: Options, io: Io): Promise<number> {
  const all = options["all"] === true;
  if ((job === undefined) !== all) {
    io.stderr("Name one job, or give --all.\n");
    return exitCodes.usage;
  }
  const to = job === undefined ? "/v1/documents/retry" : path(job, "/retry");
  const { queued: count } = await remoteAdapter(connectionOf(options)).read("POST", to, queued);
  if (options["json"] === true) print(io, { queued: count });
  else
    io.stdout(
      count === 0
        ? "Nothing was refused, and nothing waits.\n"
        : `${count} tried again now: \`handover document list\`.\n`,
    );
  return exitCodes.ok;
}

function settingLines({ settings }: Description["profile"]): readonly string[] {
  const rows = settings.map(({ name, value, from, why = "" }) => [`  ${name}`, JSON.stringify(value), from, why]);
  return table(rows).trimEnd().split("\n");
}

/** A long base64 says nothing to a reader. */
const shortened = (_name: string, value: unknown): unknown =>
  typeof value === "string" && value.length > 400 ? `${value.slice(0, 60)}... (${value.length} characters)` : value;

function requestLines(
  { method, url, headers, body, answer, why }: Description["requests"][number],
  at: number,
  show: boolean,
): readonly string[] {
  const shown = body === undefined ? [] : JSON.stringify(body, show ? undefined : shortened, 2).split("\n");
  return [
    "",
    `${at + 1}. ${method} ${url}`,
    `   ${why}${answer === "assumed" ? " (answer assumed)" : ""}`,
    ...Object.entries(headers).map(([name, value]) => `   ${name}: ${value}`),
    ...shown.map((line) => `   ${line}`),
  ];
}

function bodyless(request: Description["requests"][number]): Description["requests"][number] {
  const { body: _body, ...rest } = request;
  return rest;
}

/** Of a job, without `--show`, no word of its summary is printed. */
export async function documentDescribe(job: string | undefined, options: Options, io: Io): Promise<number> {
  const from = job === undefined ? "/v1/write-profile" : path(job, "/preview");
  const found = await remoteAdapter(connectionOf(options)).read("GET", from, description);
  if (options["json"] === true) {
    print(io, found);
    return exitCodes.ok;
  }
  const { profile, document, notes, requests } = found;
  const show = options["show"] === true;
  const of = document.sample ? "a sample of nobody" : `version ${document.version}, ${document.docStatus}`;
  const told = show || document.sample ? requests : requests.map(bodyless);
  const lines = [
    `Write profile ${profile.basedOn}: ${profile.about}`,
    ...settingLines(profile),
    "",
    `For ${of}:`,
    ...notes.map((note) => `  ${note}`),
    ...told.flatMap((request, at) => requestLines(request, at, show)),
    ...(show || document.sample || requests.length === 0 ? [] : ["", "--show prints the bodies."]),
  ];
  io.stdout(`${lines.join("\n")}\n`);
  return exitCodes.ok;
}
