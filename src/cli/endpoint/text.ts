/** Endpoints and attempts as lines for a person. */
import { explainCode } from "../../core/delivery/code-meanings.ts";
import type { RemoteAttempt, RemoteEndpoint, RemoteStats } from "../remote/shapes.ts";

/** Columns as wide as their widest cell; the last one as it is. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join("  ");
  return rows.map((row) => `${line(row).trimEnd()}\n`).join("");
}

/** Circuit and quiet where they matter: an endpoint that is closed and not quiet has nothing to tell. */
function condition({ circuit, quietUntil }: RemoteEndpoint): readonly string[] {
  const until = circuit?.until === undefined ? "" : ` until ${circuit.until}`;
  return [
    ...(circuit === undefined || circuit.state === "closed" ? [] : [`circuit ${circuit.state}${until}`]),
    ...(quietUntil === undefined ? [] : [`asked for quiet until ${quietUntil}`]),
  ];
}

const statusOf = (endpoint: RemoteEndpoint): string =>
  [endpoint.status + (endpoint.reason === undefined ? "" : ` (${endpoint.reason})`), ...condition(endpoint)].join(", ");

export function endpointTable(endpoints: readonly RemoteEndpoint[]): string {
  if (endpoints.length === 0) return "There is no endpoint yet: `handover endpoint create ID URL` makes one.\n";
  const rows = endpoints.map((each) => [each.id, statusOf(each), each.origin, (each.events ?? []).join(","), each.url]);
  return table([["ENDPOINT", "STATUS", "OF", "EVENTS", "RECEIVER"], ...rows]);
}

const filterText = (filter: NonNullable<RemoteEndpoint["filter"]>): string =>
  Object.entries(filter)
    .map(([path, values]) => `${path}=${values.join(",")}`)
    .join(" ");

/** One endpoint on a screen: settings, how it is, what it is owed. */
export function endpointText(endpoint: RemoteEndpoint): string {
  const { backlog, secrets = [], headers = [] } = endpoint;
  const filter = filterText(endpoint.filter ?? {});
  const old = secrets.slice(1).map(({ validUntil = "" }) => validUntil);
  const owed =
    backlog === undefined
      ? []
      : [
          [
            "owed",
            `${backlog.pending} pending${backlog.oldestAt === undefined ? "" : ` (oldest of ${backlog.oldestAt})`}, ${backlog.dead} dead, ${backlog.held} held`,
          ],
        ];
  return table([
    ["endpoint", `${endpoint.id} (${endpoint.origin}, revision ${endpoint.revision})`],
    ["status", statusOf(endpoint)],
    ["receiver", endpoint.url],
    ["events", (endpoint.events ?? []).join(", ")],
    ...(filter === "" ? [] : [["filter", filter]]),
    ["form", [endpoint.signature, endpoint.payload, `ordering ${endpoint.ordering}`].join(", ")],
    ["secrets", `${secrets.length}${old.length === 0 ? "" : `, old one signs until ${old.join(", ")}`}`],
    ["headers", headers.length === 0 ? "none" : headers.join(", ")],
    ...owed,
    ["last success", endpoint.lastSuccessAt ?? "none"],
    ["last failure", endpoint.lastFailureAt ?? "none"],
  ]);
}

export function attemptTable(attempts: readonly RemoteAttempt[]): string {
  if (attempts.length === 0) return "Nothing was tried.\n";
  const rows = attempts.map((each) => [
    each.startedAt,
    each.delivery,
    `#${each.number}`,
    each.outcome,
    each.code,
    `${each.durationMs} ms`,
    each.type ?? "",
  ]);
  return table([["TIME", "DELIVERY", "ATTEMPT", "OUTCOME", "CODE", "TOOK", "EVENT"], ...rows]);
}

const percent = (share: number | undefined): string =>
  share === undefined ? "none sent" : `${(share * 100).toFixed(1)} %`;

/** An endpoint's figures of one window. */
export function statsText(stats: RemoteStats): string {
  const { latencyMs, arrivalMs, backlog, byCode } = stats;
  const oldest =
    backlog.oldestSeconds === undefined ? "" : `, the oldest of ${Math.round(backlog.oldestSeconds)} s ago`;
  return table([
    ["since", `${stats.since} (${stats.window})`],
    [
      "delivered",
      `${stats.delivered} with ${stats.attempts} attempts, ${Number(stats.deliveriesPerSecond.toPrecision(3))} a second`,
    ],
    ["success", percent(stats.successRate)],
    ...(latencyMs === undefined
      ? []
      : [["receiver", `p50 ${latencyMs.p50} ms, p90 ${latencyMs.p90} ms, p99 ${latencyMs.p99} ms`]]),
    ...(arrivalMs === undefined ? [] : [["event to arrival", `p50 ${arrivalMs.p50} ms, p99 ${arrivalMs.p99} ms`]]),
    ["owed", `${backlog.pending} pending${oldest}, ${backlog.dead} dead, ${backlog.held} held`],
    ...Object.entries(byCode).map(([code, count]) => [code, `${count} (${explainCode(code).means})`]),
  ]);
}

/** What one trial came to; `done` says it where it went well. */
export function trialText(
  trial: { readonly id: string; readonly ok: boolean; readonly code: string; readonly durationMs: number },
  endpoint: string | undefined,
  done = "accepted",
): string {
  const { means, fix } = explainCode(trial.code, endpoint);
  const came = `${trial.code} after ${trial.durationMs} ms, webhook-id ${trial.id}\n`;
  if (trial.ok) return `${done}: ${came}`;
  return `refused: ${came}  why    ${means}\n${fix === undefined ? "" : `  to do  ${fix}\n`}`;
}
