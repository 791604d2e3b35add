/** Planted corruptions: every wrong number, unit, date, drug, side and denial is caught; every true sentence passes. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { gateSentence } from "../../src/core/verification/gate/gate-sentence.ts";
import { verifySentence } from "../../src/core/verification/verify-sentence.ts";
import type { PlantedStatement } from "../support/generated-charts.ts";
import {
  chartOf,
  diagnosisStatements,
  doseUnits,
  drugs,
  laboratoryStatements,
  orderStatements,
  printDate,
  procedureStatements,
  statements,
  timeZone,
  units,
} from "../support/generated-charts.ts";

function verified({ resource, fact }: PlantedStatement, text: string): boolean {
  return verifySentence({ text, evidence: fact.evidence }, chartOf(resource), { timeZone }).verified;
}

function gated({ resource, fact }: PlantedStatement, text: string): boolean {
  return gateSentence({ text, factIds: ["f1"] }, { chart: chartOf(resource), facts: new Map([["f1", fact]]), timeZone })
    .passed;
}

const runs = { numRuns: 400 };

/** Neither the verification nor the gate lets the text through; both let the true one through. */
function assertCaught(statement: PlantedStatement, corrupted: string): void {
  fc.pre(corrupted !== statement.text);
  assert.equal(verified(statement, corrupted), false, `verified: ${corrupted} <- ${statement.text}`);
  assert.equal(gated(statement, corrupted), false, `gated: ${corrupted} <- ${statement.text}`);
}

/** Replaces the last occurrence: "5 mg on 5 May" keeps its date when the dose changes, and the other way round. */
function replaceDate(text: string, date: string, by: string): string {
  const at = text.lastIndexOf(date);
  return text.slice(0, at) + by + text.slice(at + date.length);
}

const spelledDigits = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

describe("true sentences", () => {
  it("pass the verification and the gate, all of them", () => {
    fc.assert(
      fc.property(statements, (statement) => {
        assert.ok(verified(statement, statement.text), `verification refused: ${statement.text}`);
        assert.ok(gated(statement, statement.text), `gate refused: ${statement.text}`);
      }),
      runs,
    );
  });

  it("pass with the whole number spelled out", () => {
    fc.assert(
      fc.property(orderStatements, fc.nat(9), (statement, _seed) => {
        const number = Number(statement.number);
        fc.pre(number < 10);
        const text = statement.text.replace(` ${number} `, ` ${spelledDigits[number] ?? ""} `);
        assert.ok(gated(statement, text), text);
      }),
      { numRuns: 400, maxSkipsPerRun: 1000 },
    );
  });
});

