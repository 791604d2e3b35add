/**
 * Mutual TLS behind a proxy (CDS Hooks 2.0, "Trusting CDS Clients"): the proxy ends TLS, makes the caller prove its key,
 * and hands the certificate on in a header. Anybody can write a header, so it counts from the proxy's own addresses only.
 */
import { X509Certificate } from "node:crypto";
import type { ClientCertificateSettings, TenantConfig } from "../../config/tenant-schema.ts";
import type { AuthoritiesOf } from "../checks/certificate-owner.ts";
import { checkCertificateOwner } from "../checks/certificate-owner.ts";
import { checkCertificateValidity } from "../checks/certificate-validity.ts";
import { createNetworkFilter } from "../network.ts";
import type { RefusalReason } from "../refusal.ts";
import { refusalReason, refuse } from "../refusal.ts";
import { parseCertificate } from "./forms.ts";

/** What of a request tells of a certificate. */
export interface CertificateCarrier {
  /** By lower-case name. */
  readonly header: (name: string) => string | undefined;
  /** The socket's address. */
  readonly remoteAddress: string | undefined;
}

/** The certificate that a call came with, or that it came with none that counts. */
export interface ClientCertificate {
  /** @throws AdapterError `unauthenticated` unless it is in force and one of the tenant's */
  checkFor(tenant: TenantConfig): void;
  /**
   * The tenants that are called by certificate alone and list this one; none where the call came without any.
   * @throws AdapterError `unauthenticated` for one that is faulty or nobody's
   */
  tenants(): readonly TenantConfig[];
}

export interface ClientCertificateDeps {
  /** Absent: no header is looked at. */
  readonly settings: ClientCertificateSettings | undefined;
  readonly tenants: () => readonly TenantConfig[];
  readonly readFile: (path: string) => string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

const UNKNOWN = "certificate.unknown";

type Shown = X509Certificate | Extract<RefusalReason, `certificate.${string}`>;

export function createClientCertificates(
  deps: ClientCertificateDeps,
): (carrier: CertificateCarrier) => ClientCertificate {
  const { settings } = deps;
  const fromProxy = createNetworkFilter(settings?.from ?? []);
  const authoritiesOf = createAuthorities(deps.readFile);

  function shown({ header, remoteAddress }: CertificateCarrier): Shown {
    const value = settings === undefined ? undefined : header(settings.header);
    if (settings === undefined || value === undefined || value === "") return "certificate.missing";
    if (!fromProxy(remoteAddress)) return "certificate.source";
    return parseCertificate(settings.form, value) ?? "certificate.format";
  }

  function check(certificate: Shown, { ehr }: TenantConfig): void {
    if (typeof certificate === "string") refuse(certificate);
    checkCertificateValidity(certificate, deps.now());
    checkCertificateOwner(certificate, ehr.cdsHooks.certificates, authoritiesOf, deps.now());
  }

  return (carrier) => {
    const certificate = shown(carrier);
    return {
      checkFor: (tenant) => check(certificate, tenant),
      tenants: () => {
        if (certificate === "certificate.missing") return [];
        const callers = deps.tenants().filter(({ ehr }) => ehr.cdsHooks.clientAuth === "mtls");
        return ownersAmong(callers, (tenant) => check(certificate, tenant));
      },
    };
  };
}

/** Those whose check passes. Where none does, the reason that tells more than "not on my list" is the one to keep. */
function ownersAmong(tenants: readonly TenantConfig[], check: (tenant: TenantConfig) => void): readonly TenantConfig[] {
  const refusals: unknown[] = [];
  const owners = tenants.filter((tenant) => {
    try {
      check(tenant);
      return true;
    } catch (error) {
      refusals.push(error);
      return false;
    }
  });
  if (owners.length > 0) return owners;
  throw refusals.find((error) => refusalReason(error) !== UNKNOWN) ?? refuse(UNKNOWN);
}

const pemBlock = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/gu;

/** Reads each file once; one that cannot be read is tried again at the next call, and stands in nobody else's way. */
function createAuthorities(readFile: (path: string) => string): AuthoritiesOf {
  const known = new Map<string, readonly X509Certificate[]>();
  return (caFile) => {
    const held = known.get(caFile);
    if (held !== undefined) return held;
    try {
      const read = (readFile(caFile).match(pemBlock) ?? []).map((pem) => new X509Certificate(pem));
      known.set(caFile, read);
      return read;
    } catch (cause) {
      return refuse("certificate.authority-unreadable", cause);
    }
  };
}
