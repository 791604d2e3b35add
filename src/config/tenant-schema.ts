/** One tenant of the configuration file (contract, section 2). */
import { z } from "zod";
import { sensitivityClasses } from "../core/sensitivity/labels.ts";
import { handlings } from "../core/sensitivity/policy.ts";
import { rightForm } from "../core/access/ehr-token.ts";
import { authorizationSchema, tlsTrustSchema } from "../core/delivery/access.ts";
import { dataFilterSchema } from "../core/delivery/data-filter.ts";
import { generation } from "./generation-schema.ts";
import { ehrSubscriptions } from "./ehr-subscriptions-schema.ts";
import { writeProfileSchema } from "./write-profile-schema.ts";
import { fileAuthorizationSchema, fileTlsSchema } from "./endpoint-access.ts";
import { styleProblems } from "../core/house-style/house-style.ts";
import { languageOf, languageTag } from "../core/language/language.ts";
import { fhirScopeForm } from "../core/smart/api-scopes.ts";
import { defaultLaunchScopes, defaultSystemScopes } from "../core/smart/default-scopes.ts";

const cidr = z.union([z.cidrv4(), z.cidrv6()]);
const origin = z
  .url()
  .refine((value) => new URL(value).origin === value, "an origin has no path and no trailing slash");
const webProtocol = /^https?$/u;
/** Scheme, host and path only: user information would be a secret written down, and no caller names a base with a query. */
const fhirBase = z.url({ protocol: webProtocol }).refine((value) => {
  const { username, password, search, hash } = new URL(value);
  return [username, password, search, hash].every((part) => part === "");
}, "a FHIR base has no user name, password, query or fragment");
const identifier = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/u, "lower-case letters, digits and hyphens, at most 63");

/** A secret is named, not written: the name of an environment variable, or a file. `secret` itself is for the demo. */
const secretReference = {
  secretEnv: z.string().optional(),
  secretFile: z.string().optional(),
  secret: z.string().min(16).optional(),
};

const jwks = z.object({ keys: z.array(z.record(z.string(), z.unknown())) });