describe("planted corruptions", () => {
  it("a changed, dropped or added digit is caught", () => {
    fc.assert(
      fc.property(
        fc.oneof(laboratoryStatements, orderStatements),
        fc.nat(),
        fc.nat(9),
        fc.constantFrom("change", "drop", "add"),
        (statement, position, digit, how) => {
          const number = statement.number ?? "";
          const places = [...number.matchAll(/\d/gu)].map(({ index }) => index);
          const at = places[position % places.length] ?? 0;
          const tail = number.slice(at + 1);
          const changed = {
            change: number.slice(0, at) + digit + tail,
            drop: number.slice(0, at) + tail,
            add: number.slice(0, at) + digit + number.slice(at),
          }[how];
          fc.pre(changed !== "" && Number(changed) !== Number(number));
          assertCaught(statement, statement.text.replace(` ${number} `, ` ${changed} `));
        },
      ),
      runs,
    );
  });

  it("a shifted decimal point is caught", () => {
    fc.assert(
      fc.property(
        fc.oneof(laboratoryStatements, orderStatements),
        fc.constantFrom(0.1, 10, 100, 1000),
        (statement, factor) => {
          const changed = Number((Number(statement.number) * factor).toPrecision(8));
          assertCaught(statement, statement.text.replace(` ${statement.number} `, ` ${changed} `));
        },
      ),
      runs,
    );
  });

  it("a number spelled out and wrong is caught", () => {
    fc.assert(
      fc.property(
        fc.oneof(laboratoryStatements, orderStatements),
        fc.constantFrom("two", "twelve", "thirty-one", "one hundred and five", "two point seven", "a dozen", "half a"),
        (statement, words) => {
          fc.pre(![2, 12, 31, 105, 2.7, 0.5].includes(Number(statement.number)));
          assertCaught(statement, statement.text.replace(` ${statement.number} `, ` ${words} `));
        },
      ),
      runs,
    );
  });

  it("a swapped unit is caught", () => {
    fc.assert(
      fc.property(
        fc.oneof(laboratoryStatements, orderStatements),
        fc.constantFrom(...units, ...doseUnits, "kg", "mEq/L", "g/L", "days"),
        (statement, unit) => {
          const own = statement.unit ?? "";
          fc.pre(unit !== own);
          assertCaught(statement, statement.text.replace(`${statement.number} ${own}`, `${statement.number} ${unit}`));
        },
      ),
      runs,
    );
  });

  it("a shifted date is caught, in every way of writing it", () => {
    const shifts = fc.constantFrom(-365, -30, -7, -2, -1, 1, 2, 7, 28, 31, 366);
    const forms = fc.constantFrom(
      (day: Date) => printDate(day),
      (day: Date) => day.toLocaleDateString("en-US", { timeZone, month: "long", day: "numeric", year: "numeric" }),
      (day: Date) => day.toLocaleDateString("sv-SE", { timeZone }),
      (day: Date) => day.toLocaleDateString("en-GB", { timeZone, day: "numeric", month: "long" }),
      (day: Date) => day.toLocaleDateString("en-US", { timeZone, month: "2-digit", day: "2-digit", year: "numeric" }),
    );
    fc.assert(
      fc.property(statements, shifts, forms, (statement, days, print) => {
        const date = statement.date ?? "";
        const shifted = new Date(Date.parse(`${date} 18:00 UTC`) + days * 86_400_000);
        // A day and month alone recur every year: such a shift changes nothing that is written.
        fc.pre(Math.abs(days) < 300 || print(shifted).includes(String(shifted.getUTCFullYear())));
        assertCaught(statement, replaceDate(statement.text, date, print(shifted)));
      }),
      runs,
    );
  });

  it("a date told from another time is caught", () => {
    fc.assert(
      fc.property(
        statements,
        fc.constantFrom(
          "yesterday",
          "hospital day 9",
          "two days later",
          "the next day",
          "last week",
          "14:30",
          "Tuesday",
        ),
        (statement, words) => {
          assertCaught(statement, replaceDate(statement.text, `on ${statement.date}`, words));
        },
      ),
      runs,
    );
  });

  it("a swapped drug is caught, one that no list knows too", () => {
    fc.assert(
      fc.property(
        orderStatements,
        fc.constantFrom(
          ...drugs,
          "Coumadin",
          "rivaroxaban",
          "bisoprolol",
          "olmesartan",
          "clarithromycin",
          "tirzeglutide",
        ),
        (statement, drug) => {
          // A brand name says the same drug.
          fc.pre(drug !== statement.drug && !(drug === "Coumadin" && statement.drug === "warfarin"));
          assertCaught(statement, statement.text.replace(statement.drug ?? "", drug));
        },
      ),
      runs,
    );
  });

  it("a drug added to a true sentence is caught", () => {
    fc.assert(
      fc.property(statements, fc.constantFrom("warfarin", "morphine 5 mg", "enoxaparin"), (statement, drug) => {
        fc.pre(!statement.text.includes(drug));
        assertCaught(statement, `${statement.text.slice(0, -1)} and ${drug} was started.`);
      }),
      runs,
    );
  });

  it("a changed frequency is caught", () => {
    fc.assert(
      fc.property(
        orderStatements,
        fc.constantFrom(
          "three times daily",
          "every 6 hours",
          "q4h",
          "QID",
          "weekly",
          "every other day",
          "as needed",
          "at bedtime",
        ),
        (statement, often) => {
          assertCaught(statement, statement.text.replace(/twice daily|every 8 hours|once daily/u, often));
        },
      ),
      runs,
    );
  });

  it("the other side is caught", () => {
    fc.assert(
      fc.property(procedureStatements, (statement) => {
        assertCaught(
          statement,
          statement.text.replace(/left|right/u, (side) => (side === "left" ? "right" : "left")),
        );
      }),
      runs,
    );
  });

  it("a denial of what is present is caught, and an affirmation of what is absent", () => {
    const flips = fc.constantFrom(
      (name: string, date: string) => `The patient had no ${name} on ${date}.`,
      (name: string, date: string) => `The patient denied ${name} on ${date}.`,
      (name: string, date: string) => `On ${date} ${name} was ruled out.`,
      (name: string, date: string) => `The patient was admitted without ${name} on ${date}.`,
      (name: string, date: string) => `The patient did not have ${name} on ${date}.`,
    );
    fc.assert(
      fc.property(diagnosisStatements, flips, (statement, deny) => {
        const { subject = "", date = "" } = statement;
        const text =
          statement.fact.assertion === "absent" ? `The patient had ${subject} on ${date}.` : deny(subject, date);
        assertCaught(statement, text);
      }),
      runs,
    );
  });
});
