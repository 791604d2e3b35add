/** Our signing keys, the tenant's endpoints and the watch of its EHR, as the adapter left them in its database; nothing is made or changed. */
import { randomUUID } from "node:crypto";
import type { Config } from "../../../config/config.ts";
import { openDatabase } from "../../../db/connect.ts";
import type { TenantConfig } from "../../../config/tenant-schema.ts";
import { run } from "../../../db/query.ts";
import type { Sealer } from "../../../db/sealer.ts";
import { createSealer } from "../../../db/sealer.ts";
import { endpointSettings } from "../../../delivery/endpoint.ts";
import type { EndpointRow } from "../../../delivery/registry/store.ts";
import { listPage } from "../../../delivery/registry/store.ts";
import { openSecrets } from "../../../delivery/registry/view.ts";
import { dischargePoll, readPoll } from "../../../ehr/subscriptions/poll-store.ts";
import { listEhrSubscriptions } from "../../../ehr/subscriptions/store.ts";
import { createClientAssertionSigner } from "../../../trust/client-assertion.ts";
import { createSigningKeys } from "../../../trust/signing-keys.ts";
import { findPlace } from "../database.ts";
import type { ExaminedEndpoint } from "./endpoints.ts";
import type { OwnKeys } from "./examination.ts";
import type { StoredWatch } from "./watch.ts";

const MOST_ENDPOINTS = 200;

/** Undefined for what is no endpoint of a tenant's own: callbacks lie under one, Subscriptions are their subscriber's. */
function examined(sealer: Sealer, tenant: string, row: EndpointRow): ExaminedEndpoint | undefined {
  const settings = endpointSettings.parse(row.settings);
  if (settings.kind !== "webhook" || row.origin === "callback") return undefined;
  const { tls, authorization } = openSecrets(sealer, tenant, row);
  return {
    id: row.id,
    status: row.status as ExaminedEndpoint["status"],
    url: settings.url,
    ...(row.reason === null ? {} : { reason: row.reason }),
    ...(tls === undefined ? {} : { tls }),
    ...(authorization === undefined ? {} : { authorization }),
  };
}

export interface OwnKeyStore {
  /** Rejects where the database is away, holds no keys yet, or was sealed with another master key. */
  read(): Promise<OwnKeys>;
  /** A tenant's webhook endpoints, the first 200 by id; then those of its settings that are not in force yet. */
  endpoints(tenant: TenantConfig): Promise<readonly ExaminedEndpoint[]>;
  /** How far the tenant's EHR tells by itself. */
  watch(tenant: TenantConfig): Promise<StoredWatch>;
  close(): Promise<void>;
}

/** Opens the database at the first read, and once. */
export function openOwnKeys(config: Config): OwnKeyStore {
  const open: (() => Promise<void>)[] = [];
  const sealer = createSealer([config.masterKey]);
  let keys: Promise<OwnKeys> | undefined;

  let database: Promise<ReturnType<typeof openDatabase>> | undefined;

  async function connect(): Promise<ReturnType<typeof openDatabase>> {
    const place = await findPlace(config);
    open.push(place.stop);
    const opened = openDatabase(place.appUrl);
    open.push(() => opened.close());
    return opened;
  }

  const connected = (): Promise<ReturnType<typeof openDatabase>> => (database ??= connect());

  async function load(): Promise<OwnKeys> {
    const { http } = await connected();
    const now = (): number => Date.now();
    const store = createSigningKeys({ db: http, sealer, now });
    const current = await Promise.all([store.current("ES384"), store.current("RS384")]);
    return {
      kids: current.map(({ kid }) => kid),
      sign: createClientAssertionSigner({ keys: store, publicUrl: config.publicUrl, now, newId: randomUUID }),
    };
  }

  return {
    read: () => (keys ??= load()),
    async endpoints(tenant) {
      const rows = await run((await connected()).http, listPage, tenant.id, null, MOST_ENDPOINTS);
      const stored = rows.flatMap((row) => examined(sealer, tenant.id, row) ?? []);
      const known = new Set(rows.map(({ id }) => id));
      const fresh = tenant.endpoints.filter(({ id }) => !known.has(id));
      return [...stored, ...fresh.map(({ id, url }) => ({ id, url, status: "new" as const }))];
    },
    async watch(tenant) {
      const { http } = await connected();
      const [subscriptions, [poll]] = await Promise.all([
        run(http, listEhrSubscriptions, tenant.id),
        run(http, readPoll, tenant.id, dischargePoll),
      ]);
      return { subscriptions, poll };
    },
    close: async () => {
      await keys?.catch(() => undefined);
      await database?.catch(() => undefined);
      for (const end of open.toReversed()) await end();
    },
  };
}
