/** What the EHR's page shows, read from the store and from the witnesses: plain data, no page of its own. */
import { z } from "zod";
import type { JournalEntry } from "../fhir/journal.ts";
import type { JsonResource } from "../fhir/resource.ts";
import type { ReceivedNotification } from "../receiver/subscription-receiver.ts";
import type { WebhookMessage } from "../receiver/webhook-inbox.ts";
import type { HookCall } from "./client.ts";
import type { InboxCard } from "./inbox.ts";
import { renderMarkdown } from "./markdown.ts";

const patientShape = z.object({
  id: z.string(),
  name: z.array(z.object({ family: z.string().optional(), given: z.array(z.string()).optional() })).optional(),
  birthDate: z.string().optional(),
  gender: z.string().optional(),
  identifier: z.array(z.object({ value: z.string().optional() })).optional(),
});

const encounterShape = z.object({
  status: z.string(),
  period: z.object({ start: z.string().optional(), end: z.string().optional() }).optional(),
  reasonCode: z.array(z.object({ text: z.string().optional() })).optional(),
  location: z.array(z.object({ location: z.object({ display: z.string().optional() }) })).optional(),
});

export interface PatientView {
  readonly id: string;
  readonly encounterId: string;
  readonly name: string;
  readonly born: string;
  readonly gender: string;
  readonly mrn: string;
  readonly ward: string;
  readonly admitted: string;
  readonly reason: string;
  readonly status: string;
}

/** A line of the inpatient list. What a chart does not say is an empty text. */
export function patientView(
  patient: JsonResource | undefined,
  encounter: JsonResource | undefined,
  encounterId: string,
): PatientView {
  const person = patientShape.safeParse(patient).data;
  const stay = encounterShape.safeParse(encounter).data;
  const [name] = person?.name ?? [];
  return {
    id: person?.id ?? "",
    encounterId,
    name: [...(name?.given ?? []), name?.family].filter((part) => part !== undefined).join(" ") || "(no name)",
    born: person?.birthDate ?? "",
    gender: person?.gender ?? "",
    mrn: person?.identifier?.[0]?.value ?? "",
    ward: stay?.location?.at(-1)?.location.display ?? "",
    admitted: stay?.period?.start ?? "",
    reason: stay?.reasonCode?.[0]?.text ?? "",
    status: stay?.status ?? "",
  };
}

export interface CardView {
  readonly id: string;
  readonly summary: string;
  readonly detailHtml: string;
  readonly indicator: string;
  readonly source: string;
  readonly at: string;
  readonly hook: string;
  readonly links: readonly { readonly label: string; readonly type: string }[];
  readonly overrideReasons: readonly { readonly code: string; readonly display: string }[];
  readonly canGiveFeedback: boolean;
}

export function cardView({ id, card, at, hook }: InboxCard): CardView {
  return {
    id,
    summary: card.summary,
    detailHtml: card.detail === undefined ? "" : renderMarkdown(card.detail),
    indicator: card.indicator,
    source: card.source.label,
    at,
    hook,
    links: (card.links ?? []).map(({ label, type }) => ({ label, type })),
    overrideReasons: (card.overrideReasons ?? []).map(({ code, display }) => ({ code, display: display ?? code })),
    canGiveFeedback: card.uuid !== undefined,
  };
}

const documentShape = z.object({
  id: z.string(),
  docStatus: z.string().optional(),
  date: z.string().optional(),
  type: z
    .object({ text: z.string().optional(), coding: z.array(z.object({ display: z.string().optional() })).optional() })
    .optional(),
  author: z.array(z.object({ display: z.string().optional(), reference: z.string().optional() })).optional(),
  authenticator: z.object({ display: z.string().optional(), reference: z.string().optional() }).optional(),
  subject: z.object({ reference: z.string().optional() }).optional(),
  content: z.array(
    z.object({ attachment: z.object({ contentType: z.string().optional(), data: z.string().optional() }) }),
  ),
  meta: z.object({ versionId: z.string() }),
});

export interface DocumentView {
  readonly id: string;
  readonly version: string;
  readonly title: string;
  readonly docStatus: string;
  readonly date: string;
  readonly author: string;
  readonly authenticator: string;
  readonly contentTypes: readonly string[];
  /** The first plain-text content; empty when there is none. */
  readonly text: string;
}

/** A document as somebody wrote it into the EHR; undefined when it is another patient's or no document. */
export function documentView(resource: JsonResource | undefined, patientId: string): DocumentView | undefined {
  const document = documentShape.safeParse(resource).data;
  if (document === undefined || document.subject?.reference !== `Patient/${patientId}`) return undefined;
  const attachments = document.content.map(({ attachment }) => attachment);
  const plain = attachments.find(({ contentType }) => contentType?.startsWith("text/plain"));
  const [author] = document.author ?? [];
  return {
    id: document.id,
    version: document.meta.versionId,
    title: document.type?.text ?? document.type?.coding?.[0]?.display ?? "Document",
    docStatus: document.docStatus ?? "",
    date: document.date ?? "",
    author: author?.display ?? author?.reference ?? "",
    authenticator: document.authenticator?.display ?? document.authenticator?.reference ?? "",
    contentTypes: attachments.map(({ contentType }) => contentType ?? "unknown"),
    text: Buffer.from(plain?.data ?? "", "base64").toString("utf8"),
  };
}

export interface TimelineEntry {
  readonly at: string;
  readonly kind: "hook" | "launch" | "document" | "webhook" | "notification";
  readonly text: string;
  readonly ok: boolean;
}

export function hookEntry(call: HookCall): TimelineEntry {
  const cards = `${call.cards.length} ${call.cards.length === 1 ? "card" : "cards"}`;
  const text = `${call.hook} answered ${call.status} in ${call.durationMs} ms with ${cards}`;
  return { at: call.at, kind: "hook", text, ok: call.status === 200 && call.violations.length === 0 };
}

export function documentEntry({ time, method, id, versionId, status }: JournalEntry): TimelineEntry {
  const text = `${method} DocumentReference/${id ?? ""} version ${versionId ?? ""} answered ${status}`;
  return { at: time, kind: "document", text, ok: status < 400 };
}

export function webhookEntries(message: WebhookMessage): readonly TimelineEntry[] {
  return message.attempts.map((attempt, index) => {
    const verdict = attempt.verified ? "signature verified" : `refused: ${attempt.reason ?? ""}`;
    const nth = index === 0 ? "" : `, attempt ${index + 1}`;
    const text = `${message.type ?? "message"} (${verdict}${nth})`;
    return { at: attempt.at, kind: "webhook", text, ok: attempt.verified && (attempt.status ?? 500) < 300 };
  });
}

export function notificationEntry({ at, content, violations, status }: ReceivedNotification): TimelineEntry {
  const verdict = violations.length === 0 ? "valid" : violations.join("; ");
  const text = `${content?.type ?? "unreadable notification"} (${verdict})`;
  return { at, kind: "notification", text, ok: status === 200 };
}
