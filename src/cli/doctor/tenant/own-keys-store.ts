/** Our signing keys as the adapter left them in its database; nothing is made or changed. */
import { randomUUID } from "node:crypto";
import type { Config } from "../../../config/config.ts";
import { openDatabase } from "../../../db/connect.ts";
import { createSealer } from "../../../db/sealer.ts";
import { createClientAssertionSigner } from "../../../trust/client-assertion.ts";
import { createSigningKeys } from "../../../trust/signing-keys.ts";
import { findPlace } from "../database.ts";
import type { OwnKeys } from "./examination.ts";

export interface OwnKeyStore {
  /** Rejects where the database is away, holds no keys yet, or was sealed with another master key. */
  read(): Promise<OwnKeys>;
  close(): Promise<void>;
}

/** Opens the database at the first read, and once. */
export function openOwnKeys(config: Config): OwnKeyStore {
  const open: (() => Promise<void>)[] = [];
  let keys: Promise<OwnKeys> | undefined;

  async function load(): Promise<OwnKeys> {
    const place = await findPlace(config);
    open.push(place.stop);
    const database = openDatabase(place.appUrl);
    open.push(() => database.close());
    const now = (): number => Date.now();
    const store = createSigningKeys({ db: database.http, sealer: createSealer([config.masterKey]), now });
    const current = await Promise.all([store.current("ES384"), store.current("RS384")]);
    return {
      kids: current.map(({ kid }) => kid),
      sign: createClientAssertionSigner({ keys: store, publicUrl: config.publicUrl, now, newId: randomUUID }),
    };
  }

  return {
    read: () => (keys ??= load()),
    close: async () => {
      await keys?.catch(() => undefined);
      for (const end of open.toReversed()) await end();
    },
  };
}
