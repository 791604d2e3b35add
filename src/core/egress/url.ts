/** What can be told of an outbound URL before any name is resolved. */
import type { AddressRefusal } from "./address.ts";
import { isAddressLiteral, refuseAddress } from "./address.ts";
import type { OwnService } from "./own-service.ts";
import { isOwnUrl } from "./own-service.ts";

/** What outbound calls of one policy may reach. */
export interface EgressRules {
  /** CIDR blocks that may be reached besides public unicast: the global list and the tenant's, joined. */
  readonly allow: readonly string[];
  /** Plain http as well as https. */
  readonly allowHttp: boolean;
  /** Ourselves, who are never called: an endpoint could else make the adapter call itself in a loop. */
  readonly own?: OwnService;
}

export type UrlRefusal = AddressRefusal | "not_a_url" | "scheme" | "credentials" | "own_origin" | "local_name";

export type UrlVerdict = { readonly ok: true; readonly url: URL } | { readonly ok: false; readonly reason: UrlRefusal };

/** Names that resolvers answer from the machine itself (RFC 6761, RFC 6762, RFC 9476), with or without the final dot. */
const localName = /(?:^|\.)(?:localhost|local|internal|localdomain)\.?$/u;

/** The host without the brackets of an IPv6 literal. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/gu, "");
}

/**
 * A local name may still be meant (a demo, an on-premises EHR): then its address is on the allow-list, and the check at
 * connect decides. Without an allow-list nothing behind such a name can be public.
 */
function refuseHost(host: string, rules: EgressRules): UrlRefusal | undefined {
  if (isAddressLiteral(host)) return refuseAddress(host, rules.allow);
  return localName.test(host) && rules.allow.length === 0 ? "local_name" : undefined;
}

function refuseUrl(url: URL, rules: EgressRules): UrlRefusal | undefined {
  if (url.protocol !== "https:" && !(url.protocol === "http:" && rules.allowHttp)) return "scheme";
  if (url.username !== "" || url.password !== "") return "credentials";
  if (rules.own !== undefined && isOwnUrl(url, rules.own)) return "own_origin";
  return refuseHost(hostOf(url), rules);
}

/**
 * Judges a URL by its text. The parsed host is judged, never the raw text: the URL parser turns octal, decimal, hex,
 * full-width and trailing-dot spellings into plain addresses.
 */
export function checkUrl(text: string, rules: EgressRules): UrlVerdict {
  const url = URL.parse(text);
  if (url === null) return { ok: false, reason: "not_a_url" };
  const reason = refuseUrl(url, rules);
  return reason === undefined ? { ok: true, url } : { ok: false, reason };
}
