/** The foreign server tells by itself that a stay has ended, and that a chart changed: nobody calls a hook or presses a button. */
import { z } from "zod";
import type { Seen, Teller } from "../../sandbox/story/step.ts";
import { expect } from "../../sandbox/story/step.ts";
import type { Api } from "./api.ts";
import type { Sekmet } from "./sekmet.ts";
import type { World } from "./world.ts";
import { until } from "./world.ts";

/** A tenant that listens in one way. */
export interface Listener {
  readonly tenant: string;
  readonly api: Api;
}

export interface Listening {
  readonly sekmet: Sekmet;
  /** By the server's topic, by classic criteria, and by asking again and again. */
  readonly listeners: readonly Listener[];
  /** Topics of the server that the first listener hears. */
  readonly topics: Readonly<Record<"discharge" | "chart", string>>;
}

/** Settings of a tenant that listens so: quick, so that a run does not wait for what an hour would do. */
export function listeningSettings(channel: "topic" | "criteria" | "polling", chartTopic: string): object {
  return {
    channel,
    pollSeconds: 2,
    chartPollSeconds: 3,
    sweepSeconds: channel === "polling" ? 2 : 3_600,
    heartbeatSeconds: 5,
    patienceSeconds: 10,
    ...(channel === "topic" ? { chartTopics: [chartTopic] } : {}),
  };
}

interface EndedStay {
  readonly patient: string;
  readonly encounter: string;
}

/** Tells the steps. */
export async function tellConsumer(world: World, listening: Listening, { step }: Teller): Promise<void> {
  const subscribed = await step("subscribed", [], () => awaitSubscriptions(world, listening));
  const ended = await step("stay-ended", [subscribed], () => endStay(world, listening));
  await step("told-again", [ended], (stay) => tellAgain(world, listening, stay));
  await step("chart-changed", [ended], (stay) => changeChart(world, listening, stay));
  await step("adapter-away", [subscribed], () => endWhileAway(world, listening));
}

async function awaitSubscriptions(world: World, { topics }: Listening): Promise<Seen<true>> {
  const found = await until("active Subscriptions", async () => {
    const all = (await world.server.search("Subscription?status=active&_count=200")) ?? [];
    const ours = all.flatMap((one) => (one.resourceType === "Subscription" ? [one] : []));
    const of = (tenant: string): readonly string[] =>
      ours
        .filter(({ channel }) => channel.endpoint?.includes(`/inbound/fhir/${tenant}/`) === true)
        .map(({ criteria }) => criteria);
    const byTopic = of("topic");
    const all_ = byTopic.includes(topics.discharge) && byTopic.includes(topics.chart);
    return all_ && of("criteria").some((one) => one.startsWith("Encounter?"))
      ? { byTopic, byCriteria: of("criteria"), byPolling: of("polling") }
      : undefined;
  });
  expect(found.byPolling.length === 0, "a Subscription stands for the tenant that asks by itself");
  const names = found.byTopic.map((url) => url.split("/").at(-1)).join(", ");
  return {
    value: true,
    witness: `server: Subscriptions to ${names}, active after their handshake; ${found.byCriteria.length} by classic criteria`,
  };
}

const workflowAnswer = z.looseObject({
  patient: z.looseObject({ id: z.string() }).optional(),
  encounter: z.looseObject({ id: z.string(), status: z.string() }).optional(),
});

/** One of sekmet's own hospital workflows, on its own server. */
async function workflow(sekmet: Sekmet, name: string, args: Readonly<Record<string, string>> = {}) {
  const given = Object.entries(args).flatMap(([key, value]) => ["--arg", `${key}=${value}`]);
  const { output } = await sekmet.command("workflow", "run", name, "--target", "self", ...given);
  const start = output.indexOf("{");
  expect(start !== -1, `sekmet's ${name} did not end well: ${output.slice(-300)}`);
  return workflowAnswer.parse(JSON.parse(output.slice(start, output.lastIndexOf("}") + 1)));
}

/** Somebody is admitted; the stay can be ended. */
async function admit(sekmet: Sekmet): Promise<EndedStay> {
  const { patient } = await workflow(sekmet, "adt.register_patient");
  expect(patient !== undefined, "nobody was registered");
  const { encounter } = await workflow(sekmet, "adt.admit", { patient: patient.id });
  expect(encounter !== undefined, "nobody was admitted");
  return { patient: patient.id, encounter: encounter.id };
}

async function discharge(sekmet: Sekmet, { encounter }: EndedStay): Promise<void> {
  const ended = await workflow(sekmet, "adt.discharge", { encounter });
  expect(ended.encounter?.status === "finished", "the stay has not ended");
}

