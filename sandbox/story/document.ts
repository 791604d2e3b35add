/** The signed summary in the chart. Witness: the EHR's journal and store. */
import { createHash } from "node:crypto";
import { z } from "zod";
import type { EditedDraft } from "./draft.ts";
import type { Seen } from "./step.ts";
import { expect } from "./step.ts";
import type { World } from "./world.ts";
import { limitOf } from "./world.ts";
import { fhirUserOf } from "./world.ts";

const reference = z.looseObject({ reference: z.string().optional() });

const documentReference = z.looseObject({
  id: z.string(),
  status: z.string(),
  docStatus: z.string().optional(),
  identifier: z.array(z.looseObject({ system: z.string(), value: z.string() })).min(1),
  type: z.looseObject({ coding: z.array(z.looseObject({ code: z.string() })) }),
  subject: reference,
  authenticator: reference.optional(),
  context: z.looseObject({ encounter: z.array(reference) }),
  content: z
    .array(
      z.looseObject({
        attachment: z.looseObject({ contentType: z.string(), data: z.string(), hash: z.string(), size: z.number() }),
      }),
    )
    .min(1),
});

type Filed = z.infer<typeof documentReference>;

/** Discharge summary (LOINC). */
const DISCHARGE_SUMMARY = "18842-5";

export async function findDocument(world: World, draft: EditedDraft): Promise<Seen<Filed>> {
  const { journal, store } = world.sandbox.ehr;
  const written = (): string | undefined => journal.writes({ resourceType: "DocumentReference" })[0]?.id;
  await journal.until("a DocumentReference", () => written() !== undefined, limitOf(world, "document"));
  const filed = documentReference.parse(store.read("DocumentReference", written() ?? ""));
  expect(filed.status === "current" && filed.docStatus === "final", `it is ${filed.status} and ${filed.docStatus}`);
  expect(
    filed.type.coding.some(({ code }) => code === DISCHARGE_SUMMARY),
    "it is no discharge summary by its type",
  );
  checkStay(world, filed);
  for (const { attachment } of filed.content) checkAttachment(attachment, draft);
  const writes = journal.writes({ resourceType: "DocumentReference" }).length;
  expect(writes === 1, `the EHR took ${writes} DocumentReferences`);
  const types = filed.content.map(({ attachment }) => attachment.contentType).join(", ");
  return { value: filed, witness: `EHR journal: one DocumentReference, final, hash right, holds the edit; ${types}` };
}

function checkStay(world: World, filed: Filed): void {
  const about = filed.subject.reference === `Patient/${world.patientId}`;
  const stay = filed.context.encounter.some((one) => one.reference === `Encounter/${world.encounterId}`);
  expect(about && stay, "it is filed under another patient or encounter");
  expect(filed.authenticator?.reference === fhirUserOf(world), "it does not name its signer");
}

/** R4 Attachment: `hash` is the SHA-1 of the data, `size` its length in bytes, both before base64. */
function checkAttachment(attachment: Filed["content"][number]["attachment"], draft: EditedDraft): void {
  const bytes = Buffer.from(attachment.data, "base64");
  const hash = createHash("sha1").update(bytes).digest("base64");
  expect(attachment.hash === hash, "the attachment's hash is not that of its bytes");
  expect(attachment.size === bytes.length, "the attachment's size is not that of its bytes");
  // Line ends may fall anywhere in a rendering.
  const text = bytes.toString("utf8").replaceAll(/\s+/gu, " ");
  expect(!attachment.contentType.startsWith("text/plain") || text.includes(draft.added), "the edit is not in it");
}
