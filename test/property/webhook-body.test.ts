/** The body of a webhook: the event's own data goes out as the text that the log holds, and says what the envelope says. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { toEnvelope } from "../../src/core/event/event.ts";
import { renderBody } from "../../src/delivery/destinations/webhook/body.ts";
import { delivery } from "../contract/destination-suite.ts";

/** As Postgres writes jsonb: a space behind each comma and colon that is none of a text's own. */
const asStored = (data: unknown): string =>
  JSON.stringify(data, undefined, 1)
    .split("\n")
    .map((line) => line.trimStart())
    .join("");

const names = fc.oneof(fc.string(), fc.constantFrom("tenant", "job", "jobSequence", "endpointSequence", "sequence"));
const jobs = fc.constantFrom("0196f0c2-7b1e-7cc0-b7a5-2f2f8d7c0001", "endpoint/his", "batch/b1");

test("reads as the envelope with the endpoint's number, whatever the event says and whatever its members are called", () => {
  fc.assert(
    fc.property(fc.dictionary(names, fc.jsonValue()), jobs, fc.nat(), (given, job, endpointSequence) => {
      const dataJson = asStored(given);
      const event = { ...delivery.event, job, data: JSON.parse(dataJson) as Record<string, unknown> };
      const body: unknown = JSON.parse(renderBody(event, endpointSequence, dataJson).toString());
      assert.deepEqual(body, JSON.parse(JSON.stringify(toEnvelope(event, { endpointSequence }))));
    }),
  );
});
