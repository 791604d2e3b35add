/**
 * `npm run bench [-- NAME...] [--json]`: runs every benchmark beside this file, or those named, each in a process of its own,
 * one after the other. Recovery after a kill is measured by `npm run faults`.
 */
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean", default: false } },
});
const known = globSync("*.ts", { cwd: import.meta.dirname })
  .map((file) => basename(file, ".ts"))
  .filter((name) => name !== "main")
  .toSorted();
const unknown = positionals.filter((name) => !known.includes(name));

if (unknown.length > 0) {
  console.error(`there is no benchmark named ${unknown.join(", ")}; there are ${known.join(", ")}`);
  process.exitCode = 2;
} else {
  for (const name of positionals.length > 0 ? positionals : known) {
    const flags = values.json ? ["--json"] : [];
    const result = spawnSync(process.execPath, [join(import.meta.dirname, `${name}.ts`), ...flags], {
      stdio: "inherit",
    });
    if (result.status !== 0) process.exitCode = 1;
  }
}
