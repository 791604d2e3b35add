/** What a caller is told about a request that its schema refuses: where, what may stand there, never what was given. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import { parseOr400 } from "../../src/core/request-shape.ts";

const reference = z.string().regex(/^Patient\/[a-z0-9]+$/u, "a relative reference, Patient/<id>");
const body = z.strictObject({
  patient: z.union([
    reference.transform((value) => ({ reference: value })),
    z.strictObject({ reference }),
    z.strictObject({ identifier: z.strictObject({ system: z.string(), value: z.string() }) }),
  ]),
  limit: z.int().min(1).max(200).default(50),
  status: z.enum(["completed", "failed"]).optional(),
  sections: z.array(z.strictObject({ text: z.string().max(3) })).default([]),
  until: z.iso.datetime().optional(),
});

const SECRET = "Mrs-Canary";

function told(value: unknown): string {
  try {
    parseOr400(body, value, "body");
  } catch (error) {
    assert.ok(error instanceof Error && "at" in error && "code" in error);
    assert.ok(!`${error.message} ${String(error.at)}`.includes(SECRET));
    return `${String(error.code)} ${String(error.at)}: ${error.message}`;
  }
  return "accepted";
}

describe("a request that its schema refuses", () => {
  const patient = "Patient/p1";
  const cases: readonly (readonly [unknown, string])[] = [
    [{ patient }, "accepted"],
    [undefined, "parameter_missing body: A required value is missing."],
    [[], "parameter_invalid body: A value is not allowed: expected object."],
    [{}, "parameter_missing patient: A required value is missing."],
    [
      { patient: SECRET },
      "parameter_invalid patient: A value is not allowed: expected a relative reference, Patient/<id>.",
    ],
    [
      { patient: { reference: SECRET } },
      "parameter_invalid patient.reference: A value is not allowed: expected a relative reference, Patient/<id>.",
    ],
    [
      { patient: { identifier: { system: SECRET } } },
      "parameter_missing patient.identifier.value: A required value is missing.",
    ],
    [{ patient, limit: 500 }, "parameter_invalid limit: A value is not allowed: at most 200."],
    [{ patient, limit: 0 }, "parameter_invalid limit: A value is not allowed: at least 1."],
    [{ patient, status: SECRET }, "parameter_invalid status: A value is not allowed: expected completed or failed."],
    [
      { patient, sections: [{ text: "ok" }, { text: SECRET }] },
      "parameter_invalid sections[1].text: A value is not allowed: at most 3 characters.",
    ],
    [{ patient, until: SECRET }, "parameter_invalid until: A value is not allowed: expected datetime."],
    [{ patient, more: SECRET }, "parameter_invalid more: A value is not allowed: there is no such member."],
  ];
  for (const [value, expected] of cases) it(expected, () => assert.equal(told(value), expected));
});
