/** A hospital whose chart lies in a foreign FHIR server, and the adapter's tenant that serves it. */
import { createCdsClient } from "../../sandbox/cds-client/client.ts";
import type { CdsClient } from "../../sandbox/cds-client/client.ts";
import { createSigningKey } from "../../sandbox/cds-client/signing-key.ts";
import { sandboxUsers } from "../../sandbox/users.ts";
import type { FrontDoor } from "./front-door.ts";
import { openFrontDoor } from "./front-door.ts";

/** PractitionerRole.code of the attending, who may sign. */
const signerRole = sandboxUsers[0].role.code;
export const signer = `Practitioner/${sandboxUsers[0].id}`;

export interface Hospital {
  readonly tenant: string;
  readonly door: FrontDoor;
  readonly cdsClient: CdsClient;
  /** Its part of the adapter's configuration. */
  readonly settings: object;
}

export interface HospitalOptions {
  readonly tenant: string;
  readonly adapterUrl: string;
  /** FHIR base of the server behind the door, and its own authorization. */
  readonly behind: string;
  readonly authorization: string | undefined;
  readonly writeProfile: object;
  /** Of Backend Services; default: the adapter's own. */
  readonly scopes?: string;
  /** Of the integration that asks for jobs and subscribes. */
  readonly apiKey: string;
}

/** Opens the hospital's front door; its EHR calls hooks, launches our page and takes our tokens like any other. */
export async function openHospital(options: HospitalOptions): Promise<Hospital> {
  const { tenant, adapterUrl, behind, authorization, writeProfile, scopes, apiKey } = options;
  const jwksUri = `${adapterUrl}/.well-known/jwks.json`;
  const registered = { auth: "private_key_jwt", jwksUri } as const;
  const key = await createSigningKey();
  const door = await openFrontDoor({
    behind,
    authorization,
    jwks: key.jwks,
    clients: [
      { ...registered, clientId: "handover-backend", scopes: "system/*.cruds" },
      {
        ...registered,
        clientId: "handover-app",
        redirectUris: [`${adapterUrl}/smart/callback`],
        scopes: "launch openid fhirUser patient/*.rs user/Practitioner.rs user/PractitionerRole.rs",
      },
    ],
  });
  const cdsClient = createCdsClient({
    issuer: door.fhirBaseUrl,
    jku: door.jwksUrl,
    key,
    fhirServer: door.fhirBaseUrl,
    serviceBase: adapterUrl,
    prefetchToken: () => door.mintToken({ clientId: "cds-client", scopes: ["system/*.rs"] }, 60),
  });
  const settings = {
    id: tenant,
    name: "Foreign Server Hospital",
    timeZone: "America/Chicago",
    environment: "test",
    network: { allowHttp: true },
    ehr: {
      fhirBaseUrl: door.fhirBaseUrl,
      cdsHooks: { issuers: [{ iss: door.fhirBaseUrl, jku: door.jwksUrl, algs: ["ES384"] }] },
      backendServices: { clientId: "handover-backend", ...(scopes === undefined ? {} : { scopes }) },
      smart: { clientId: "handover-app", signerRoles: [signerRole] },
      writeProfile,
    },
    apiClients: [{ id: `gateway-${tenant}`, key: apiKey }],
    generation: { engine: "template" },
  };
  return { tenant, door, cdsClient, settings };
}

export interface DirectOptions {
  readonly tenant: string;
  /** FHIR base of the server itself. */
  readonly fhirBaseUrl: string;
  /** At the server's own token server. */
  readonly clientId: string;
  readonly apiKey: string;
  /** Added to `ehr`. */
  readonly ehr: object;
}

/** A tenant straight at the server, with the server's own token server: no hooks, no launches. */
export function directTenant({ tenant, fhirBaseUrl, clientId, apiKey, ehr }: DirectOptions): object {
  return {
    id: tenant,
    name: "Foreign Server Hospital",
    timeZone: "America/Chicago",
    environment: "test",
    network: { allowHttp: true },
    ehr: { fhirBaseUrl, backendServices: { clientId }, ...ehr },
    apiClients: [{ id: `gateway-${tenant}`, key: apiKey }],
    generation: { engine: "template" },
  };
}
