/** What to paste into the EHR's registration forms: made of the configuration alone, so that it can be printed first. */
import { registeredScopesOf } from "../../../config/system-scopes.ts";
import type { TenantConfig } from "../../../config/tenant-schema.ts";
import type { Right } from "../../../core/smart/granted-scopes.ts";
import { isGranted } from "../../../core/smart/granted-scopes.ts";
import type { CdsService } from "../../../hooks/service.ts";

interface Entry {
  readonly label: string;
  readonly value: string;
}

export interface RegistrationPart {
  readonly title: string;
  /** Where vendors ask for it. */
  readonly where: string;
  readonly entries: readonly Entry[];
}

/** @param publicUrl PUBLIC_URL, without a trailing slash */
export function registrationOf(
  { ehr, environment }: TenantConfig,
  publicUrl: string,
  services: readonly CdsService[],
): readonly RegistrationPart[] {
  const jwks = { label: "JWKS URL", value: `${publicUrl}/.well-known/jwks.json` };
  const { smart, backendServices } = ehr;
  const kind = { label: "Environment", value: environment === "production" ? "production" : "test (non-production)" };
  return [
    hooks(publicUrl, services),
    ...(smart === undefined ? [] : [launch(smart, publicUrl, kind, jwks)]),
    ...(backendServices === undefined ? [] : [backend(backendServices, registeredScopesOf({ ehr }), kind, jwks)]),
  ];
}

function hooks(publicUrl: string, services: readonly CdsService[]): RegistrationPart {
  const entries = services.flatMap(({ id, title, hooks }) => {
    const url = `${publicUrl}/cds-services/${id}`;
    return [
      { label: "Service", value: `${title} (${id})` },
      { label: "  Hooks", value: Object.keys(hooks).join(", ") },
      { label: "  Service URL", value: url },
      { label: "  aud of its tokens", value: url },
      { label: "  Feedback URL, and its aud", value: `${url}/feedback` },
    ];
  });
  return {
    title: "CDS Hooks",
    where:
      "Epic: web service address of the CDS client, one record a service, aud typed in by hand; iss is the FHIR base. Oracle Health: service registration, patient-view only; iss is https://cds-hooks.cerner.com.",
    entries: [
      { label: "Discovery URL", value: `${publicUrl}/cds-services` },
      ...entries,
      { label: "Ask the EHR for", value: "iss and jku of its tokens, and their algorithm (Epic: RS384)" },
    ],
  };
}

function launch(
  { clientId, clientAuth, scopes }: NonNullable<TenantConfig["ehr"]["smart"]>,
  publicUrl: string,
  kind: Entry,
  jwks: Entry,
): RegistrationPart {
  const types = {
    private_key_jwt: "confidential, asymmetric (private_key_jwt)",
    client_secret: "confidential, with a client secret",
    public: "public",
  } as const;
  return {
    title: "SMART app launch",
    where:
      "Epic: app of audience Clinicians; the client id is the non-production one until the app is live. Oracle Health: code Console, Provider application.",
    entries: [
      kind,
      { label: "Client id in our settings", value: clientId },
      { label: "Launch URL", value: `${publicUrl}/smart/launch` },
      { label: "Redirect URI", value: `${publicUrl}/smart/callback` },
      { label: "Client type", value: `${types[clientAuth]}, PKCE with S256` },
      ...(clientAuth === "private_key_jwt" ? [jwks] : []),
      { label: "SMART version", value: "2 (scopes of the form .rs)" },
      { label: "Scopes", value: scopes },
      ...rightsByType(scopes),
    ],
  };
}

function backend(
  { clientId, alg }: NonNullable<TenantConfig["ehr"]["backendServices"]>,
  scopes: string,
  kind: Entry,
  jwks: Entry,
): RegistrationPart {
  return {
    title: "SMART Backend Services",
    where:
      "Epic: app of audience Backend Systems, mapped to a user for the audit. Oracle Health: code Console, System application.",
    entries: [
      kind,
      { label: "Client id in our settings", value: clientId },
      jwks,
      { label: "Signing algorithm", value: alg },
      { label: "Grant type", value: "client_credentials with a private_key_jwt client assertion" },
      { label: "Scopes", value: scopes },
      ...rightsByType(scopes),
    ],
  };
}

/** For forms that list interfaces in place of scopes: Epic's "Incoming APIs" (all R4), Oracle Health's list of resources. */
function rightsByType(scopes: string): readonly Entry[] {
  const types = [
    ...new Set([...scopes.matchAll(/\b(?:patient|user|system)\/([A-Z][A-Za-z]+)\./gu)].map(([, type = ""]) => type)),
  ];
  const typesWith = (right: Right): string => types.filter((type) => isGranted(scopes, type, right)).join(", ");
  const rows = [
    ["  Read and search (R4)", typesWith("s")],
    [
      "  Read alone (R4)",
      types.filter((type) => !isGranted(scopes, type, "s") && isGranted(scopes, type, "r")).join(", "),
    ],
    ["  Create (R4)", typesWith("c")],
    ["  Update (R4)", typesWith("u")],
  ] as const;
  return rows.filter(([, value]) => value !== "").map(([label, value]) => ({ label, value }));
}

const LABEL_WIDTH = 28;

/** The sheet as a person copies from it: one value a line, and nothing else on that line after it. */
export function registrationText(parts: readonly RegistrationPart[]): string {
  return parts
    .map(({ title, where, entries }) => {
      const lines = entries.map(({ label, value }) => `  ${label.padEnd(LABEL_WIDTH)} ${value}`);
      return [title, `  (${where})`, ...lines, ""].join("\n");
    })
    .join("\n");
}
