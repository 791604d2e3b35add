/** Holds events that were really emitted against the catalogue: nothing missing, nothing that it does not tell of. */
import assert from "node:assert/strict";
import { z } from "zod";
import { catalogueEntry } from "../../src/core/event/catalogue.ts";

const typed = z.looseObject({ type: z.string() });

/** Fails unless the catalogue has the event's type and its schema says all that the event says. Returns the event. */
export function assertCatalogued(event: unknown): unknown {
  const { type } = typed.parse(event);
  const entry = catalogueEntry(type);
  assert.ok(entry !== undefined, `${type} is not in the catalogue`);
  // Parsing drops what a schema does not name: equal afterwards means that everything is documented.
  assert.deepEqual(entry.envelope.parse(event), event, `${type} says what the catalogue does not`);
  return event;
}