const issuer = z
  .strictObject({
    iss: z.string().min(1),
    jku: z.url({ protocol: webProtocol }).optional(),
    jwks: jwks.optional(),
    tenant: z.string().nullable().default(null),
    algs: z
      .array(z.enum(["ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "EdDSA"]))
      .nonempty()
      .default(["ES384", "RS384"]),
    maxLifetimeSeconds: z.int().positive().max(3600).default(900),
  })
  .refine((value) => value.jku !== undefined || value.jwks !== undefined, "an issuer needs jku or jwks");

/** A certificate that the EHR shows: this very one by its SHA-256, or any of a CA's that bears the name. */
const ehrCertificate = z.union([
  z.strictObject({
    sha256: z
      .string()
      .regex(/^(?:[0-9a-f]{2}:?){31}[0-9a-f]{2}$/iu, "64 hexadecimal digits, colons allowed")
      .transform((value) => value.replaceAll(":", "").toLowerCase()),
  }),
  z.strictObject({
    /** PEM of the CAs that may have issued it; intermediate ones included. */
    caFile: z.string().min(1),
    /** As openssl prints it: `DNS:ehr.example` or `URI:https://ehr.example/cds`. */
    subjectAltName: z.string().regex(/^(?:DNS|URI):\S+$/u, "DNS:name or URI:address"),
  }),
]);

const cdsHooks = z
  .strictObject({
    requireJwt: z.boolean().default(true),
    /** How the EHR proves itself; with `mtls` a proxy in front hands its certificate on (`clientCertificates`). */
    clientAuth: z.enum(["jwt", "mtls", "jwt+mtls"]).default("jwt"),
    certificates: z.array(ehrCertificate).default([]),
    corsOrigins: z.array(origin).default([]),
    /** Whether this EHR has agreed to make changes that a service asks for without asking its user. */
    systemActions: z.boolean().default(false),
    issuers: z.array(issuer).default([]),
  })
  .refine(({ clientAuth, certificates }) => clientAuth === "jwt" || certificates.length > 0, {
    path: ["certificates"],
    message: "mutual TLS needs the certificates that the EHR may show",
  })
  .refine(({ clientAuth, requireJwt }) => clientAuth === "jwt" || requireJwt, {
    path: ["requireJwt"],
    message: "is for callers without any proof; for those with a certificate only, clientAuth is mtls",
  });

const backendServices = z.strictObject({
  clientId: z.string().min(1),
  scopes: z.string().default(defaultSystemScopes),
  alg: z.enum(["ES384", "RS384"]).default("ES384"),
});

const smart = z.strictObject({
  clientId: z.string().min(1),
  clientAuth: z.enum(["private_key_jwt", "client_secret", "public"]).default("private_key_jwt"),
  clientSecretEnv: z.string().optional(),
  clientSecretFile: z.string().optional(),
  clientSecret: z.string().optional(),
  scopes: z.string().default(defaultLaunchScopes),
  /** PractitionerRole.code codes that may sign; empty: any Practitioner. */
  signerRoles: z.array(z.string()).default([]),
});

/** Tokens of the EHR at our API: the EHR's authorization server is asked about each (RFC 7662). */
const introspection = z
  .strictObject({
    /** Default: what the EHR's discovery names. */
    endpoint: z.url({ protocol: webProtocol }).optional(),
    /** How we prove that we may ask; `bearer` is our own Backend Services token. */
    clientAuth: z.enum(["bearer", "private_key_jwt", "client_secret"]).default("bearer"),
    clientId: z.string().min(1).optional(),
    clientSecretEnv: z.string().optional(),
    clientSecretFile: z.string().optional(),
    clientSecret: z.string().optional(),
    alg: z.enum(["ES384", "RS384"]).default("ES384"),
    /** Client ids of the EHR's apps that may call; a token issued to another is refused. */
    clients: z.array(z.string().min(1)).nonempty(),
    /** Where set, `aud` must hold it. */
    audience: z.string().min(1).optional(),
    /** Which right in the EHR stands for which scope of ours. */
    grants: z
      .strictObject({
        "jobs:read": z.string().regex(rightForm, "like patient/DocumentReference.rs").optional(),
        "jobs:write": z.string().regex(rightForm, "like user/DocumentReference.cu").optional(),
        /** Opens /fhir for the launch's patient, Subscriptions excepted. */
        fhir: z.string().regex(rightForm, "like patient/DocumentReference.rs").optional(),
      })
      .default({ "jobs:read": "patient/DocumentReference.rs" }),
  })
  .refine((value) => value.clientAuth === "bearer" || value.clientId !== undefined, {
    path: ["clientId"],
    message: "is needed unless clientAuth is bearer",
  });

const ehr = z
  .strictObject({
    fhirBaseUrl: fhirBase,
    cdsHooks: cdsHooks.prefault({}),
    backendServices: backendServices.optional(),
    smart: smart.optional(),
    introspection: introspection.optional(),
    frameAncestors: z.array(origin).default([]),
    writeProfile: writeProfileSchema.prefault({}),
    /** What the EHR is asked to tell of by itself; absent: nothing, and work begins with a hook, the page or the API. */
    subscriptions: ehrSubscriptions.optional(),
  })
  .refine(({ subscriptions, backendServices: own }) => subscriptions === undefined || own !== undefined, {
    path: ["subscriptions"],
    message: "needs backendServices: what the EHR tells is read again with our own token",
  })
  .refine(({ introspection: asked, backendServices: own }) => asked?.clientAuth !== "bearer" || own !== undefined, {
    path: ["introspection", "clientAuth"],
    message: "bearer needs backendServices",
  });

const apiScopes = ["jobs:read", "jobs:write", "events:read", "endpoints:write", "models:write", "fhir"] as const;

const fhirScope = z.string().regex(fhirScopeForm, "a scope of the API, or a SMART scope of systems: system/Task.rs");

const apiClient = z
  .strictObject({
    id: identifier,
    keyEnv: z.string().optional(),
    keyFile: z.string().optional(),
    key: z.string().min(16).optional(),
    jwks: jwks.optional(),
    /** Of the job API; `fhir` for the whole FHIR side, or SMART scopes for parts of it: `system/DocumentReference.rs`. */
    scopes: z.array(z.union([z.enum(apiScopes), fhirScope])).default([...apiScopes]),
    allow: z.array(cidr).default([]),
  })
  .refine(
    (value) => [value.keyEnv, value.keyFile, value.key, value.jwks].some((entry) => entry !== undefined),
    "an API client needs keyEnv, keyFile or jwks",
  );

const retry = z.union([
  z.strictObject({ preset: z.enum(["standard", "short"]) }),
  z.strictObject({
    attempts: z.int().min(1).max(50),
    baseSeconds: z.number().positive(),
    factor: z.number().min(1).default(2),
    maxSeconds: z.number().positive(),
    jitter: z.number().min(0).max(1).default(0.1),
  }),
]);

/** An endpoint but for where its secret comes from: as the file and the API write it. */
export const writtenEndpointSchema = z.strictObject({
  id: identifier,
  url: z.url(),
  events: z.array(z.string()).nonempty().default(["summary.*"]),
  /** What an event must say besides its type: `{ "data.status": ["completed"] }`. */
  filter: dataFilterSchema.default({}),
  payload: z.enum(["thin", "full"]).default("thin"),
  signature: z.enum(["standard", "sha256-body", "hex-body", "sha256-timestamp-body"]).default("standard"),
  /** Signed by ed25519 (`v1a`) besides, with the tenant's published key; form `standard` only. */
  asymmetric: z.boolean().default(false),
  ordering: z.enum(["none", "per-job"]).default("none"),
  /** With `per-job`: how long an event waits for an earlier one of its job before it goes first. */
  orderingMaxWaitSeconds: z.number().min(1).max(604_800).default(3600),
  concurrency: z.int().min(1).max(100).default(4),
  ratePerSecond: z.number().positive().default(50),
  timeoutSeconds: z.number().min(1).max(30).default(15),
  headers: z.record(z.string(), z.string()).default({}),
  contact: z.string().optional(),
  retry: retry.default({ preset: "standard" }),
  /** The longest quiet that the receiver's Retry-After (429, 503) may ask for. */
  retryAfterCeilingHours: z.number().min(0).max(72).default(4),
  /** Disabled after this long with failures only; 0: never. */
  disableAfterHours: z.number().min(0).max(8760).default(120),
  breaker: z
    .strictObject({ failures: z.int().positive().default(5), openSeconds: z.number().positive().default(60) })
    .prefault({}),
  /** What authorises each request besides its signature. */
  authorization: authorizationSchema.nullable().default(null),
  /** A private CA, pinned certificates, a certificate of ours; https only. */
  tls: tlsTrustSchema.nullable().default(null),
});

/** The same in the file: secrets and certificates are named. */
const endpoint = writtenEndpointSchema.extend({
  ...secretReference,
  authorization: fileAuthorizationSchema.nullable().default(null),
  tls: fileTlsSchema.nullable().default(null),
});

const handling = z.enum(handlings);
const channel = z.partialRecord(z.enum(sensitivityClasses), handling);

/**
 * What becomes of records that the EHR labels as specially protected (`meta.security`), by class: `exclude`, `mark` (it goes along
 * and says what it is) or `include`. The strictest of a record's classes counts.
 */
const sensitivity = z.strictObject({
  /** What a language model is shown. A class that is not named: `exclude`. */
  model: channel.default({}),
  /** The text of `full` webhooks, and changed values. A class that is not named: `exclude`. */
  webhooks: channel.default({}),
  /** The summary and its documents. A class that is not named: `mark`. Patient and stay themselves cannot be left out. */
  documents: channel.default({}),
});

/** When somebody is told of endpoints, by `endpoint.*` events and log lines. */
const alerts = z.strictObject({
  /** An endpoint fails often (`endpoint.troubled`): so many failures ... */
  failures: z.int().min(1).max(1000).default(5),
  /** ... within so many seconds. */
  withinSeconds: z.int().min(10).max(86_400).default(600),
  /** An endpoint is behind (`endpoint.behind`): its oldest delivery waits longer. */
  backlogSeconds: z.int().min(10).max(604_800).default(300),
  /** Addresses that are written to of every endpoint of the tenant, beside each one's `contact`; needs `mail`. */
  email: z.array(z.email()).max(10).default([]),
});

const domain = z
  .string()
  .regex(/^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/u, "a domain in small letters");

/** FHIR Subscriptions that the tenant's clients make. */
const subscriptions = z.strictObject({
  /**
   * Domains whose addresses may be told of events by e-mail, without a word about a patient; needs `mail`. None: the channel
   * `email` is not offered.
   */
  emailDomains: z.array(domain).max(20).default([]),
});

const timeZone = z.string().refine((value) => {
  try {
    Intl.DateTimeFormat("en", { timeZone: value });
    return true;
  } catch {
    return false;
  }
}, "not an IANA time zone");

export const tenantSchema = z
  .strictObject({
    id: identifier,
    name: z.string().min(1),
    timeZone: timeZone.default("UTC"),
    /** What stands under the hospital's name in documents, and whom a patient calls with a question. */
    facility: z
      .strictObject({
        /** Lines of the address, as on a letter. */
        address: z.array(z.string().min(1).max(80)).max(5).default([]),
        /** As a person dials it. Printed under the patient's instructions. */
        phone: z.string().min(3).max(40).nullable().default(null),
      })
      .prefault({}),
    /** BCP 47: the language of what summaries, documents and cards say of their own. English or German; any region. */
    language: z.string().regex(languageTag).default("en"),
    environment: z.enum(["test", "production"]).default("production"),
    network: z
      .strictObject({
        caFile: z.string().nullable().default(null),
        proxy: z.url().nullable().default(null),
        allow: z.array(cidr).default([]),
        allowHttp: z.boolean().default(false),
      })
      .prefault({}),
    ehr,
    apiClients: z.array(apiClient).default([]),
    endpoints: z.array(endpoint).default([]),
    alerts: alerts.prefault({}),
    subscriptions: subscriptions.prefault({}),
    generation: generation.prefault({}),
    sensitivity: sensitivity.prefault({}),
  })
  .superRefine(({ generation: { style }, language }, context) => {
    const problems = style === undefined ? [] : styleProblems(style, languageOf(language));
    for (const { at, problem } of problems)
      context.addIssue({
        code: "custom",
        path: ["generation", "style", ...at.split(".", 1), at.slice(at.indexOf(".") + 1)],
        message: problem,
      });
  })
  .refine((value) => !(value.network.allowHttp && value.environment === "production"), {
    path: ["network", "allowHttp"],
    message: "plain http is never allowed in production",
  });

/** A tenant's settings, defaults filled in. */
export type TenantConfig = z.infer<typeof tenantSchema>;
/** As the API writes it, and the file's once its secrets are read. */
export type WrittenEndpoint = z.infer<typeof writtenEndpointSchema>;
export type EndpointConfig = TenantConfig["endpoints"][number];
export type IssuerConfig = TenantConfig["ehr"]["cdsHooks"]["issuers"][number];
export type EhrCertificate = TenantConfig["ehr"]["cdsHooks"]["certificates"][number];
export type ApiClientConfig = TenantConfig["apiClients"][number];

/** How the TLS proxy in front hands a caller's certificate on. Only what comes from its own addresses is believed. */
const clientCertificates = z.strictObject({
  header: z
    .string()
    .regex(/^[a-z][a-z0-9-]*$/iu, "a header's name")
    .transform((value) => value.toLowerCase())
    .default("client-cert"),
  /** `rfc9440`: base64 of the DER between colons; `pem`: URL-encoded PEM; `xfcc`: Envoy's x-forwarded-client-cert. */
  form: z.enum(["rfc9440", "pem", "xfcc"]).default("rfc9440"),
  /** Addresses of the proxies. */
  from: z.array(cidr).nonempty(),
});
export type ClientCertificateSettings = z.infer<typeof clientCertificates>;

/** The mail server that alerts go out by. Without it none is written. */
const mail = z.strictObject({
  /** Behind the wall of all outbound calls: a private address must stand in `egress.allow`. */
  host: z.string().min(1),
  port: z.int().min(1).max(65_535).default(587),
  /** TLS from the first byte (port 465). Else STARTTLS, without which nothing is sent. */
  secure: z.boolean().default(false),
  user: z.string().min(1).optional(),
  passwordEnv: z.string().optional(),
  passwordFile: z.string().optional(),
  password: z.string().optional(),
  /** The sender's address. */
  from: z.email(),
  /** PEM of the CA of the server's certificate, in the place of the public ones. */
  caFile: z.string().optional(),
  /** Between two mails to one address: what happens meanwhile goes into the next, with a count. */
  everySeconds: z.int().min(0).max(86_400).default(300),
});

export const fileSchema = z
  .strictObject({
    egress: z
      .strictObject({
        allow: z.array(cidr).default([]),
        proxy: z.url().nullable().default(null),
        /** Where our calls come from, for the firewalls of receivers; told at /v1/egress-addresses. */
        addresses: z.array(cidr).default([]),
      })
      .prefault({}),
    inboundAllow: z.array(cidr).default([]),
    retention: z
      .strictObject({
        /** Days that the attempts at deliveries are kept, with what receivers answered. */
        attemptDays: z.int().min(7).max(3650).default(14),
        /** Days that deliveries are kept after they were delivered or withheld: so far back `recover` knows what is missing. */
        deliveryDays: z.int().min(14).max(3650).default(90),
      })
      .refine(({ attemptDays, deliveryDays }) => attemptDays <= deliveryDays, {
        path: ["deliveryDays"],
        message: "deliveries are kept at least as long as the attempts at them",
      })
      .prefault({}),
    models: z
      .strictObject({
        /** Calls at once to one model server, of each replica; tenants share the places fairly. */
        concurrentCalls: z.int().min(1).max(1000).default(16),
      })
      .prefault({}),
    clientCertificates: clientCertificates.optional(),
    mail: mail.optional(),
    tenants: z.array(tenantSchema).default([]),
  })
  .refine((value) => new Set(value.tenants.map((tenant) => tenant.id)).size === value.tenants.length, {
    path: ["tenants"],
    message: "two tenants have the same id",
  });

export type FileConfig = z.infer<typeof fileSchema>;
