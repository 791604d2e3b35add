/** One file of the EHR (R4 Binary): as a FHIR resource where it gives one, as its own bytes where it does not. */
import type { Binary, Meta } from "fhir/r4.js";
import { z } from "zod";
import { fileTooLarge } from "./call.ts";
import type { FhirTransport } from "./fhir-transport.ts";
import { ehrStatusOf } from "./fhir-transport.ts";

export interface BinaryBounds {
  /** What the note says that the file is. */
  readonly contentType?: string;
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
}

/** Base64 of the file and the resource around it: what a FHIR form may add to the bytes. */
const overhead = (maxBytes: number): number => Math.ceil(maxBytes * 1.4) + 16_384;

const fhirForm = z.looseObject({
  resourceType: z.literal("Binary"),
  contentType: z.string().optional(),
  data: z.string().optional(),
  meta: z.custom<Meta>((value) => typeof value === "object" && value !== null).optional(),
});

/**
 * Reads `Binary/id`. The FHIR form is asked for first, because labels and versions stand only there (2.45.3); an EHR that has
 * the file alone answers with that, or with 406, and is then asked for it.
 *
 * @returns with `meta.source`, the address that it was read at
 * @throws AdapterError ehr_failed, ehr_refused, ehr_timeout; ehr_failed for a file beyond the bound
 */
export async function readBinary(transport: FhirTransport, id: string, bounds: BinaryBounds): Promise<Binary> {
  const { contentType = "*/*" } = bounds;
  const accepted = [`application/fhir+json, ${contentType};q=0.9`, contentType];
  const read = async (accept: string): ReturnType<FhirTransport["download"]> =>
    transport.download(`Binary/${id}`, { ...bounds, accept, maxBytes: overhead(bounds.maxBytes) });
  const answer = await read(accepted[0] ?? "").catch((error: unknown) => {
    if (ehrStatusOf(error) !== 406) throw error;
    return read(accepted[1] ?? "");
  });
  const binary = toBinary(id, answer);
  if (Buffer.byteLength(binary.data ?? "", "base64") > bounds.maxBytes) throw fileTooLarge();
  return binary;
}

type Download = Awaited<ReturnType<FhirTransport["download"]>>;

function toBinary(id: string, { url, contentType, bytes }: Download): Binary {
  const resource = /^application\/(?:fhir\+)?json\b/iu.test(contentType ?? "") ? fhirFormOf(bytes) : undefined;
  return {
    resourceType: "Binary",
    id,
    meta: { ...resource?.meta, source: url },
    contentType: resource?.contentType ?? contentType ?? "application/octet-stream",
    data: resource === undefined ? Buffer.from(bytes).toString("base64") : (resource.data ?? ""),
  };
}

/** Undefined for JSON that is the file itself. */
function fhirFormOf(bytes: Uint8Array): z.infer<typeof fhirForm> | undefined {
  try {
    return fhirForm.safeParse(JSON.parse(new TextDecoder().decode(bytes))).data;
  } catch {
    return undefined;
  }
}
