/** What the foreign server holds of a job's documents, asked of it directly. */
import { createHash } from "node:crypto";
import type { Attachment, DocumentReference, Provenance, Reference } from "fhir/r4.js";
import { expect } from "../../sandbox/story/step.ts";
import { relativeReference } from "../../src/core/chart/reference.ts";
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

/** The words of its first form, after a check of what R4 says of each Attachment's hash and size. */
export function textOf({ content }: DocumentReference): string {
  const [first] = content.map(({ attachment }) => bytesOf(attachment));
  expect(first !== undefined, "it has no attachment");
  return first.toString("utf8");
}

function bytesOf({ data, size, hash }: Attachment): Buffer {
  const bytes = Buffer.from(data ?? "", "base64");
  expect(bytes.length > 0 && size === bytes.length, "an attachment's size is not that of its bytes");
  const right = createHash("sha1").update(bytes).digest("base64");
  expect(hash === right, "an attachment's hash is not that of its bytes");
  return bytes;
}

/** `current/final`, as the server shows it. */
export const standing = ({ status, docStatus }: DocumentReference): string => `${status}/${docStatus ?? "-"}`;

/** What it replaces, and who signed it: as relative references, whatever form the server shows them in. */
export const replaced = ({ relatesTo }: DocumentReference): readonly string[] =>
  (relatesTo ?? []).flatMap(({ code, target }) => (code === "replaces" ? [relative(target)] : []));

export const signerOf = ({ authenticator }: DocumentReference): string => relative(authenticator);

const relative = (named: Reference | undefined): string => relativeReference(named?.reference ?? "") ?? "";

export const reference = ({ id }: DocumentReference): string => `DocumentReference/${id}`;
