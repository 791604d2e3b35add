/** The draft in the clinician's hands: wait for it, change a section, sign. Witness: the answers to the page. */
import { z } from "zod";
import type { DraftPage } from "./launch.ts";
import type { Seen } from "./step.ts";
import { expect } from "./step.ts";
import type { World } from "./world.ts";
import { fhirUserOf } from "./world.ts";

const summary = z.looseObject({
  version: z.number(),
  docStatus: z.string(),
  engine: z.string(),
  sha256: z.string(),
  sections: z.array(
    z.looseObject({
      id: z.string(),
      title: z.string(),
      status: z.string(),
      sentences: z.array(
        z.looseObject({ text: z.string(), origin: z.string(), verified: z.boolean(), evidence: z.array(z.unknown()) }),
      ),
    }),
  ),
});

export type DraftSummary = z.infer<typeof summary>;
export const parseSummary = (text: string): DraftSummary => summary.parse(JSON.parse(text));

export interface EditedDraft {
  readonly etag: string;
  /** What the clinician added. */
  readonly added: string;
}

/** Waits until the job is complete, as the page does where no stream tells it. */
export async function awaitDraft(world: World, page: DraftPage): Promise<void> {
  const deadline = performance.now() + world.limitMs;
  // The first look does not wait: with the stream at its end there is no change left to wait for.
  for (let wait = 0; performance.now() < deadline; wait = 5) {
    const response = await page.call("GET", `/v1/jobs/${page.job}?wait=${wait}`);
    const { status } = z.looseObject({ status: z.string() }).parse(await response.json());
    if (status === "completed") return;
    expect(status !== "failed" && status !== "cancelled", `the job ${status}`);
  }
  expect(false, `no draft within ${world.limitMs} ms`);
}

/** Something only the ward knows: no model and no chart could have written it. */
const ADDED = "Discharge plan was gone through with the patient and family at the bedside; they had no open questions.";
const EDITED_SECTION = "instructions";

/** Adds a sentence to one section; an edit on the version before that must be refused. */
export async function editDraft(page: DraftPage): Promise<Seen<EditedDraft>> {
  const path = `/v1/jobs/${page.job}/summary`;
  const read = await page.call("GET", path);
  expect(read.status === 200, `the draft was answered ${read.status}`);
  const before = parseSummary(await read.text());
  const section = before.sections.find(({ id }) => id === EDITED_SECTION);
  expect(section !== undefined, `the draft has no section ${EDITED_SECTION}`);
  const text = [...section.sentences.map((sentence) => sentence.text), ADDED].join("\n");
  const stale = read.headers.get("etag") ?? "";
  const change = (etag: string): Promise<Response> =>
    page.call("PATCH", path, { json: { sections: [{ id: EDITED_SECTION, text }] }, headers: { "if-match": etag } });
  const changed = await change(stale);
  expect(changed.status === 200, `the edit was answered ${changed.status}`);
  const after = parseSummary(await changed.text());
  const own = after.sections.flatMap(({ sentences }) => sentences).filter(({ origin }) => origin === "person");
  expect(own.length === 1 && own[0]?.text === ADDED, `${own.length} sentences are marked as a person's, not one`);
  const again = await change(stale);
  expect(again.status === 412, `an edit of a version that is gone was answered ${again.status}, not 412`);
  return {
    value: { etag: changed.headers.get("etag") ?? "", added: ADDED },
    witness: `page: one sentence added to "${section.title}", marked as a person's; a stale edit refused`,
  };
}

const signature = z.object({
  version: z.number(),
  docStatus: z.string(),
  sha256: z.string(),
  signedBy: z.string(),
  signedAt: z.string(),
});

export type Signature = z.infer<typeof signature>;

export async function signDraft(world: World, page: DraftPage, draft: EditedDraft): Promise<Seen<Signature>> {
  const response = await page.call("POST", `/v1/jobs/${page.job}/summary/sign`, {
    json: { attestation: "I have read this summary against the chart and it is correct." },
    headers: { "if-match": draft.etag },
  });
  expect(response.status === 200, `signing was answered ${response.status}`);
  const signed = signature.parse(await response.json());
  expect(signed.docStatus === "final", `the signed summary is ${signed.docStatus}`);
  expect(signed.signedBy === fhirUserOf(world), `it is signed by ${signed.signedBy}`);
  return {
    value: signed,
    witness: `page: version ${signed.version} ${signed.docStatus} by ${signed.signedBy}, sha256 ${signed.sha256.slice(0, 12)}`,
  };
}
