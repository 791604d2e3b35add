/** `npm run features`: writes docs/features.md from docs/features.yaml. Exits non-zero where a yes has no test. */
import { writeFileSync } from "node:fs";
import { titlesOfFile } from "./conformance/claims.ts";
import { featuresPage, readFeatures } from "./features/rows.ts";
import { featureProblems, renderFeatures } from "./features/table.ts";

const table = readFeatures();
writeFileSync(featuresPage, renderFeatures(table));
const problems = featureProblems(table, titlesOfFile);
for (const problem of problems) console.log(problem);
if (problems.length > 0) process.exitCode = 1;
