/** Is each server's certificate trusted, by a public CA or the tenant's own, and for how long yet? */
import { rootCertificates, connect } from "node:tls";
import { isAddressLiteral, refuseAddress } from "../../../core/egress/address.ts";
import { checkUrl, hostOf } from "../../../core/egress/url.ts";
import { checkedLookup, resolveBySystem } from "../../../egress/connector.ts";
import type { EgressOptions } from "../../../egress/client.ts";
import type { Check } from "../check.ts";
import { broken, held, noted } from "../check.ts";
import type { Examination } from "./examination.ts";
import { explainFault, unreachable } from "./fault.ts";
import type { Target } from "./targets.ts";
import { faultOf } from "./targets.ts";

const NAME = "tls";
const WARN_DAYS = 30;
const DAY_MS = 86_400_000;
const HANDSHAKE_TIMEOUT_MS = 8_000;

export interface SeenCertificate {
  /** Code of what the verification found; undefined where the certificate is trusted. */
  readonly fault: string | undefined;
  readonly issuer: string;
  readonly names: string;
  readonly validTo: Date;
}

/** @param targets one handshake for each host and port of the https ones */
export async function checkTls(examination: Examination, targets: readonly Target[]): Promise<readonly Check[]> {
  const { egress, tenant } = examination;
  const hosts = [
    ...new Map(
      targets
        .filter(({ url }) => URL.parse(url)?.protocol === "https:")
        .map((target) => [new URL(target.url).host, target]),
    ).values(),
  ];
  if (hosts.length === 0) {
    const fix = "Fine for a test on one machine; anywhere else have the EHR speak https.";
    return [noted(NAME, "no https address is configured: chart data and tokens travel in the clear", fix)];
  }
  // A socket of ours would not pass the proxy; whether the proxy's answers are trusted shows in the calls themselves.
  if (egress.proxy !== undefined) return [held(NAME, "behind a proxy: the calls below show whether TLS is trusted")];
  const checks = await Promise.all(
    hosts.map(async (target) => {
      // What the wall refuses is told by `addresses`, and gets no packet from here either.
      const refused = await faultOf(target, egress, tenant.id, NAME);
      return refused === undefined ? [await checkHost(target, egress)] : [];
    }),
  );
  return checks.flat();
}

async function checkHost({ url, setting }: Target, egress: EgressOptions): Promise<Check> {
  const { host } = new URL(url);
  try {
    return judgeCertificate(await handshake(url, egress), `${host} (${setting})`, egress.ca !== undefined, Date.now());
  } catch (error) {
    return unreachable(NAME, `${host} (${setting})`, error);
  }
}

/**
 * @param host as it is told to a person
 * @param ownCa whether `network.caFile` is set
 */
export function judgeCertificate(
  { fault, issuer, names, validTo }: SeenCertificate,
  host: string,
  ownCa: boolean,
  nowMs: number,
): Check {
  if (fault !== undefined) {
    const { found, fix } = explainFault(fault);
    const caHint = ownCa ? " network.caFile is set, and does not hold this issuer." : "";
    return broken(NAME, `${host}: ${found}; issued by ${issuer}, for ${names}`, `${fix}${caHint}`);
  }
  const days = Math.floor((validTo.getTime() - nowMs) / DAY_MS);
  const until = `${host}: trusted, issued by ${issuer}, valid for ${days} days`;
  const fix = `Have it renewed before ${validTo.toISOString().slice(0, 10)}: after that every call to it fails.`;
  return days <= WARN_DAYS ? noted(NAME, until, fix) : held(NAME, until);
}

/** Shakes hands and hangs up: an untrusted certificate is looked at too, and no byte of ours is sent to its holder. */
function handshake(url: string, { allow, ca }: EgressOptions): Promise<SeenCertificate> {
  const verdict = checkUrl(url, { allow, allowHttp: false });
  if (!verdict.ok) return Promise.reject(new Error(verdict.reason));
  const host = hostOf(verdict.url);
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port: Number(verdict.url.port || 443),
      ...(isAddressLiteral(host) ? {} : { servername: host }),
      ca: [...rootCertificates, ...(ca === undefined ? [] : [ca])],
      lookup: checkedLookup((address) => refuseAddress(address, allow), resolveBySystem),
      rejectUnauthorized: false,
      timeout: HANDSHAKE_TIMEOUT_MS,
    });
    socket.once("error", reject);
    socket.once("timeout", () => socket.destroy(Object.assign(new Error("timeout"), { code: "ETIMEDOUT" })));
    socket.once("secureConnect", () => {
      const { issuer, subject, subjectaltname, valid_to: validTo } = socket.getPeerCertificate();
      resolve({
        fault: socket.authorized ? undefined : String(codeOf(socket.authorizationError)),
        issuer: first(issuer.O) ?? first(issuer.CN) ?? "nobody named",
        names: subjectaltname ?? first(subject.CN) ?? "no name",
        validTo: new Date(validTo),
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
