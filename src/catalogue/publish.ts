/** The catalogue as files under docs, for whoever builds a receiver without an adapter at hand. */
import type { CatalogueEntry } from "../core/event/catalogue.ts";
import { dataJsonSchema, eventCatalogue } from "../core/event/catalogue.ts";
import { asyncApiDocument } from "./async-api.ts";

const print = (document: object): string => `${JSON.stringify(document, null, 2)}\n`;

const stem = ({ type, version }: CatalogueEntry): string => `v${version}/${type}`;

/** All files by their path below the folder of published schemas. The `$id` is a URN: a file means the same wherever it lies. */
export function publishedEventFiles(): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const entry of eventCatalogue) {
    const id = `urn:handover:event:${entry.type}:v${entry.version}`;
    files.set(`${stem(entry)}.schema.json`, print(dataJsonSchema(entry, id)));
    files.set(`${stem(entry)}.example.json`, print(entry.example));
  }
  files.set("asyncapi.json", print(asyncApiDocument({ publicUrl: "https://adapter.example", version: "1" })));
  return files;
}

const placeMembers = new Set(["tenant", "job", "jobSequence", "sequence", "endpointSequence"]);

function rowOf({ type, description, carriedBy, data }: CatalogueEntry): string {
  const own = Object.keys(data.shape).filter((name) => !placeMembers.has(name));
  return `| \`${type}\` | ${description} | ${carriedBy.join(", ")} | ${own.map((name) => `\`${name}\``).join(", ")} |`;
}

/** The table of docs/events.md. */
export function eventTable(): string {
  return [
    "| type | when | carried by | `data` besides its place |",
    "|---|---|---|---|",
    ...eventCatalogue.map(rowOf),
  ].join("\n");
}

const [opening, closing] = ["<!-- written by npm run schemas -->", "<!-- end -->"];

/** The page with its table as the catalogue is now. Throws when the marks are gone. */
export function withEventTable(page: string): string {
  const [start, end] = [page.indexOf(opening), page.indexOf(closing)];
  if (start < 0 || end < start) throw new Error("docs/events.md has lost the marks of its table");
  return `${page.slice(0, start + opening.length)}\n${eventTable()}\n${page.slice(end)}`;
}
