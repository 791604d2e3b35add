/** What the foreign server holds of a job's documents, asked of it directly. */
import { createHash } from "node:crypto";
import type { DocumentReference, Provenance } from "fhir/r4.js";
import { expect } from "../../sandbox/story/step.ts";
import type { ForeignServer } from "./foreign-server.ts";

/** Documents under this number: of one that is written exactly once there is one. */
export async function documentsOf(
  server: ForeignServer,
  adapterUrl: string,
  tenant: string,
  number: string,
): Promise<readonly DocumentReference[]> {
  const identifier = encodeURIComponent(`${adapterUrl}/tenants/${tenant}|${number}`);
  const found = await server.search(`DocumentReference?identifier=${identifier}`);
  return (found ?? []).filter((one) => one.resourceType === "DocumentReference");
}

/** Those of the document; undefined where the server keeps none or cannot look for them. */
export async function provenancesOf(
  server: ForeignServer,
  document: DocumentReference,
): Promise<readonly Provenance[] | undefined> {
  const found = await server.search(`Provenance?target=DocumentReference/${document.id}`);
  return found?.filter((one) => one.resourceType === "Provenance");
}

/** The words of its plain text, after a check of what R4 says of an Attachment's hash and size. */
export function textOf(document: DocumentReference): string {
  const [{ attachment } = {}] = document.content;
  const bytes = Buffer.from(attachment?.data ?? "", "base64");
  expect(attachment?.size === bytes.length, "the attachment's size is not that of its bytes");
  expect(
    attachment.hash === createHash("sha1").update(bytes).digest("base64"),
    "the attachment's hash is not that of its bytes",
  );
  return bytes.toString("utf8");
}

/** `current/final`, as the server shows it. */
export const standing = ({ status, docStatus }: DocumentReference): string => `${status}/${docStatus ?? "-"}`;

export const replaced = ({ relatesTo }: DocumentReference): readonly string[] =>
  (relatesTo ?? []).flatMap(({ code, target }) => (code === "replaces" ? [target.reference ?? ""] : []));

export const reference = ({ id }: DocumentReference): string => `DocumentReference/${id}`;
