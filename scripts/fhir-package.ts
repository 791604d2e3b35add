/** `npm run fhir-package`: writes what of fhir-profiles/ follows from the program: examples, the codes of events, the package's indexes. */
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { eventCodes, packageFolders, packageIndex, resourcesIn } from "../src/catalogue/fhir-package.ts";
import { profileExamples } from "../test/support/profile-examples.ts";

const folder = join(import.meta.dirname, "../fhir-profiles");

function write(file: string, content: object): void {
  writeFileSync(join(folder, file), `${JSON.stringify(content, null, 2)}\n`);
  console.log(file);
}

for (const [file, { resource }] of Object.entries(profileExamples)) write(`examples/${file}`, resource);
write("CodeSystem-handover-event-types.json", eventCodes());
for (const part of packageFolders) {
  const files = globSync(resourcesIn(part), { cwd: folder }).map(
    (file) => [basename(file), JSON.parse(readFileSync(join(folder, file), "utf8"))] as const,
  );
  write(join(part, ".index.json"), packageIndex(files));
}
