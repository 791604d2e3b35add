/** A client for each destination with TLS of its own: no socket is ever shared between two trusts. */
import { createHash } from "node:crypto";
import type { EgressClient, EgressOptions } from "./client.ts";
import { createEgressClient } from "./client.ts";
import type { Post, PostRequest } from "./post.ts";
import { postOver } from "./post.ts";
import type { TlsTrust } from "./tls.ts";

export type PostWithTls = (
  url: string,
  request: PostRequest & { readonly tls?: TlsTrust | undefined },
) => ReturnType<Post>;

export interface PerDestination {
  readonly post: PostWithTls;
  close(): Promise<void>;
}

interface Kept {
  readonly client: EgressClient;
  readonly post: Post;
  usedMs: number;
}

/** Longer than any attempt lasts, so that nothing under way is cut. */
const idleMs = 5 * 60 * 1000;

/**
 * @param plain for destinations without TLS of their own
 * @param options the tenant's policy, which holds for all of them
 */
export function postPerDestination(
  plain: Post,
  options: EgressOptions,
  nowMs: () => number = Date.now,
): PerDestination {
  const kept = new Map<string, Kept>();
  /** An endpoint's settings are the same object for as long as they do not change. */
  const names = new WeakMap<TlsTrust, string>();
  const nameOf = (tls: TlsTrust): string => {
    const known = names.get(tls) ?? createHash("sha256").update(JSON.stringify(tls)).digest("base64");
    names.set(tls, known);
    return known;
  };
  const closeIdle = (): void => {
    for (const [name, { client, usedMs }] of kept) {
      if (nowMs() - usedMs < idleMs) continue;
      kept.delete(name);
      void client.close();
    }
  };
  const clientFor = (tls: TlsTrust): Kept => {
    const name = nameOf(tls);
    const found = kept.get(name);
    if (found !== undefined) return found;
    closeIdle();
    const client = createEgressClient({ ...options, tls });
    const made = { client, post: postOver(client), usedMs: nowMs() };
    kept.set(name, made);
    return made;
  };
  return {
    post: (url, request) => {
      if (request.tls === undefined) return plain(url, request);
      const own = clientFor(request.tls);
      own.usedMs = nowMs();
      return own.post(url, request);
    },
    close: async () => {
      await Promise.all([...kept.values()].map(({ client }) => client.close()));
    },
  };
}