const jobs = z.looseObject({ items: z.array(z.looseObject({ id: z.string(), status: z.string() })) });

/** Each listener's one job of the stay, once it is complete. */
async function jobsOf({ listeners }: Listening, { encounter }: EndedStay): Promise<ReadonlyMap<Listener, string>> {
  const found = listeners.map(async (listener) => {
    const id = await until(`the job of ${listener.tenant}`, async () => {
      const { items } = jobs.parse(await listener.api("GET", `/v1/jobs?encounter=Encounter/${encounter}`));
      expect(items.length <= 1, `${listener.tenant} has ${items.length} jobs of one stay`);
      expect(items[0]?.status !== "failed", `the job of ${listener.tenant} failed`);
      return items.find(({ status }) => status === "completed")?.id;
    });
    return [listener, id] as const;
  });
  return new Map(await Promise.all(found));
}

const tenantsOf = ({ listeners }: Listening): string => listeners.map(({ tenant }) => tenant).join(", ");

async function endStay(_world: World, listening: Listening): Promise<Seen<EndedStay>> {
  const stay = await admit(listening.sekmet);
  for (const { api, tenant } of listening.listeners) {
    const { items } = jobs.parse(await api("GET", `/v1/jobs?encounter=Encounter/${stay.encounter}`));
    expect(items.length === 0, `${tenant} has a job of a stay that goes on`);
  }
  await discharge(listening.sekmet, stay);
  await jobsOf(listening, stay);
  return {
    value: stay,
    witness: `sekmet's workflow discharged; one job each by ${tenantsOf(listening)}; drafts complete`,
  };
}

/** The ended Encounter is written again, and the EHR tells of it again. */
async function tellAgain({ server }: World, listening: Listening, stay: EndedStay): Promise<Seen<true>> {
  const before = await jobsOf(listening, stay);
  const encounter = await server.read("Encounter", stay.encounter);
  expect(encounter?.resourceType === "Encounter", "the Encounter is gone");
  const { status } = await server.ask("PUT", `Encounter/${stay.encounter}`, {
    ...encounter,
    length: { value: 1, unit: "d" },
  });
  expect(status === 200, `the change was answered ${status}`);
  const other = await admit(listening.sekmet);
  await discharge(listening.sekmet, other);
  // What is told later has been heard: so has what was told before it.
  await jobsOf(listening, other);
  const after = await jobsOf(listening, stay);
  expect(
    [...before].every(([listener, id]) => after.get(listener) === id),
    "another job stands for the same stay",
  );
  return { value: true, witness: "the Encounter was written again: still one job each" };
}

const events = z.looseObject({ events: z.array(z.looseObject({ type: z.string() })) });

async function changeChart({ server }: World, listening: Listening, stay: EndedStay): Promise<Seen<true>> {
  const standing = await jobsOf(listening, stay);
  const report = {
    resourceType: "DiagnosticReport",
    status: "final",
    code: { coding: [{ system: "http://loinc.org", code: "58410-2", display: "CBC panel" }], text: "Blood count" },
    subject: { reference: `Patient/${stay.patient}` },
    encounter: { reference: `Encounter/${stay.encounter}` },
    effectiveDateTime: new Date().toISOString(),
    issued: new Date().toISOString(),
    conclusion: "Haemoglobin 7.1 g/dL",
  };
  const { status } = await server.ask("POST", "DiagnosticReport", report);
  expect(status === 201, `the report was answered ${status}`);
  for (const [{ tenant, api }, id] of standing)
    await until(`context.updated for ${tenant}`, async () => {
      const { events: log } = events.parse(await api("GET", `/v1/jobs/${id}/events`));
      return log.some(({ type }) => type === "context.updated") ? true : undefined;
    });
  return {
    value: true,
    witness: `a report of the stay was filed: context.updated under the draft of ${tenantsOf(listening)}`,
  };
}

/** Nobody answers while the stay ends: what was not heard is found again. */
async function endWhileAway(world: World, listening: Listening): Promise<Seen<true>> {
  const stay = await admit(listening.sekmet);
  await world.adapter.away(async () => {
    await discharge(listening.sekmet, stay);
    await until("the server to give up", async () => {
      const failed = (await world.server.search("Subscription?status=error&_count=200")) ?? [];
      return failed.length > 0 ? true : undefined;
    });
  });
  await jobsOf(listening, stay);
  return {
    value: true,
    witness: `the server gave its Subscriptions up; asked again, and one job each by ${tenantsOf(listening)}`,
  };
}
