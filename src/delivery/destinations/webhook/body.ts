/** The body of a webhook: the event's envelope with `endpointSequence`, and in `full` the summary's text. */
import type { ElementChange } from "../../../core/chart/context-change.ts";
import type { EventData, JobEvent } from "../../../core/event/event.ts";
import { envelopeOf, placeOf, toEnvelope } from "../../../core/event/event.ts";

/** The text of a summary as `full` deliveries carry it. */
export interface SummaryText {
  /** Absent where the stay is protected as a whole: the delivery tells that there is a summary, and no more. */
  readonly text?: string;
  readonly sha256: string;
  readonly docStatus: string;
}

/** Reads what `full` adds. Undefined: that version is no longer the present one. */
export type ReadSummaryText = (tenant: string, job: string, version: number) => Promise<SummaryText | undefined>;

/** Events that say that a text is there; the others of the group say that it no longer counts. */
export const typesWithText: ReadonlySet<string> = new Set(["summary.ready", "summary.signed", "summary.amended"]);

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

/** Version and digest of the summary that an event is about, where its text belongs into a `full` body. */
export function textOf(event: JobEvent): { readonly version: number; readonly sha256: string } | undefined {
  const summary = event.data["summary"];
  const [version, sha256] = [member(summary, "version"), member(summary, "sha256")];
  if (!typesWithText.has(event.type) || typeof version !== "number" || typeof sha256 !== "string") return undefined;
  return { version, sha256 };
}

/** What the envelope's `data` holds besides the event's own. */
const placeNames: readonly string[] = ["tenant", "job", "jobSequence", "sequence", "endpointSequence"];

/** Renders a body that tells what the event says, and nothing more. */
export function renderBody(event: JobEvent, endpointSequence: number, dataJson: string): Buffer {
  const extra: EventData = { endpointSequence };
  // A member of the event's own goes before one of the same name.
  if (placeNames.some((name) => dataJson.includes(`"${name}":`)))
    return Buffer.from(JSON.stringify(toEnvelope(event, extra)));
  const frame = JSON.stringify(envelopeOf(event, placeOf(event, extra)));
  // The event's data goes out as the text it is: to parse and to write it anew would cost as much as sending it.
  return joined(`${frame.slice(0, -2)}${dataJson === "{}" ? "" : ","}`, dataJson.slice(1, -1), "}}");
}

/** UTF-8 of some texts one behind the other, without a copy of them in one piece: the largest may be the whole body. */
function joined(...texts: readonly string[]): Buffer {
  const bytes = Buffer.allocUnsafe(texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0));
  let written = 0;
  for (const text of texts) written += bytes.write(text, written);
  return bytes;
}

/** What `full` puts in: the summary's text into `data.summary.text`, changed elements with their values as `data.changes`. */
export interface FullParts {
  readonly text?: string;
  readonly changes?: readonly ElementChange[];
}

/** Renders a body with more than the event itself says. */
export function renderFullBody(event: JobEvent, endpointSequence: number, { text, changes }: FullParts): Buffer {
  const extra: EventData = { endpointSequence };
  const { data, ...envelope } = toEnvelope(event, extra);
  const summary = text === undefined ? {} : { summary: { ...(event.data["summary"] as object), text } };
  return Buffer.from(
    JSON.stringify({ ...envelope, data: { ...data, ...summary, ...(changes === undefined ? {} : { changes }) } }),
  );
}
