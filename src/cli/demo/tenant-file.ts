/** The configuration file of the demo's hospital: what an operator would write, with secrets made up for this run. */
import { randomBytes } from "node:crypto";
import type { Reader } from "../../../sandbox/story/world.ts";

export interface DemoSecrets {
  readonly webhook: string;
  readonly pollerKey: string;
  readonly subscriberKey: string;
}

export function makeSecrets(): DemoSecrets {
  const key = (name: string): string => `demo-${name}-${randomBytes(24).toString("base64url")}`;
  return {
    webhook: `whsec_${randomBytes(32).toString("base64")}`,
    pollerKey: key("poller"),
    subscriberKey: key("his"),
  };
}

/** Where the parts of the sandbox are. */
export interface DemoPlaces {
  readonly ehrOrigin: string;
  readonly fhirBaseUrl: string;
  readonly cdsIssuer: { readonly iss: string; readonly jku: string };
  readonly webhookUrl: string;
  readonly modelBaseUrl: string;
}

export const smartClient = {
  clientId: "handover-app",
  scopes: "launch openid fhirUser offline_access patient/*.rs user/Practitioner.rs user/PractitionerRole.rs",
} as const;
export const backendClient = {
  clientId: "handover-backend",
  scopes: "system/*.rs system/DocumentReference.cu",
} as const;

/** SNOMED CT: attending physician. */
const SIGNER_ROLE = "405279007";

/** Without a reader, its part of the file is left out, as if nobody had set it up. */
export function tenantFile(
  tenant: string,
  places: DemoPlaces,
  secrets: DemoSecrets,
  without: ReadonlySet<Reader>,
): object {
  return {
    egress: { allow: ["127.0.0.1/32", "::1/128"] },
    tenants: [
      {
        id: tenant,
        name: "General Hospital",
        timeZone: "America/Chicago",
        environment: "test",
        network: { allowHttp: true },
        ehr: ehr(places, without),
        apiClients: apiClients(secrets, without),
        endpoints: without.has("webhook") ? [] : [endpoint(places, secrets)],
        generation: {
          engine: "model",
          model: { provider: "openai-compatible", baseUrl: places.modelBaseUrl, model: "scripted" },
        },
      },
    ],
  };
}

function ehr({ ehrOrigin, fhirBaseUrl, cdsIssuer }: DemoPlaces, without: ReadonlySet<Reader>): object {
  const smart = { ...smartClient, signerRoles: [without.has("sign") ? "nobody-here" : SIGNER_ROLE] };
  return {
    fhirBaseUrl,
    cdsHooks: { requireJwt: true, corsOrigins: [ehrOrigin], issuers: [{ ...cdsIssuer, algs: ["ES384"] }] },
    backendServices: backendClient,
    ...(without.has("launch") ? {} : { smart }),
    frameAncestors: [ehrOrigin],
    writeProfile: { when: without.has("document") ? "never" : "signed" },
  };
}

function apiClients({ pollerKey, subscriberKey }: DemoSecrets, without: ReadonlySet<Reader>): object[] {
  const scopes = without.has("feed") ? ["jobs:read"] : ["jobs:read", "events:read"];
  const poller = { id: "poller", key: pollerKey, scopes };
  const subscriber = { id: "his", key: subscriberKey, scopes: ["fhir"] };
  return [...(without.has("poll") ? [] : [poller]), ...(without.has("notification") ? [] : [subscriber])];
}

/** Retries sooner than the standard hours, so that a broken endpoint's recovery can be watched. */
function endpoint({ webhookUrl }: DemoPlaces, { webhook }: DemoSecrets): object {
  const retry = { attempts: 8, baseSeconds: 0.5, factor: 2, maxSeconds: 5, jitter: 0.1 };
  return { id: "his", url: webhookUrl, events: ["summary.*"], secret: webhook, retry };
}
