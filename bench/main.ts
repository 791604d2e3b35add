/**
 * `npm run bench [-- NAME...] [flags]`: runs every benchmark beside this file, or those named, each in a process of its own,
 * one after the other. Flags go to each: `--json` all know, others are of one (`hooks --chart FILE`). Recovery after a kill is measured by `npm run faults`.
 */
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { basename, join } from "node:path";

const given = process.argv.slice(2);
const flagsFrom = given.findIndex((argument) => argument.startsWith("-"));
const [names, flags] = flagsFrom === -1 ? [given, []] : [given.slice(0, flagsFrom), given.slice(flagsFrom)];
const known = globSync("*.ts", { cwd: import.meta.dirname })
  .map((file) => basename(file, ".ts"))
  .filter((name) => name !== "main")
  .toSorted();
const unknown = names.filter((name) => !known.includes(name));

if (unknown.length > 0) {
  console.error(`there is no benchmark named ${unknown.join(", ")}; there are ${known.join(", ")}`);
  process.exitCode = 2;
} else {
  for (const name of names.length > 0 ? names : known) {
    const result = spawnSync(process.execPath, [join(import.meta.dirname, `${name}.ts`), ...flags], {
      stdio: "inherit",
    });
    if (result.status !== 0) process.exitCode = 1;
  }
}
