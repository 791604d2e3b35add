/** The foreign server's own token server: SMART Backend Services by our keys, without our front door in between. */
import { z } from "zod";
import type { Seen, Teller } from "../../sandbox/story/step.ts";
import { expect } from "../../sandbox/story/step.ts";
import type { Api } from "./api.ts";
import { documentsOf, standing } from "./filed.ts";
import type { World } from "./world.ts";
import { until } from "./world.ts";

/** Tells one step: a job that nobody but an API client asked for, from the token to the filed draft. */
export async function tellBackendServices(world: World, api: Api, tenant: string, { step }: Teller): Promise<void> {
  await step("backend-services", [], () => draftWithToken(world, api, tenant));
}

const job = z.looseObject({ id: z.string(), status: z.string(), error: z.unknown().optional() });

async function draftWithToken(world: World, api: Api, tenant: string): Promise<Seen<true>> {
  const chart = world.charts[4];
  expect(chart !== undefined, "there is no fifth chart");
  const { id } = job.parse(
    await api("POST", "/v1/jobs", {
      patient: `Patient/${chart.patientId}`,
      encounter: `Encounter/${chart.encounterId}`,
    }),
  );
  const over = await until("the draft", async () => {
    const now = job.parse(await api("GET", `/v1/jobs/${id}?wait=5`));
    return ["completed", "failed"].includes(now.status) ? now : undefined;
  });
  expect(over.status === "completed", `the job ${over.status}: ${JSON.stringify(over.error)}`);
  const [filed] = await until("the draft in the server", async () => {
    const found = await documentsOf(world.server, world.adapter.url, tenant, `${id}.1.preliminary`);
    return found.length > 0 ? found : undefined;
  });
  expect(filed !== undefined, "no document");
  const witness = `server: its token server took our assertion; chart read, one document ${standing(filed)} with its token`;
  return { value: true, witness };
}
