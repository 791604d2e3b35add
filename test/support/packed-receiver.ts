/** The receivers' package as a hospital gets it: packed by npm, installed from the tarball, its example run by plain Node. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { eventually } from "./eventually.ts";

const run = promisify(execFile);
const source = join(import.meta.dirname, "..", "..", "packages", "webhook-receiver");

export interface PackedReceiver {
  /** The project that the package was installed into. */
  readonly folder: string;
  /** Where the package lies in it. */
  readonly installed: string;
  /** Paths inside the tarball. */
  readonly files: readonly string[];
  remove(): Promise<void>;
}

/** Packs and installs without any network. */
export async function packReceiver(): Promise<PackedReceiver> {
  const folder = await mkdtemp(join(tmpdir(), "handover-receiver-"));
  const packed = await run("npm", ["pack", "--offline", "--json", "--pack-destination", folder], { cwd: source });
  // What the build says comes first.
  const [report] = JSON.parse(packed.stdout.slice(packed.stdout.lastIndexOf("\n[") + 1)) as [
    { readonly filename: string; readonly files: readonly { readonly path: string }[] },
  ];
  await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  await run("npm", ["install", `./${report.filename}`, "--offline", "--no-audit", "--no-fund"], { cwd: folder });
  return {
    folder,
    installed: join(folder, "node_modules", "@handover", "webhook-receiver"),
    files: report.files.map(({ path }) => path),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** What the example prints for one thing it did. */
export interface ToldLine {
  readonly did: string;
  readonly id?: string;
  readonly reason?: string;
  readonly [name: string]: unknown;
}

export interface RunningExample {
  readonly url: string;
  readonly lines: readonly ToldLine[];
  /** Waits for a line of this kind that `matches`. */
  told(did: string, matches?: (line: ToldLine) => boolean): Promise<ToldLine>;
  stop(): Promise<void>;
}

/** Starts the installed example with these settings, and nothing else of this process's environment. */
export async function startExample(
  { installed }: PackedReceiver,
  environment: Record<string, string>,
): Promise<RunningExample> {
  const child = spawn(process.execPath, [join(installed, "examples", "answer-first.mjs")], {
    env: { PORT: "0", ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: ToldLine[] = [];
  createInterface(child.stdout).on("line", (line) => lines.push(JSON.parse(line) as ToldLine));
  const told: RunningExample["told"] = (did, matches = () => true) =>
    eventually(() => lines.find((line) => line.did === did && matches(line)), `the example tells "${did}"`, 20_000);
  const { port } = await told("listening");
  return {
    url: `http://127.0.0.1:${String(port)}/`,
    lines,
    told,
    async stop() {
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    },
  };
}
