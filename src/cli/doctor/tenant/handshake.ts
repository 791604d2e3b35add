/** One TLS handshake, looked at and hung up. */
import { connect, rootCertificates } from "node:tls";
import type { TlsTrust } from "../../../core/delivery/access.ts";
import { isAddressLiteral, refuseAddress } from "../../../core/egress/address.ts";
import { checkUrl, hostOf } from "../../../core/egress/url.ts";
import { checkedLookup, resolveBySystem } from "../../../egress/connector.ts";
import type { EgressOptions } from "../../../egress/client.ts";

const HANDSHAKE_TIMEOUT_MS = 8_000;

export interface SeenCertificate {
  /** Code of what the verification found; undefined where the certificate is trusted. */
  readonly fault: string | undefined;
  readonly issuer: string;
  readonly names: string;
  readonly validTo: Date;
  /** SHA-256, hexadecimal with colons. */
  readonly fingerprint256: string;
}

/**
 * Shakes hands and hangs up: an untrusted certificate is looked at too, and no byte of ours is sent to its holder.
 * @param trust of this destination, in the place of the network's
 */
export function handshake(url: string, { allow, ca }: EgressOptions, trust: TlsTrust = {}): Promise<SeenCertificate> {
  const verdict = checkUrl(url, { allow, allowHttp: false });
  if (!verdict.ok) return Promise.reject(new Error(verdict.reason));
  const host = hostOf(verdict.url);
  const trusted = trust.ca === undefined ? [...rootCertificates, ...(ca === undefined ? [] : [ca])] : [trust.ca];
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port: Number(verdict.url.port || 443),
      ...(isAddressLiteral(host) ? {} : { servername: host }),
      ca: trusted,
      ...(trust.clientCertificate === undefined ? {} : { cert: trust.clientCertificate }),
      ...(trust.clientKey === undefined ? {} : { key: trust.clientKey }),
      lookup: checkedLookup((address) => refuseAddress(address, allow), resolveBySystem),
      rejectUnauthorized: false,
      timeout: HANDSHAKE_TIMEOUT_MS,
    });
    socket.once("error", reject);
    socket.once("timeout", () => socket.destroy(Object.assign(new Error("timeout"), { code: "ETIMEDOUT" })));
    socket.once("secureConnect", () => {
      const { issuer, subject, subjectaltname, valid_to: validTo, fingerprint256 } = socket.getPeerCertificate();
      resolve({
        fault: socket.authorized ? undefined : String(codeOf(socket.authorizationError)),
        issuer: first(issuer.O) ?? first(issuer.CN) ?? "nobody named",
        names: subjectaltname ?? first(subject.CN) ?? "no name",
        validTo: new Date(validTo),
        fingerprint256,
      });
      socket.destroy();
    });
  });
}

/** A distinguished name may hold an attribute more than once. */
function first(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === "string" ? value : value?.[0];
}

/** Node tells a failed verification by its code, and a wrong name by an error with a code. */
function codeOf(error: Error | string | null): unknown {
  return error instanceof Error ? (Reflect.get(error, "code") ?? error.message) : error;
}
