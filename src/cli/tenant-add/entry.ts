/** From a few answers to a whole tenant entry. Pure: what was given, and what the EHR said of itself, go in. */
import { builtIn } from "../../config/write-profile-schema.ts";
import type { VendorName } from "./vendors.ts";
import { vendors } from "./vendors.ts";

export interface Given {
  readonly id: string;
  readonly name: string;
  readonly fhirBaseUrl: string;
  readonly timeZone?: string | undefined;
  readonly environment: "test" | "production";
  readonly issuer?: string | undefined;
  readonly jku?: string | undefined;
  readonly issuerTenant?: string | undefined;
  readonly smartClientId?: string | undefined;
  readonly clientAuth?: "private_key_jwt" | "client_secret" | "public" | undefined;
  readonly clientSecretEnv?: string | undefined;
  readonly signerRoles: readonly string[];
  readonly backendClientId?: string | undefined;
  readonly allow: readonly string[];
  readonly caFile?: string | undefined;
  readonly allowHttp: boolean;
  readonly frameAncestors: readonly string[];
  readonly apiClients: readonly { readonly id: string; readonly keyEnv: string }[];
}

/** What the EHR's documents say, as far as an entry depends on it; members are absent where they say nothing. */
export interface Discovered {
  readonly capabilities?: readonly string[];
  /** `token_endpoint_auth_signing_alg_values_supported`. */
  readonly algorithms?: readonly string[];
  /** Of DocumentReference. */
  readonly conditionalCreate?: boolean;
}

export interface Proposal {
  readonly entry: Readonly<Record<string, unknown>>;
  /** What was chosen for the person, and why; what is still to be done. */
  readonly notes: readonly string[];
}

/** The name of a variable that the adapter takes without knowing it beforehand. */
export function secretVariable(id: string, what: string): string {
  return `HANDOVER_SECRET_${`${id}_${what}`.toUpperCase().replaceAll("-", "_")}`;
}

export function proposeEntry(given: Given, vendorName: VendorName, discovered: Discovered): Proposal {
  const notes: string[] = [...vendors[vendorName].notes];
  const network = {
    ...(given.caFile === undefined ? {} : { caFile: given.caFile }),
    ...(given.allow.length === 0 ? {} : { allow: given.allow }),
    ...(given.allowHttp ? { allowHttp: true } : {}),
  };
  const entry = {
    id: given.id,
    name: given.name,
    timeZone: given.timeZone ?? "UTC",
    environment: given.environment,
    ...(Object.keys(network).length === 0 ? {} : { network }),
    ehr: {
      fhirBaseUrl: given.fhirBaseUrl,
      cdsHooks: { issuers: issuersOf(given, vendorName, notes) },
      ...backendOf(given, vendorName, discovered, notes),
      ...smartOf(given, discovered, notes),
      frameAncestors: given.frameAncestors,
      writeProfile: writeProfileOf(vendorName, discovered, notes),
    },
    ...(given.apiClients.length === 0 ? {} : { apiClients: given.apiClients }),
  };
  if (given.timeZone === undefined)
    notes.push("timeZone is UTC: give --time-zone, or dates of the stay are off by a day.");
  if (given.smartClientId === undefined && given.backendClientId === undefined)
    notes.push(
      "Neither --smart-client-id nor --backend-client-id: charts come with the hooks only, and nobody can sign.",
    );
  return { entry, notes };
}

function issuersOf(given: Given, vendorName: VendorName, notes: string[]): readonly object[] {
  const { jku, issuer, issuerTenant, fhirBaseUrl } = given;
  const iss = issuer ?? vendors[vendorName].issuer?.(fhirBaseUrl);
  if (jku === undefined || iss === undefined) {
    notes.push("No issuer of hook tokens: give --issuer and --jku, or every hook call is refused.");
    return [];
  }
  if (issuer === undefined) notes.push(`iss of the hooks' tokens is ${iss}, as ${vendorName} writes it.`);
  return [{ iss, jku, ...(issuerTenant === undefined ? {} : { tenant: issuerTenant }) }];
}

function backendOf(given: Given, vendorName: VendorName, { algorithms }: Discovered, notes: string[]): object {
  const { backendClientId: clientId } = given;
  if (clientId === undefined) return {};
  const alg = (["ES384", "RS384"] as const).find((each) => algorithms?.includes(each) === true);
  if (algorithms !== undefined && alg === undefined)
    notes.push("The token endpoint lists neither ES384 nor RS384: ask which of our keys it takes.");
  if (alg !== undefined) notes.push(`backendServices.alg is ${alg}: listed by the token endpoint.`);
  return { backendServices: { clientId, alg: alg ?? vendors[vendorName].backendAlg } };
}

/** In the order of preference: a key of our own proves more than a secret that both sides hold. */
const clientKinds = [
  ["client-confidential-asymmetric", "private_key_jwt"],
  ["client-confidential-symmetric", "client_secret"],
  ["client-public", "public"],
] as const;

function smartOf(given: Given, { capabilities }: Discovered, notes: string[]): object {
  const { smartClientId: clientId, signerRoles, id } = given;
  if (clientId === undefined) return {};
  const listed = clientKinds.find(([capability]) => capabilities?.includes(capability) === true)?.[1];
  const clientAuth = given.clientAuth ?? listed ?? "private_key_jwt";
  if (given.clientAuth === undefined && listed !== undefined)
    notes.push(`smart.clientAuth is ${clientAuth}: the best that the EHR lists.`);
  if (signerRoles.length === 0) notes.push("smart.signerRoles is empty: every practitioner may sign.");
  const clientSecretEnv = given.clientSecretEnv ?? secretVariable(id, "smart");
  return {
    smart: { clientId, clientAuth, ...(clientAuth === "client_secret" ? { clientSecretEnv } : {}), signerRoles },
  };
}

function writeProfileOf(vendorName: VendorName, { conditionalCreate }: Discovered, notes: string[]): object {
  const basedOn = vendors[vendorName].writeProfile;
  const own = { basedOn, when: "signed", credential: "system" };
  notes.push(`writeProfile is based on ${basedOn}: \`handover document describe\` shows what would be sent, and why.`);
  if (conditionalCreate !== false || !builtIn(basedOn).settings.conditionalCreate) return own;
  notes.push(
    "writeProfile.conditionalCreate is false: the CapabilityStatement does not offer it for DocumentReference.",
  );
  return { ...own, conditionalCreate: false };
}
