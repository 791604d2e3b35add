/** One delivery's whole life on one screen. */
import { explainCode } from "../../core/delivery/code-meanings.ts";
import { table } from "../endpoint/text.ts";
import type { RemoteAttempt, RemoteDelivery, RemoteEndpoint, RemoteLife } from "../remote/shapes.ts";
import type { Standing } from "./standing.ts";
import { span } from "./standing.ts";

/** A long schedule still fits: the first attempts show how it began, the last ones how it is. */
const shown = { first: 3, last: 9 };

function attemptRow(attempt: RemoteAttempt, owedAt: string): readonly string[] {
  const after = span(Math.max(0, Date.parse(attempt.startedAt) - Date.parse(owedAt)));
  return [
    `  #${attempt.number}`,
    attempt.startedAt,
    `+${after}`,
    attempt.outcome,
    attempt.code,
    `${attempt.durationMs} ms`,
    explainCode(attempt.code).means,
  ];
}

function attemptLines({ history, createdAt }: RemoteLife): string {
  if (history.length === 0) return "  no attempt yet\n";
  const rows = history.map((each) => attemptRow(each, createdAt));
  const left = rows.length - shown.first - shown.last;
  if (left <= 0) return table(rows);
  const lines = table(rows).split("\n");
  return [...lines.slice(0, shown.first), `  ... ${left} more`, ...lines.slice(-shown.last - 1)].join("\n");
}

/** What a receiver answered is a stranger's text: no control character of it reaches the terminal. */
function answerLine({ history }: RemoteLife): string {
  const text = history
    .at(-1)
    ?.answer?.replaceAll(/\p{C}+/gu, " ")
    .trim()
    .slice(0, 160);
  return text === undefined || text === "" ? "" : `  last answer  ${text}\n`;
}

function receiverOf({ endpoint }: RemoteDelivery, found: RemoteEndpoint | undefined): string {
  if (found === undefined) return `${endpoint}, which is no longer there`;
  const state = found.circuit === undefined ? "" : `, circuit ${found.circuit.state}`;
  const reason = found.reason === undefined ? "" : `: ${found.reason}`;
  return `${endpoint} (${found.status}${reason}${state}) at ${found.url}`;
}

/** @param eventAt when what it tells of happened, where that could be read */
export function lifeText(
  life: RemoteLife,
  endpoint: RemoteEndpoint | undefined,
  standing: Standing,
  eventAt: string | undefined,
): string {
  const facts = table([
    [
      "  tells of",
      `${life.type}, ${life.subject}, event ${life.sequence} of its log${eventAt === undefined ? "" : `, ${eventAt}`}`,
    ],
    ["  webhook-id", life.event],
    ["  goes to", receiverOf(life, endpoint)],
    ["  owed since", life.createdAt],
    ...(life.overtook === undefined ? [] : [["  overtook", `${life.overtook}, which it waited for no longer`]]),
  ]);
  const [first, ...others] = standing.fixes;
  const next = [
    ["  now", standing.now],
    ...(standing.next === undefined ? [] : [["  next", standing.next]]),
    ...(first === undefined ? [] : [["  to do", first]]),
    ...others.map((fix) => ["", fix]),
  ];
  return `${life.id}: ${life.state}\n\n${facts}\n${attemptLines(life)}${answerLine(life)}\n${table(next)}`;
}

export function deliveryTable(deliveries: readonly RemoteDelivery[]): string {
  const rows = deliveries.map((each) => [
    each.id,
    each.type,
    each.state,
    String(each.attempts),
    each.code === undefined ? "" : `${each.code}: ${explainCode(each.code).means}`,
  ]);
  return table([["DELIVERY", "EVENT", "STATE", "ATTEMPTS", "CODE"], ...rows]);
}
