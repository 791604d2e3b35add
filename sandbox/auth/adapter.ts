import type { Adapter, AdapterConstructor, AdapterPayload } from "oidc-provider";

interface Stored {
  readonly payload: AdapterPayload;
  readonly expiresAtMs: number;
}

/**
 * Storage of one authorisation server's codes, grants and tokens. The library's own keeps a thousand entries for the whole
 * process: two sandboxes in one test run would share them, and a busy one would forget live grants.
 *
 * @param nowMs clock for expiry
 */
export function createAdapter(nowMs: () => number): AdapterConstructor {
  const all = new Map<string, Stored>();
  const find = (key: string): AdapterPayload | undefined => {
    const stored = all.get(key);
    if (!stored) return undefined;
    if (stored.expiresAtMs > nowMs()) return stored.payload;
    all.delete(key);
    return undefined;
  };

  return class MemoryAdapter implements Adapter {
    readonly model: string;

    constructor(model: string) {
      this.model = model;
    }

    async upsert(id: string, payload: AdapterPayload, expiresInSeconds?: number): Promise<void> {
      const expiresAtMs = expiresInSeconds === undefined ? Infinity : nowMs() + expiresInSeconds * 1000;
      all.set(this.key(id), { payload, expiresAtMs });
    }

    async find(id: string): Promise<AdapterPayload | undefined> {
      return find(this.key(id));
    }

    async findByUid(uid: string): Promise<AdapterPayload | undefined> {
      return [...all.values()].find(({ payload }) => payload.uid === uid)?.payload;
    }

    async findByUserCode(): Promise<undefined> {
      // Device flow is not offered.
    }

    async consume(id: string): Promise<void> {
      const payload = find(this.key(id));
      if (payload) payload.consumed = Math.floor(nowMs() / 1000);
    }

    async destroy(id: string): Promise<void> {
      all.delete(this.key(id));
    }

    /** A code used twice takes back all that was issued for it (RFC 6749, section 4.1.2). */
    async revokeByGrantId(grantId: string): Promise<void> {
      for (const [key, { payload }] of all) if (payload.grantId === grantId) all.delete(key);
    }

    private key(id: string): string {
      return `${this.model}:${id}`;
    }
  };
}
