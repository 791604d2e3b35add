/** `npm run bench [-- NAME]`: runs every benchmark beside this file, or one; each prints one line of JSON per figure. */
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { basename, join } from "node:path";

const wanted = process.argv[2];
const names = globSync("*.ts", { cwd: import.meta.dirname })
  .map((file) => basename(file, ".ts"))
  .filter((name) => name !== "main" && (wanted === undefined || name === wanted))
  .toSorted();

if (names.length === 0) {
  console.error(`there is no benchmark named ${wanted ?? ""}`);
  process.exitCode = 2;
}
for (const name of names) {
  const result = spawnSync(process.execPath, [join(import.meta.dirname, `${name}.ts`)], { stdio: "inherit" });
  if (result.status !== 0) process.exitCode = 1;
}
