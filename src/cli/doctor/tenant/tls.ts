/** Is each server's certificate trusted, by a public CA or the tenant's own, and for how long yet? */
import type { EgressOptions } from "../../../egress/client.ts";
import type { Check } from "../check.ts";
import { broken, held, noted } from "../check.ts";
import type { Examination } from "./examination.ts";
import { explainFault, unreachable } from "./fault.ts";
import type { SeenCertificate } from "./handshake.ts";
import { handshake } from "./handshake.ts";
import type { Target } from "./targets.ts";
import { faultOf } from "./targets.ts";

const NAME = "tls";
const WARN_DAYS = 30;
const DAY_MS = 86_400_000;

/** What a certificate is judged by. */
export interface CertificatePlace {
  /** Of the check. */
  readonly name: string;
  /** As it is told to a person. */
  readonly host: string;
  /** The setting that names a CA of the hospital's own; undefined where none does. */
  readonly ownCa: string | undefined;
  readonly nowMs: number;
  /** With so many days left somebody is told. */
  readonly warnDays: number;
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
    const ownCa = egress.ca === undefined ? undefined : "network.caFile";
    const place = { name: NAME, host: `${host} (${setting})`, ownCa, nowMs: Date.now(), warnDays: WARN_DAYS };
    return judgeCertificate(await handshake(url, egress), place);
  } catch (error) {
    return unreachable(NAME, `${host} (${setting})`, error);
  }
}

/** Trusted, and for long enough yet? */
export function judgeCertificate(
  { fault, issuer, names, validTo }: SeenCertificate,
  { name, host, ownCa, nowMs, warnDays }: CertificatePlace,
): Check {
  if (fault !== undefined) {
    const { found, fix } = explainFault(fault);
    const caHint = ownCa === undefined ? "" : ` ${ownCa} is set, and does not hold this issuer.`;
    return broken(name, `${host}: ${found}; issued by ${issuer}, for ${names}`, `${fix}${caHint}`);
  }
  const days = Math.floor((validTo.getTime() - nowMs) / DAY_MS);
  const until = `${host}: trusted, issued by ${issuer}, valid for ${days} days`;
  const fix = `Have it renewed before ${validTo.toISOString().slice(0, 10)}: after that every call to it fails.`;
  return days <= warnDays ? noted(name, until, fix) : held(name, until);
}
