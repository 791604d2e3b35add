import { randomUUID } from "node:crypto";

/** What the EHR session tells an app that it launches (SMART App Launch 2.2, section 3.0.3). */
export interface LaunchContext {
  /** Id of the Patient. */
  readonly patient?: string;
  /** Id of the Encounter. */
  readonly encounter?: string;
  /** Who is at the screen: `Practitioner/id` or `PractitionerRole/id`. */
  readonly fhirUser: string;
  readonly needPatientBanner?: boolean;
  /** Opaque string of the CDS Hooks link that led here. */
  readonly appContext?: string;
  readonly intent?: string;
  readonly fhirContext?: readonly Readonly<Record<string, unknown>>[];
}

/** Launch handles: opaque, short-lived, bound to the client that redeems them first. */
export interface LaunchRegistry {
  create(context: LaunchContext): string;
  /** The context of a live handle, or undefined when unknown, expired or another client's. */
  redeem(launch: string, clientId: string): LaunchContext | undefined;
}

/** @param ttlSeconds how long a handle can be redeemed; a reload of the app's page within it is fine */
export function createLaunchRegistry(nowMs: () => number, ttlSeconds = 300): LaunchRegistry {
  const launches = new Map<string, { context: LaunchContext; expiresAtMs: number; clientId: string | undefined }>();
  return {
    create: (context) => {
      requireBareIds(context);
      const launch = randomUUID();
      launches.set(launch, { context, expiresAtMs: nowMs() + ttlSeconds * 1000, clientId: undefined });
      return launch;
    },
    redeem: (launch, clientId) => {
      const known = launches.get(launch);
      if (!known || known.expiresAtMs <= nowMs()) return undefined;
      if (known.clientId !== undefined && known.clientId !== clientId) return undefined;
      known.clientId = clientId;
      return known.context;
    },
  };
}

/** A token response carries ids; `Patient/1` in it would be taken for an id by every app. */
function requireBareIds({ patient, encounter, fhirUser }: LaunchContext): void {
  if (patient?.includes("/") || encounter?.includes("/"))
    throw new TypeError("patient and encounter are ids, not references");
  if (!/^[A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64}$/u.test(fhirUser))
    throw new TypeError("fhirUser is a reference, such as Practitioner/1");
}

/** The launch parameters of a token response, under their SMART names. */
export function launchParameters(context: LaunchContext, styleUrl: string): Record<string, unknown> {
  const { patient, encounter, needPatientBanner = true, appContext, intent, fhirContext } = context;
  return {
    ...(patient && { patient }),
    ...(encounter && { encounter }),
    need_patient_banner: needPatientBanner,
    smart_style_url: styleUrl,
    ...(appContext !== undefined && { appContext }),
    ...(intent && { intent }),
    ...(fhirContext && { fhirContext }),
  };
}
