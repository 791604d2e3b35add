/** Our Subscription server before somebody else's client: sekmet's scenario runner subscribes, receives and judges. */
import { join } from "node:path";
import { z } from "zod";
import type { Seen, Teller } from "../../sandbox/story/step.ts";
import { expect } from "../../sandbox/story/step.ts";
import type { Api } from "./api.ts";
import { dischargeAndOpen } from "./clinician.ts";
import type { Sekmet } from "./sekmet.ts";
import type { World } from "./world.ts";
import { until } from "./world.ts";
import { only } from "./write-back.ts";

export interface Subscribing {
  readonly sekmet: Sekmet;
  /** Tenant of the peer `signing`, whose clinician signs. */
  readonly signingApi: Api;
}

const scenarios = join(import.meta.dirname, "scenarios");

/** Tells one step for each scenario. Each has a stay of its own, for a job that is there already is joined and tells nothing. */
export async function tellSubscriptions(world: World, parts: Subscribing, { step }: Teller): Promise<void> {
  await step("topic-id-only", [], () => runWithStay(world, parts, "topic-id-only", 0));
  await step("topic-full-resource", [], () => runWithStay(world, parts, "topic-full-resource", 1));
  await step("topic-empty", [], () => runWithStay(world, parts, "topic-empty", 2));
  await step("refusals", [], () => judged(parts.sekmet, "handover", "refusals", variables(world)));
  await step("signed-changed-retracted", [], () => signMeanwhile(world, parts));
}

const variables = ({ adapter }: World): Readonly<Record<string, string>> => ({
  topics: `${adapter.url}/topics`,
  api: adapter.url,
});

async function runWithStay(world: World, { sekmet }: Subscribing, name: string, index: number): Promise<Seen<true>> {
  const chart = world.charts[index];
  expect(chart !== undefined, `there is no chart ${index}`);
  const { patientId: patient, encounterId: encounter } = chart;
  return judged(sekmet, "handover", name, { ...variables(world), patient, encounter });
}

/** The runner's own verdict: its exit code, and its words for each step that did not pass. */
async function judged(
  sekmet: Sekmet,
  peer: string,
  name: string,
  given: Readonly<Record<string, string>>,
): Promise<Seen<true>> {
  const vars = Object.entries(given).flatMap(([key, value]) => ["--var", `${key}=${value}`]);
  const { code, output } = await sekmet.command(
    "scenario",
    "run",
    join(scenarios, `${name}.yaml`),
    "--peer",
    peer,
    ...vars,
  );
  const lines = output.split("\n").map((line) => line.trim());
  const bad = lines.filter((line) => /^(?:FAILED|ERROR|WARNING|SKIPPED)\b/u.test(line));
  expect(code === 0 && bad.length === 0, bad.length === 0 ? output.slice(-600) : bad.join("; "));
  const passed = lines.filter((line) => line.startsWith("PASSED")).length;
  return { value: true, witness: `sekmet: ${passed} steps passed` };
}

const searchset = z.looseObject({ entry: z.array(z.unknown()).default([]) });

/** A clinician signs, amends and takes back while the runner listens. */
async function signMeanwhile(world: World, { sekmet, signingApi }: Subscribing): Promise<Seen<true>> {
  const listening = judged(sekmet, "signing", "signed-changed-retracted", variables(world));
  // Heard below; a failure until then must not end the program.
  listening.catch(() => undefined);
  const chart = world.charts[4];
  expect(chart !== undefined, "there is no fifth chart");
  const clinician = await dischargeAndOpen(world.adapter.url, world.labelled, chart);
  await clinician.draft();
  await until("three active Subscriptions", async () => {
    const { entry } = searchset.parse(await signingApi("GET", "/fhir/Subscription?status=active"));
    return entry.length >= 3 ? true : undefined;
  });
  await clinician.sign();
  await clinician.amend("instructions", "The family was told about the wound care again.", "Wound care was missing");
  // Told in full it is as it stands when it is told: what is taken back at once is told of as that.
  await only(world, world.labelled, `${clinician.job}.2`, "current/amended");
  await clinician.retract("Written for the wrong stay");
  return listening;
}
