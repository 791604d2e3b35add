/**
 * Documents into an EHR, as write-back does it: rendered, validated, created once by conditional create, eight at a time. Against
 * a bare loop of POSTs of the same resource to the same sandbox, in turns: most of the time is the EHR's.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { z } from "zod";
import { documentReferenceOf } from "../../src/core/document/document-reference.ts";
import { writtenProfiles } from "../../src/core/validation/outgoing-profiles.ts";
import { createFhirGateway } from "../../src/ehr/fhir-gateway.ts";
import { writeDocument } from "../../src/ehr/write-back/write-document.ts";
import { createOutgoing, loadValidator } from "../../src/validation/outgoing.ts";
import { writeProfileSchema } from "../../src/config/write-profile-schema.ts";
import { inputOf, signed } from "../../test/support/document-fixture.ts";
import type { Figure } from "../measure/figures.ts";

const documents = 150;
const atOnce = 8;
const hello = z.tuple([z.object({ fhirBaseUrl: z.url(), token: z.string() })]).rest(z.unknown());
const profile = writeProfileSchema.parse({});

/** Works `count` off, `atOnce` at a time. @returns how many a second, and CPU time of this process for each, in ms */
async function rate(count: number, one: (index: number) => Promise<unknown>) {
  let next = 0;
  const before = process.cpuUsage();
  const startedAtMs = performance.now();
  const lane = async (): Promise<void> => {
    while (next < count) await one(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  const { user, system } = process.cpuUsage(before);
  return { perSecond: (count * 1000) / (performance.now() - startedAtMs), cpuMs: (user + system) / 1000 / count };
}

/** Runs it all against a sandbox of its own. */
export async function writeBackFigures(): Promise<readonly Figure[]> {
  const child = fork(join(import.meta.dirname, "ehr-process.ts"));
  const [{ fhirBaseUrl, token }] = hello.parse(await once(child, "message"));
  const outgoing = createOutgoing(loadValidator(), () => undefined);
  const gateway = createFhirGateway({ baseUrl: fhirBaseUrl, fetch, accessToken: async () => token });
  // The sandbox checks whom a reference names: its own attending signs.
  const documentOf = (job: string) => {
    const resource = documentReferenceOf(inputOf({ ...signed, job, signedBy: "Practitioner/attending-1" }), profile);
    if (resource === undefined) throw new Error("the profile takes no such document");
    return resource;
  };
  const write = async (index: number, run: string) => {
    const resource = documentOf(`${run}-${index}`);
    return writeDocument(gateway, outgoing.require(resource, writtenProfiles(resource, profile)), profile);
  };
  const post = async (index: number, run: string) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/fhir+json" };
    const body = JSON.stringify(documentOf(`${run}-${index}`));
    const answer = await fetch(`${fhirBaseUrl}/DocumentReference`, { method: "POST", headers, body });
    await answer.arrayBuffer();
    if (answer.status !== 201) throw new Error(`the sandbox answered ${answer.status}`);
  };
  try {
    await rate(atOnce * 2, (index) => write(index, "warm"));
    await rate(atOnce * 2, (index) => post(index, "warm-bare"));
    const bare = await rate(documents, (index) => post(index, "bare"));
    const ours = await rate(documents, (index) => write(index, "ours"));
    const name = "bare POST of the same resource, same sandbox";
    return [
      {
        figure: `documents written, ${atOnce} at a time`,
        value: ours.perSecond,
        unit: "/s",
        baseline: { name, value: bare.perSecond },
      },
      { figure: "CPU of a write", value: ours.cpuMs, unit: "ms CPU", baseline: { name, value: bare.cpuMs } },
    ];
  } finally {
    child.kill();
  }
}
