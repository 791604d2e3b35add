/** Would each webhook endpoint be reached, trusted and let us in: address, certificates of both sides, token, and its own state. */
import { X509Certificate } from "node:crypto";
import type { Authorization, TlsTrust } from "../../../core/delivery/access.ts";
import { createTokens, TokenFailure } from "../../../delivery/authorization/tokens.ts";
import { createEndpointDiscovery } from "../../../ehr/smart-configuration.ts";
import type { Check } from "../check.ts";
import { broken, held, noted } from "../check.ts";
import type { Examination } from "./examination.ts";
import { explainFault, unreachable } from "./fault.ts";
import { handshake } from "./handshake.ts";
import { faultOf } from "./targets.ts";
import { judgeCertificate } from "./tls.ts";

const DAY_MS = 86_400_000;
/** Certificates are renewed by others, who must be asked: three weeks hold a holiday. */
const WARN_DAYS = 21;
const TOKEN_TIMEOUT_MS = 8_000;

/** One endpoint as the adapter would call it. */
export interface ExaminedEndpoint {
  readonly id: string;
  /** `new`: the file names it, and nobody has applied that yet. */
  readonly status: "new" | "pending" | "unverified" | "active" | "paused" | "disabled";
  readonly reason?: string;
  readonly url: string;
  readonly tls?: TlsTrust;
  readonly authorization?: Authorization;
}

const nameOf = ({ id }: ExaminedEndpoint): string => `endpoint ${id}`;

/** @param nowMs milliseconds since 1970 */
export async function checkEndpoints(examination: Examination, nowMs: number): Promise<readonly Check[]> {
  let endpoints;
  try {
    endpoints = await examination.endpoints();
  } catch {
    const fix = "Run `handover doctor` for the database and the master key.";
    return [broken("endpoints", "what the database holds of endpoints could not be read", fix)];
  }
  return (await Promise.all(endpoints.map((endpoint) => checkOne(examination, endpoint, nowMs)))).flat();
}

async function checkOne(
  examination: Examination,
  endpoint: ExaminedEndpoint,
  nowMs: number,
): Promise<readonly Check[]> {
  const state = stateOf(endpoint);
  const { egress, tenant } = examination;
  const refused = await faultOf({ setting: nameOf(endpoint), url: endpoint.url }, egress, tenant.id, nameOf(endpoint));
  // What the wall refuses gets no packet from here either.
  if (refused !== undefined) return [...state, refused];
  const [server, token] = await Promise.all([
    serverCertificate(examination, endpoint, nowMs),
    tokenOf(examination, endpoint),
  ]);
  const found = [...state, ...server, ...clientCertificate(endpoint, nowMs), ...token];
  return found.length > 0
    ? found
    : [held(nameOf(endpoint), "its address may be reached; over http there is no more to see")];
}

function stateOf(endpoint: ExaminedEndpoint): readonly Check[] {
  const { id, status, reason } = endpoint;
  const name = nameOf(endpoint);
  switch (status) {
    case "unverified":
      return [
        noted(
          name,
          "it has not answered its challenge: what it is owed is held",
          `\`handover endpoint verify ${id}\` sends it again.`,
        ),
      ];
    case "disabled":
      return [
        broken(
          name,
          `it is disabled${reason === undefined ? "" : ` (${reason})`}: what it is owed is held`,
          `Mend the receiver, then \`handover endpoint resume ${id}\`.`,
        ),
      ];
    case "paused":
      return [
        noted(name, "somebody paused it: what it is owed is held", `\`handover endpoint resume ${id}\` lets it go on.`),
      ];
    case "new":
      return [
        noted(name, "the file names it, and it is not in force yet", "Start the adapter, or run `handover apply`."),
      ];
    default:
      return [];
  }
}

const plainHex = (fingerprint: string): string => fingerprint.replaceAll(":", "").toLowerCase();

async function serverCertificate(
  { egress }: Examination,
  endpoint: ExaminedEndpoint,
  nowMs: number,
): Promise<readonly Check[]> {
  const name = nameOf(endpoint);
  const { url, tls = {}, id } = endpoint;
  if (URL.parse(url)?.protocol !== "https:") return [];
  if (egress.proxy !== undefined)
    return [held(name, `behind a proxy: \`handover endpoint test ${id}\` shows whether TLS is trusted`)];
  const { host } = new URL(url);
  try {
    const seen = await handshake(url, egress, tls);
    const pinned = tls.pinnedSha256?.some((pin) => plainHex(pin) === plainHex(seen.fingerprint256));
    if (pinned === false) {
      const fix = "Pin the new certificate too, if it is theirs; else find out who answers in their place.";
      return [broken(name, `${host} shows a certificate that is not pinned: ${plainHex(seen.fingerprint256)}`, fix)];
    }
    // A pin without a CA is the trust itself; its dates count all the same.
    const inTime = seen.validTo.getTime() > nowMs;
    const fault = pinned === true && tls.ca === undefined ? (inTime ? undefined : "CERT_HAS_EXPIRED") : seen.fault;
    const ownCa = tls.ca !== undefined ? "tls.ca" : egress.ca !== undefined ? "network.caFile" : undefined;
    return [judgeCertificate({ ...seen, fault }, { name, host, ownCa, nowMs, warnDays: WARN_DAYS })];
  } catch (error) {
    return [unreachable(name, host, error)];
  }
}

function clientCertificate(endpoint: ExaminedEndpoint, nowMs: number): readonly Check[] {
  const pem = endpoint.tls?.clientCertificate;
  if (pem === undefined) return [];
  const name = nameOf(endpoint);
  const { validToDate, validFromDate } = new X509Certificate(pem);
  const days = Math.floor((validToDate.getTime() - nowMs) / DAY_MS);
  const until = validToDate.toISOString().slice(0, 10);
  const fix =
    "Have a new one made, put it into `tls` with its key, and `handover apply`; the receiver must trust its issuer.";
  if (validToDate.getTime() <= nowMs) return [broken(name, `the certificate that we show ended on ${until}`, fix)];
  if (validFromDate.getTime() > nowMs)
    return [
      broken(name, `the certificate that we show is not valid before ${validFromDate.toISOString().slice(0, 10)}`, fix),
    ];
  const found = `the certificate that we show is valid for ${days} days`;
  return [days < WARN_DAYS ? noted(name, found, fix) : held(name, found)];
}

async function tokenOf(examination: Examination, endpoint: ExaminedEndpoint): Promise<readonly Check[]> {
  const { authorization } = endpoint;
  if (authorization?.type !== "oauth2" && authorization?.type !== "smart-backend") return [];
  const name = nameOf(endpoint);
  const now = (): number => Date.now();
  const { fetch, tenant } = examination;
  const tokens = createTokens({
    fetch: () => fetch,
    signAssertion: async (input) => (await examination.ownKeys()).sign(input),
    smartTokenEndpoint: async (_tenant, base = tenant.ehr.fhirBaseUrl) =>
      (await createEndpointDiscovery(fetch, now)(base)).tokenEndpoint,
    now,
  });
  try {
    await tokens.get(tenant.id, authorization, TOKEN_TIMEOUT_MS);
    return [held(name, "its token endpoint gave us a token")];
  } catch (error) {
    const fix =
      "Check `authorization`: address, client and secret, and what its authorisation server's log says of us.";
    if (error instanceof TokenFailure) return [broken(name, `there is no token for it: ${error.reason}`, fix)];
    return [broken(name, `its token endpoint: ${explainFault(error).found}`, explainFault(error).fix)];
  }
}
