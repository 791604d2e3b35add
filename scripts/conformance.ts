/** `npm run conformance`: writes docs/conformance/*.md from the rows and the titles of the tests. Exits non-zero on a gap. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readClaims } from "./conformance/claims.ts";
import { conformanceFolder, readRequirements, setNames } from "./conformance/requirements.ts";
import { problemsOf, renderTable } from "./conformance/table.ts";

const claims = readClaims();
for (const name of setNames) {
  const set = readRequirements(name);
  writeFileSync(join(conformanceFolder, `${name}.md`), renderTable(set, claims));
  const problems = problemsOf(set, claims);
  if (problems.length > 0) process.exitCode = 1;
  console.log(`${name}: ${set.rows.length} rows, ${problems.length} problems`);
  for (const problem of problems) console.log(`  ${problem}`);
}
