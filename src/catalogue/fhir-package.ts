/** The parts of the FHIR package (fhir-profiles/) that follow from the program. */
import type { CodeSystem } from "fhir/r4.js";
import { z } from "zod";
import { eventCatalogue } from "../core/event/catalogue.ts";
import { publicEventTypes } from "../core/event/event.ts";

/** The types of our events, by which topics say what sets them off. */
export function eventCodes(): CodeSystem {
  const described = new Map(eventCatalogue.map(({ type, description }) => [type as string, description]));
  const concept = publicEventTypes.map((code) => ({ code, display: code, definition: described.get(code) ?? code }));
  return {
    resourceType: "CodeSystem",
    id: "handover-event-types",
    url: "https://adapter.example/event-types",
    version: "1.0.0",
    name: "HandoverEventTypes",
    title: "Types of events",
    status: "active",
    date: "2026-11-22",
    description:
      "What the adapter tells of: the event types that topics of subscriptions are about, and that webhooks carry.",
    caseSensitive: true,
    content: "complete",
    count: concept.length,
    concept,
  };
}

const indexed = z
  .object({
    resourceType: z.string(),
    id: z.string(),
    url: z.url().optional(),
    version: z.string().optional(),
    kind: z.string().optional(),
    type: z.unknown().optional(),
  })
  // Of some resources the type is a concept, of which an index says nothing.
  .transform(({ type, ...rest }) => (typeof type === "string" ? { ...rest, type } : rest));

/** Folders of the package that hold resources; each has an index of its own, because file names in one are relative to it. */
export const packageFolders = [".", "topics", "examples"] as const;

/** Which files of a folder of the package are resources, as a glob. */
export const resourcesIn = (folder: (typeof packageFolders)[number]): string =>
  folder === "." ? "*-*.json" : `${folder}/*.json`;

/** `.index.json` of a folder of a FHIR package: what a loader would else have to open each file for. */
export function packageIndex(files: readonly (readonly [filename: string, resource: unknown])[]): object {
  return {
    "index-version": 2,
    files: files
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([filename, resource]) => ({ filename, ...indexed.parse(resource) })),
  };
}
