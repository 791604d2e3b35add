/** What is known of an EHR by its vendor's name, and that its discovery documents do not say. */

export const vendorNames = ["epic", "oracle", "hapi", "generic"] as const;
export type VendorName = (typeof vendorNames)[number];

export interface Vendor {
  /** `software.name` of its CapabilityStatement. */
  readonly software?: RegExp;
  /** `iss` of its hooks' tokens; a function of the FHIR base where it is that. */
  readonly issuer?: (fhirBaseUrl: string) => string;
  /** Where the token endpoint does not list what it takes. */
  readonly backendAlg: "ES384" | "RS384";
  /** The built-in write profile for it. */
  readonly writeProfile: string;
  /** What somebody has to know or ask. */
  readonly notes: readonly string[];
}

export const vendors: Readonly<Record<VendorName, Vendor>> = {
  epic: {
    software: /\bepic\b/iu,
    // Its tokens name the very FHIR endpoint.
    issuer: (fhirBaseUrl) => fhirBaseUrl,
    backendAlg: "RS384",
    writeProfile: "epic",
    notes: [
      "Epic: `aud` of the hooks' tokens is typed in by hand for each service; the sheet below has it.",
      "Epic: the Backend Systems app needs the JWKS URL, and an Epic user that it is mapped to; without one no token is granted.",
      "Epic: a card that opens the app needs a version from August 2024 or later.",
    ],
  },
  oracle: {
    software: /cerner|oracle|millennium/iu,
    issuer: () => "https://cds-hooks.cerner.com",
    backendAlg: "RS384",
    writeProfile: "oracle",
    notes: [
      "Oracle Health calls patient-view only: no draft begins at the discharge by itself; it is asked for by the API (POST /v1/jobs) or by a launch.",
      "Oracle Health: give --issuer-tenant where one environment serves several hospitals.",
      "Oracle Health registers each service by its own form, and enables it for each domain and role.",
    ],
  },
  hapi: {
    software: /\bhapi\b/iu,
    backendAlg: "ES384",
    writeProfile: "hapi",
    notes: ["A HAPI server is no EHR: it calls no hooks and launches no apps. Jobs are begun by the API."],
  },
  generic: { backendAlg: "ES384", writeProfile: "generic-r4", notes: [] },
};

/** By what the server says of itself; `generic` where that is nobody we know. */
export function vendorOf(software: string | undefined): VendorName {
  const found = vendorNames.find((name) => software !== undefined && vendors[name].software?.test(software) === true);
  return found ?? "generic";
}
