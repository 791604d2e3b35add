/** `npm run schemas`: writes docs/schemas, and the table of docs/events.md, from the schemas that the program validates with. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { publishedEventFiles, withEventTable } from "../src/catalogue/publish.ts";
import { publishedFiles } from "../src/hooks/schema/publish.ts";

const docs = join(import.meta.dirname, "../docs");

function write(folder: string, files: ReadonlyMap<string, string>): void {
  for (const [path, content] of files) {
    const target = join(docs, "schemas", folder, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
    console.log(`${folder}/${path}`);
  }
}

write("cds-hooks", publishedFiles());
write("events", publishedEventFiles());
const page = join(docs, "events.md");
writeFileSync(page, withEventTable(readFileSync(page, "utf8")));
