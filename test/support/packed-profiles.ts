/** fhir-profiles/ as another project gets it: packed by npm, and installed from the tarball into an empty folder. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const source = join(import.meta.dirname, "..", "..", "fhir-profiles");
const r4Core = "hl7.fhir.r4.core";

export interface PackedProfiles {
  /** Where the package lies, found by its name. */
  readonly installed: string;
  remove(): Promise<void>;
}

/** Without any network: R4's own package, which registries of FHIR packages hold, is stood in for by an empty one. */
export async function packProfiles(): Promise<PackedProfiles> {
  const folder = await mkdtemp(join(tmpdir(), "handover-profiles-"));
  const packed = await run("npm", ["pack", "--offline", "--json", "--pack-destination", folder], { cwd: source });
  const [{ filename }] = JSON.parse(packed.stdout) as [{ readonly filename: string }];
  await mkdir(join(folder, "r4"));
  await writeFile(join(folder, "r4", "package.json"), JSON.stringify({ name: r4Core, version: "4.0.1" }));
  const project = { private: true, dependencies: { [r4Core]: "file:r4" }, overrides: { [r4Core]: "file:r4" } };
  await writeFile(join(folder, "package.json"), JSON.stringify(project));
  await run("npm", ["install", `./${filename}`, "--offline", "--no-audit", "--no-fund"], { cwd: folder });
  const { resolve } = createRequire(join(folder, "package.json"));
  return {
    installed: dirname(resolve("handover.fhir.profiles/package.json")),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
