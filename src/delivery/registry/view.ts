/** An endpoint as operators and tenants see it: no secret, no header value. */
import { endpointSecrets, endpointSettings, sealContext } from "../endpoint.ts";
import type { EndpointSecrets, EndpointSettings, WebhookSettings } from "../endpoint.ts";
import { publicAuthorization } from "../../core/delivery/access.ts";
import { publicTls } from "../endpoint-access.ts";
import { shareAt } from "../../core/delivery/throttle.ts";
import { readStanding } from "../standing.ts";
import { AdapterError } from "../../core/errors.ts";
import type { Sealer } from "../../db/sealer.ts";
import { openJson } from "../../db/sealer.ts";
import type { EndpointRow } from "./store.ts";

export type EndpointStatus = "pending" | "unverified" | "active" | "paused" | "disabled" | "removed";

/** One endpoint; times RFC 3339. */
export interface EndpointView {
  readonly id: string;
  readonly origin: "config" | "api" | "subscription" | "callback";
  readonly status: EndpointStatus;
  /** Why it is disabled: `gone` (410), `failing` (for too long), `exhausted`. */
  readonly reason?: string;
  readonly revision: number;
  readonly settings: EndpointSettings;
  /** Names only: values may be credentials. */
  readonly headers: readonly string[];
  /** What authorises requests, without its secrets. */
  readonly authorization?: Readonly<Record<string, unknown>>;
  /** Certificates that are trusted, pinned and shown; no key. */
  readonly tls?: Readonly<Record<string, unknown>>;
  /** One entry for each secret that signs now, current first. */
  readonly secrets: readonly { readonly validUntil?: string }[];
  readonly circuit: {
    readonly state: "closed" | "open" | "half-open";
    readonly failures: number;
    readonly until?: string;
  };
  /** The receiver asked for quiet until then. */
  readonly quietUntil?: string;
  /** It answered 429, 502 or 504: this share of its concurrency and rate is used now. */
  readonly throttle?: { readonly share: number };
  /** Nothing but failures since then. */
  readonly failingSince?: string;
  readonly lastSequence: number;
  readonly lastSuccessAt?: string;
  readonly lastFailureAt?: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export const noSecrets: EndpointSecrets = { signing: [], headers: {} };

export function openSecrets(sealer: Sealer, tenant: string, row: Pick<EndpointRow, "id" | "sealed">): EndpointSecrets {
  if (row.sealed === null) return noSecrets;
  return endpointSecrets.parse(openJson(sealer, row.sealed, sealContext(tenant, row.id)));
}

/** The settings of an endpoint that may be changed here. Throws 409 for one that belongs to a FHIR Subscription. */
export function webhookSettingsOf(row: EndpointRow): WebhookSettings {
  const settings = endpointSettings.parse(row.settings);
  if (settings.kind === "webhook") return settings;
  throw new AdapterError("state_conflict", { message: "This endpoint belongs to a FHIR Subscription: change that." });
}

const at = (name: string, date: Date | null): object => (date === null ? {} : { [name]: date.toISOString() });

function standingOf(value: unknown, nowMs: number): Pick<EndpointView, "throttle" | "failingSince"> {
  const { throttle, failing } = readStanding(value);
  const share = throttle === undefined ? 1 : shareAt(throttle, nowMs);
  return {
    ...(share < 1 ? { throttle: { share: Math.round(share * 100) / 100 } } : {}),
    ...(failing === undefined ? {} : { failingSince: new Date(failing.sinceMs).toISOString() }),
  };
}

export function toView(sealer: Sealer, tenant: string, nowMs: number, row: EndpointRow): EndpointView {
  const secrets = openSecrets(sealer, tenant, row);
  const valid = secrets.signing.filter(({ validUntilMs = Number.POSITIVE_INFINITY }) => validUntilMs > nowMs);
  return {
    id: row.id,
    origin: row.origin as EndpointView["origin"],
    status: row.status as EndpointStatus,
    ...(row.reason === null ? {} : { reason: row.reason }),
    revision: row.revision,
    settings: endpointSettings.parse(row.settings),
    headers: Object.keys(secrets.headers),
    ...(secrets.authorization === undefined ? {} : { authorization: publicAuthorization(secrets.authorization) }),
    ...(secrets.tls === undefined ? {} : { tls: publicTls(secrets.tls) }),
    secrets: valid.map(({ validUntilMs }) =>
      validUntilMs === undefined ? {} : { validUntil: new Date(validUntilMs).toISOString() },
    ),
    circuit: { state: row.circuit, failures: row.circuit_failures, ...at("until", row.circuit_until) },
    ...at("quietUntil", row.quiet_until),
    ...standingOf(row.standing, nowMs),
    lastSequence: Number(row.last_sequence),
    ...at("lastSuccessAt", row.last_success_at),
    ...at("lastFailureAt", row.last_failure_at),
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}
