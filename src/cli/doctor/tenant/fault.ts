/** Why a call did not come through, in words for whoever set the network up, and what mends it. */
import { AdapterError } from "../../../core/errors.ts";
import type { Check } from "../check.ts";
import { broken } from "../check.ts";

interface Fault {
  readonly found: string;
  readonly fix: string;
}

const privateCa: Fault = {
  found: "its certificate comes from no CA that is trusted here",
  fix: "Name the hospital's CA certificate (PEM) in network.caFile; if the CA is public, the server leaves out its intermediate certificate.",
};
const noAnswer: Fault = {
  found: "no answer in time",
  fix: "A firewall may drop the packets: ask for this machine's address to be let through, or set network.proxy.",
};
const noAddress: Fault = {
  found: "the name has no address",
  fix: "Check the name, and that this machine's DNS knows the hospital's zone.",
};
const cut: Fault = {
  found: "the connection was cut",
  fix: "Check that this port speaks what the URL says (https or http), and for a firewall or proxy that inspects TLS.",
};
const tooOld: Fault = {
  found: "no common TLS version: at least TLS 1.2 is needed",
  fix: "Let the server (or the balancer before it) offer TLS 1.2 or 1.3 on this port.",
};

const unreadable: Fault = {
  found: "its answer is compressed although that was declined, or too large",
  fix: "Let the proxy before that server honour `Accept-Encoding: identity`: the adapter inflates nothing.",
};

const faults: Readonly<Record<string, Fault>> = {
  ECONNREFUSED: {
    found: "nothing listens there",
    fix: "Check host and port of the URL, and that the server is running.",
  },
  ENOTFOUND: noAddress,
  EAI_AGAIN: noAddress,
  ETIMEDOUT: noAnswer,
  EHOSTUNREACH: noAnswer,
  ENETUNREACH: noAnswer,
  UND_ERR_CONNECT_TIMEOUT: noAnswer,
  ECONNRESET: cut,
  EPIPE: cut,
  UND_ERR_SOCKET: cut,
  EPROTO: cut,
  ERR_SSL_WRONG_VERSION_NUMBER: cut,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: cut,
  ERR_SSL_UNSUPPORTED_PROTOCOL: tooOld,
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: tooOld,
  DEPTH_ZERO_SELF_SIGNED_CERT: privateCa,
  SELF_SIGNED_CERT_IN_CHAIN: privateCa,
  UNABLE_TO_GET_ISSUER_CERT: privateCa,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: privateCa,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: privateCa,
  CERT_HAS_EXPIRED: {
    found: "its certificate has expired",
    fix: "Have it renewed by whoever runs that server.",
  },
  CERT_NOT_YET_VALID: {
    found: "its certificate is not valid yet",
    fix: "Compare this machine's clock with true time; then ask whoever runs that server.",
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    found: "its certificate is for another name",
    fix: "Write the host as the certificate names it, or have the certificate renewed with this name.",
  },
};

/** The code of a network error, of the error itself or of what caused it. */
function codeOf(error: unknown): string {
  for (const holder of [error, error instanceof Error ? error.cause : undefined]) {
    const code: unknown = typeof holder === "object" && holder !== null ? Reflect.get(holder, "code") : undefined;
    if (typeof code === "string") return code;
  }
  return error instanceof Error ? error.name : "unknown";
}

/** @param error a transport's error, the wall's, or a code of the TLS layer */
export function explainFault(error: unknown): Fault {
  const code = typeof error === "string" ? error : codeOf(error);
  const known = Object.hasOwn(faults, code) ? faults[code] : undefined;
  if (known !== undefined) return known;
  if (error instanceof AdapterError && error.code === "egress_blocked")
    return { found: "its address may not be reached", fix: "See the line `addresses`." };
  if (error instanceof AdapterError && error.code === "destination_failed") return unreadable;
  if (/timeout/iu.test(code)) return noAnswer;
  return { found: `the call failed (${code})`, fix: "Try the same address with curl from this machine." };
}

/** A URL as it may be printed: what stands before the host or after the path can be a secret. */
export function shown(url: string): string {
  const parsed = URL.parse(url);
  return parsed === null ? "(not a URL)" : `${parsed.origin}${parsed.pathname}`;
}

/** A check that ended in a failed call to `what`. */
export function unreachable(name: string, what: string, error: unknown): Check {
  const { found, fix } = explainFault(error);
  return broken(name, `${what}: ${found}`, fix);
}
