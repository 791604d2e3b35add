/**
 * Issuers' public keys: fetched from the listed address only, kept while fresh, used a while longer when the address does
 * not answer, and asked for again when an unknown `kid` turns up, at most once per cool-down (attack list 15, 18).
 */
import { z } from "zod";
import type { PublicJwk, TrustedIssuer } from "./jwt.ts";
import { refuse } from "./refusal.ts";

/** The egress-checked `fetch` of one tenant's network. */
export type JwksFetch = (
  url: string,
  init: { headers: Record<string, string>; redirect: "error"; signal: AbortSignal },
) => Promise<Response>;

export interface JwksCacheDeps {
  readonly fetchOf: (tenant: string) => JwksFetch;
  /** Milliseconds; monotonic or wall clock. */
  readonly now: () => number;
  readonly onUnavailable?: (tenant: string) => void;
}

export interface JwksCache {
  /** The issuer's keys by that `kid`, perhaps none. Refuses with `jwks.unavailable` where no key set can be had. */
  find(issuer: TrustedIssuer, kid: string): Promise<readonly PublicJwk[]>;
  /** Fetches in advance, so that the first hook of the day need not wait. Failures are left to the first use. */
  warm(issuers: readonly TrustedIssuer[]): Promise<void>;
}

const COOL_DOWN_MS = 30_000;
/** After a failed fetch: shorter, because an EHR that was down at our start must not be refused for half a minute. */
const FIRST_RETRY_MS = 1_000;
const FRESH_MS = { least: 60_000, usual: 600_000, most: 3_600_000 } as const;
/** How long keys outlive their freshness while the address does not answer. */
const STALE_MS = 3_600_000;
const FETCH_TIMEOUT_MS = 5_000;
/** A hook has 500 ms in all; the fetch goes on behind it and serves the next call. */
const WAIT_MS = 350;
const MAX_KEYS = 100;
const MAX_CHARACTERS = 262_144;

const keySet = z.object({
  keys: z.array(z.looseObject({ kty: z.string(), kid: z.string().optional() })).max(MAX_KEYS),
});

type KeysById = ReadonlyMap<string, readonly PublicJwk[]>;

interface Entry {
  keys?: KeysById;
  fetchedAt: number;
  freshUntil: number;
  triedAt: number;
  /** Failed fetches since the last good one. */
  failures: number;
  flight?: Promise<void>;
}

function coolDownMs({ failures }: Entry): number {
  return failures === 0 ? COOL_DOWN_MS : Math.min(COOL_DOWN_MS, FIRST_RETRY_MS * 2 ** (failures - 1));
}

/** By `kid` in a Map, so that no `kid` can reach a prototype. */
export function indexKeys(keys: readonly PublicJwk[]): KeysById {
  const byId = new Map<string, PublicJwk[]>();
  for (const key of keys) {
    if (key.kid === undefined) continue;
    byId.set(key.kid, [...(byId.get(key.kid) ?? []), key]);
  }
  return byId;
}

/** Key sets that stand in the configuration, read once each. */
const configuredSets = new WeakMap<object, KeysById>();

function configured(jwks: object): KeysById {
  const known = configuredSets.get(jwks) ?? indexKeys(keySet.parse(jwks).keys);
  configuredSets.set(jwks, known);
  return known;
}

/** `max-age` within our own limits; `no-store` still keeps the keys for the least time, or each call would fetch. */
export function freshnessMs(cacheControl: string | null): number {
  if (cacheControl === null) return FRESH_MS.usual;
  if (/\bno-(?:store|cache)\b/iu.test(cacheControl)) return FRESH_MS.least;
  const seconds = /\bmax-age=(\d{1,9})\b/iu.exec(cacheControl)?.[1];
  if (seconds === undefined) return FRESH_MS.usual;
  return Math.min(FRESH_MS.most, Math.max(FRESH_MS.least, Number(seconds) * 1000));
}

export function createJwksCache(deps: JwksCacheDeps): JwksCache {
  // One entry per listed (tenant, jku): the configuration bounds it, and no caller can add one.
  const entries = new Map<string, Entry>();

  async function download(tenant: string, url: string, entry: Entry): Promise<void> {
    const signal = AbortSignal.timeout(FETCH_TIMEOUT_MS);
    const response = await deps.fetchOf(tenant)(url, {
      headers: { accept: "application/json" },
      redirect: "error",
      signal,
    });
    const text = await response.text();
    if (!response.ok || text.length > MAX_CHARACTERS) throw new Error(`key set refused, status ${response.status}`);
    entry.keys = indexKeys(keySet.parse(JSON.parse(text)).keys);
    entry.fetchedAt = deps.now();
    entry.freshUntil = entry.fetchedAt + freshnessMs(response.headers.get("cache-control"));
  }

  /** One fetch at a time per entry, and none within the cool-down. Never rejects. */
  function refresh(tenant: string, url: string, entry: Entry): Promise<void> {
    if (entry.flight !== undefined) return entry.flight;
    if (deps.now() - entry.triedAt < coolDownMs(entry)) return Promise.resolve();
    entry.triedAt = deps.now();
    entry.flight = download(tenant, url, entry)
      .then(() => {
        entry.failures = 0;
      })
      .catch(() => {
        entry.failures += 1;
        deps.onUnavailable?.(tenant);
      })
      .finally(() => {
        delete entry.flight;
      });
    return entry.flight;
  }

  function entryOf(tenant: string, url: string): Entry {
    const id = `${tenant}\n${url}`;
    const entry = entries.get(id) ?? { fetchedAt: 0, freshUntil: 0, triedAt: -Infinity, failures: 0 };
    entries.set(id, entry);
    return entry;
  }

  async function findRemote(tenant: string, url: string, kid: string): Promise<readonly PublicJwk[]> {
    const entry = entryOf(tenant, url);
    const usable = (): boolean => entry.keys !== undefined && deps.now() < entry.freshUntil + STALE_MS;
    const fresh = deps.now() < entry.freshUntil;
    // Stale keys that know this kid are used at once while new ones are on their way.
    if (!fresh && usable() && entry.keys?.has(kid) === true) void refresh(tenant, url, entry);
    else if (!fresh || entry.keys?.has(kid) !== true) await atMost(refresh(tenant, url, entry), WAIT_MS);
    if (!usable()) refuse("jwks.unavailable");
    return entry.keys?.get(kid) ?? [];
  }

  return {
    find: async (issuer, kid) => {
      if (issuer.jwks !== undefined) return configured(issuer.jwks).get(kid) ?? [];
      return issuer.jku === undefined ? [] : findRemote(issuer.tenant, issuer.jku, kid);
    },
    warm: async (issuers) => {
      await Promise.all(
        issuers.map(async ({ tenant, jku }) =>
          jku === undefined ? undefined : refresh(tenant, jku, entryOf(tenant, jku)),
        ),
      );
    },
  };
}

/** Waits for `work`, but no longer than `limitMs`; the work itself goes on. */
async function atMost(work: Promise<void>, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([work, limit]).finally(() => clearTimeout(timer));
}
