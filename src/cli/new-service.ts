/** `handover new-service ID`: writes a CDS service that works, with its fixtures, into a folder of its own. */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import type { Io } from "./io.ts";
import { exitCodes } from "./io.ts";
import { filesOf } from "./new-service-files.ts";

export interface NewServiceCommand {
  readonly id: string;
  /** Folder that holds the services; the project's own when absent. */
  readonly into?: string;
  readonly json: boolean;
}

/** The id stands in URLs, cards and metrics, and names the folder (CDS Hooks 2.0, 10). */
const pattern = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/u;
const MAX_LENGTH = 64;

const services = join(import.meta.dirname, "..", "..", "cds-services");

/** Never writes over anything: a folder that is there is refused. */
export async function newService({ id, into = services, json }: NewServiceCommand, io: Io): Promise<number> {
  if (!pattern.test(id) || id.length > MAX_LENGTH) {
    io.stderr(`An id has lower-case letters, digits and single hyphens, at most ${MAX_LENGTH}: goals-of-care\n`);
    return exitCodes.usage;
  }
  const folder = join(into, id);
  if (!(await makeFolder(folder))) {
    io.stderr(`${folder} exists already. Choose another id, or remove it first.\n`);
    return exitCodes.failed;
  }
  const files = await writeFiles(folder, id);
  if (json) io.stdout(`${JSON.stringify({ id, folder, files })}\n`);
  else io.stdout(report(folder, files));
  return exitCodes.ok;
}

/** Makes the folder itself, so that of two calls at once only one goes on. */
async function makeFolder(folder: string): Promise<boolean> {
  await mkdir(dirname(folder), { recursive: true });
  try {
    await mkdir(folder);
    return true;
  } catch (error) {
    if (error instanceof Error && Reflect.get(error, "code") === "EEXIST") return false;
    throw error;
  }
}

/** A service that is half there would stop the next start: it is taken away again. */
async function writeFiles(folder: string, id: string): Promise<readonly string[]> {
  const files = Object.entries(filesOf(id));
  try {
    for (const [name, text] of files) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text, { flag: "wx" });
    }
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  return files.map(([name]) => name);
}

function report(folder: string, files: readonly string[]): string {
  const place = relative(process.cwd(), folder) || folder;
  return `Written to ${place}:
${files.map((name) => `  ${name}\n`).join("")}
Next:
  npm test -- test/contract/cds-service-fixtures.test.ts   its fixtures pass already
  npm run demo                                             opening a chart in the sandbox EHR shows its card
Then say in service.ts when it speaks. The guide is "Adding a CDS service" in CONTRIBUTING.md.
`;
}
