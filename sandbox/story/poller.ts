/** The hospital system that only asks: an API key, ETags, long polls. Its record is what it was answered. */
import { z } from "zod";
import type { World } from "./world.ts";
import { expect } from "./step.ts";

const job = z.looseObject({
  id: z.string(),
  status: z.string(),
  attempt: z.number(),
  links: z.looseObject({ self: z.string(), summary: z.string().optional() }),
});

export type JobAnswer = z.infer<typeof job>;

const jobList = z.object({ items: z.array(job), next: z.string().nullable() });

export interface PolledAnswer {
  readonly status: number;
  readonly etag: string | null;
  readonly headers: Headers;
  readonly text: string;
}

/** One GET with the poller's key. */
export async function poll(
  world: World,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<PolledAnswer> {
  const response = await fetch(new URL(path, world.adapterUrl), {
    headers: { accept: "application/json", ...headers, authorization: `Bearer ${world.pollerKey}` },
    signal: AbortSignal.timeout(world.limitMs),
  });
  return {
    status: response.status,
    etag: response.headers.get("etag"),
    headers: response.headers,
    text: await response.text(),
  };
}

/** Jobs of the stay, as a system finds them that did not start any. */
export async function searchJobs(world: World): Promise<readonly JobAnswer[]> {
  const answer = await poll(world, `/v1/jobs?encounter=Encounter/${encodeURIComponent(world.encounterId)}`);
  expect(answer.status === 200, `GET /v1/jobs was answered ${answer.status}`);
  return jobList.parse(JSON.parse(answer.text)).items;
}

export function readJob(answer: PolledAnswer): JobAnswer {
  return job.parse(JSON.parse(answer.text));
}
