/** The CDS client's rules: which tokens it fills (rows 55 to 59), what of an answer it objects to, what it renders. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createInbox } from "../../sandbox/cds-client/inbox.ts";
import type { InboxCard } from "../../sandbox/cds-client/inbox.ts";
import { linkAddress } from "../../sandbox/cds-client/launch-link.ts";
import { renderMarkdown } from "../../sandbox/cds-client/markdown.ts";
import { resolveTemplate } from "../../sandbox/cds-client/prefetch.ts";
import { responseViolations } from "../../sandbox/cds-client/service.ts";
import { readyCard } from "../support/stub-adapter.ts";

const CARD = readyCard("https://adapter.example");

describe("prefetch tokens", () => {
  const context = { userId: "Practitioner/p1", patientId: "a b", encounterId: "e1" };

  it("fills context and user tokens, encoded", () => {
    assert.equal(resolveTemplate("Patient/{{context.patientId}}", context), "Patient/a%20b");
    assert.equal(resolveTemplate("Practitioner/{{ userPractitionerId }}", context), "Practitioner/p1");
    assert.equal(resolveTemplate("X?a={{context.patientId}}&b={{context.encounterId}}", context), "X?a=a%20b&b=e1");
  });

  it("leaves out a template whose token the context does not have", () => {
    assert.equal(resolveTemplate("PractitionerRole/{{userPractitionerRoleId}}", context), undefined);
    assert.equal(resolveTemplate("Encounter/{{context.encounterId}}", { userId: "x", patientId: "p" }), undefined);
  });
});

describe("answers (CDS Hooks 2.0)", () => {
  it("has nothing against a sound card, nor against no card", () => {
    assert.deepEqual(responseViolations({ cards: [CARD] }), []);
    assert.deepEqual(responseViolations({ cards: [] }), []);
  });

  const wrong: [string, unknown][] = [
    ["74", {}],
    ["83", { cards: [{ ...CARD, summary: "x".repeat(140) }] }],
    ["87", { cards: [{ ...CARD, indicator: "urgent" }] }],
    ["93", { cards: [{ ...CARD, suggestions: [{ label: "Do" }] }] }],
    ["98", { cards: [{ ...CARD, overrideReasons: [{ code: "later" }] }] }],
    ["139", { cards: [{ ...CARD, links: [{ label: "Go", url: "/here", type: "absolute" }] }] }],
    ["144", { cards: [{ ...CARD, links: [{ label: "Go", url: "https://a/", type: "absolute", appContext: "j" }] }] }],
    ["2", { cards: [{ ...CARD, detail: "" }] }],
    ["2", { cards: [{ ...CARD, links: [] }] }],
  ];
  for (const [row, body] of wrong) {
    it(`finds row ${row} in ${JSON.stringify(body).slice(-60)}`, () => {
      assert.ok(responseViolations(body).some((line) => line.startsWith(`${row}:`)));
    });
  }
});

describe("inbox (rows 78, 210 to 212)", () => {
  const held = (id: string, service: string, patientId: string): InboxCard => ({
    id,
    card: { summary: id, indicator: "info", source: { label: "s" } },
    service,
    hook: "patient-view",
    hookInstance: "h",
    patientId,
    encounterId: undefined,
    userId: "Practitioner/p1",
    at: "2026-03-20T10:00:00Z",
  });

  it("puts a service's newer cards in the place of its older ones, on that patient only", () => {
    const inbox = createInbox();
    inbox.replace("discharge-summary", "p1", [held("old", "discharge-summary", "p1")]);
    inbox.replace("discharge-summary", "p2", [held("other-patient", "discharge-summary", "p2")]);
    inbox.replace("other", "p1", [held("other-service", "other", "p1")]);
    inbox.replace("discharge-summary", "p1", [held("new", "discharge-summary", "p1")]);
    assert.deepEqual(
      inbox.of("p1").map(({ id }) => id),
      ["new", "other-service"],
    );
    inbox.replace("discharge-summary", "p1", []);
    assert.deepEqual(
      inbox.of("p1").map(({ id }) => id),
      ["other-service"],
    );
    assert.equal(inbox.of("p2").length, 1);
  });
});

describe("markdown of a card", () => {
  it("renders emphasis, and no element that the service wrote", () => {
    const html = renderMarkdown(
      "**ok** <img src=x onerror=alert(1)> ![pic](https://a.example/x.png)\n\n<script>1</script>",
    );
    assert.match(html, /<strong>ok<\/strong>/u);
    assert.doesNotMatch(html, /<(?:img|script)/u);
  });

  it("makes no link of a script, and opens others without referrer", () => {
    assert.doesNotMatch(renderMarkdown("[x](javascript:alert(1))"), /<a/u);
    assert.match(renderMarkdown("[x](https://a.example/)"), /rel="noopener noreferrer"/u);
  });
});

describe("a card's link", () => {
  const context = { patientId: "p1", encounterId: "e1", fhirUser: "Practitioner/u1" };

  it("SMART: iss and launch in the address, appContext only in the launch", () => {
    const launches: unknown[] = [];
    const createLaunch = (launch: unknown): string => {
      launches.push(launch);
      return "L1";
    };
    const link = {
      label: "Go",
      url: "https://a.example/smart/launch?x=1",
      type: "smart" as const,
      appContext: "job-42",
    };
    const address = linkAddress(link, context, { fhirBaseUrl: "https://ehr.example/fhir", createLaunch });
    assert.equal(address, "https://a.example/smart/launch?x=1&iss=https%3A%2F%2Fehr.example%2Ffhir&launch=L1");
    const wanted = { patient: "p1", encounter: "e1", fhirUser: "Practitioner/u1", needPatientBanner: false };
    assert.deepEqual(launches, [{ ...wanted, appContext: "job-42" }]);
  });

  it("absolute: as it stands", () => {
    const link = { label: "Go", url: "https://a.example/t#ticket", type: "absolute" as const };
    assert.equal(linkAddress(link, context, { fhirBaseUrl: "", createLaunch: () => "" }), link.url);
  });
});
