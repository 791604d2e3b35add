/** Can the EHR's hook calls be verified: is each issuer's key set there and sound? */
import type { IssuerConfig } from "../../../config/tenant-schema.ts";
import type { Check } from "../check.ts";
import { broken, held, noted } from "../check.ts";
import type { Examination } from "./examination.ts";
import { explainFault, shown } from "./fault.ts";
import { keyFaults, keySetSchema } from "./key-set.ts";

const NAME = "caller keys";
const refused = "hook calls signed by its keys are refused";

export async function checkCallerKeys(examination: Examination): Promise<readonly Check[]> {
  const { issuers, requireJwt, clientAuth } = examination.tenant.ehr.cdsHooks;
  // Known by its certificate alone: it brings no token.
  if (clientAuth === "mtls") return [];
  if (!requireJwt) {
    const fix = "Set ehr.cdsHooks.requireJwt to true, and name the EHR's iss and jku, before real patients.";
    return [noted(NAME, "hook calls are taken from anybody: requireJwt is off", fix)];
  }
  if (issuers.length === 0) {
    const fix = "Add the EHR's iss and jku to ehr.cdsHooks.issuers (its vendor names them).";
    return [broken(NAME, "no issuer is configured: every hook call is refused with 401", fix)];
  }
  return (await Promise.all(issuers.map((issuer) => checkIssuer(examination, issuer)))).flat();
}

async function checkIssuer({ ask }: Examination, { iss, jku, jwks, algs }: IssuerConfig): Promise<readonly Check[]> {
  if (jku === undefined) return judge(`keys in the configuration for ${iss}`, jwks, algs);
  const what = `${shown(jku)} (${iss})`;
  try {
    const answer = await ask(jku);
    if (answer.status === 200) return judge(what, answer.json, algs);
    const fix = "Check ehr.cdsHooks.jku against the jku in the header of the EHR's tokens; redirects are not followed.";
    return [broken(NAME, `${what} answered ${answer.status}; ${refused}`, fix)];
  } catch (error) {
    const { found, fix } = explainFault(error);
    return [broken(NAME, `${what}: ${found}; ${refused}`, fix)];
  }
}

function judge(what: string, value: unknown, algs: readonly string[]): readonly Check[] {
  const set = keySetSchema.safeParse(value);
  if (!set.success) {
    const fix = "It must be a JSON object with `keys`: check the address with the EHR's analyst.";
    return [broken(NAME, `${what} is no key set`, fix)];
  }
  const faults = keyFaults(set.data, algs);
  if (faults.length > 0) return faults.map(({ found, fix }) => broken(NAME, `${what} ${found}`, fix));
  const count = set.data.keys.length;
  return [held(NAME, `${what}: ${count} ${count === 1 ? "key" : "keys"}, public members only`)];
}
