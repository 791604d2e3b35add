/** Will the EHR find our public keys where we tell it to look, and are they the ones that we sign with? */
import { lookup } from "node:dns/promises";
import { refuseAddress } from "../../../core/egress/address.ts";
import { hostOf } from "../../../core/egress/url.ts";
import type { Check } from "../check.ts";
import { broken, held, notLookedAt, noted } from "../check.ts";
import type { Examination, OwnKeys } from "./examination.ts";
import { explainFault } from "./fault.ts";
import { keyFaults, keySetSchema } from "./key-set.ts";

const NAME = "own keys";

/** True where the EHR knows us by our key. */
export function needsOwnKeys({ tenant }: Examination): boolean {
  const { smart, backendServices } = tenant.ehr;
  return backendServices !== undefined || smart?.clientAuth === "private_key_jwt";
}

export async function checkOwnKeys(examination: Examination): Promise<readonly Check[]> {
  if (!needsOwnKeys(examination)) return [];
  const url = `${examination.publicUrl}/.well-known/jwks.json`;
  const keys = await examination.ownKeys().catch(() => undefined);
  try {
    const answer = await examination.askOurselves(url);
    if (answer.status !== 200) {
      const fix = "Check PUBLIC_URL, and that the proxy before the adapter passes /.well-known/ on without a login.";
      return [broken(NAME, `${url} answered ${answer.status}`, fix)];
    }
    return [...judge(url, answer.json, keys), ...(await reach(examination.publicUrl))];
  } catch (error) {
    const { found } = explainFault(error);
    const fix = "Start the adapter; then check PUBLIC_URL, and the proxy before the adapter with its certificate.";
    return [broken(NAME, `${url}: ${found}; the EHR cannot verify our assertions`, fix)];
  }
}

function judge(url: string, value: unknown, own: OwnKeys | undefined): readonly Check[] {
  const set = keySetSchema.safeParse(value);
  if (!set.success)
    return [broken(NAME, `${url} is no key set`, "PUBLIC_URL leads to something else than the adapter: correct it.")];
  const [fault] = keyFaults(set.data, ["ES384", "RS384"]);
  if (fault !== undefined) return [broken(NAME, `${url} ${fault.found}`, fault.fix)];
  if (own === undefined) return [notLookedAt(NAME, "our own keys could not be read from the database")];
  const published = new Set(set.data.keys.map(({ kid }) => kid));
  const missing = own.kids.filter((kid) => !published.has(kid));
  if (missing.length === 0)
    return [held(NAME, `${url} answers this machine and holds the ${own.kids.length} keys that we sign with`)];
  const fix =
    "PUBLIC_URL leads to an adapter on another database, or a cache keeps an old answer: correct one of them.";
  return [broken(NAME, `${url} lacks the key ${missing.join(", ")}, which is in our database`, fix)];
}

/** This machine may be inside: an address that only insiders reach is no use to an EHR in a vendor's cloud. */
async function reach(publicUrl: string): Promise<readonly Check[]> {
  const url = new URL(publicUrl);
  const addresses = await lookup(hostOf(url), { all: true }).catch(() => []);
  const inner = addresses.find(({ address }) => refuseAddress(address, []) !== undefined);
  if (inner === undefined && url.protocol === "https:") return [];
  const found =
    inner === undefined
      ? `${publicUrl} is not https: an EHR will refuse it as a JWKS or launch URL`
      : `${url.host} is at ${inner.address}, which only this network reaches`;
  const fix =
    "If the EHR runs elsewhere (a vendor's cloud), give the adapter a public https name and set PUBLIC_URL to it.";
  return [noted(NAME, found, fix)];
}
