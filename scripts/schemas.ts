/** `npm run schemas`: writes docs/schemas/cds-hooks from the schemas that the program validates with. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { publishedFiles } from "../src/hooks/schema/publish.ts";

const folder = join(import.meta.dirname, "../docs/schemas/cds-hooks");
for (const [path, content] of publishedFiles()) {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
  console.log(path);
}
