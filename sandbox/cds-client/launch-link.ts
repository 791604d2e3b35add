/** Where a card's link leads: a SMART link becomes an EHR launch, an absolute one is opened as it stands. */
import type { LaunchContext } from "../auth/launch.ts";
import type { CardLink } from "./service.ts";

export interface LinkContext {
  readonly patientId: string;
  readonly encounterId: string | undefined;
  readonly fhirUser: string;
}

export interface Launcher {
  readonly fhirBaseUrl: string;
  readonly createLaunch: (context: LaunchContext) => string;
}

/** Adds `iss` and `launch` (SMART App Launch 2.2); appContext goes into the token response, never the URL. */
export function linkAddress(link: CardLink, context: LinkContext, launcher: Launcher): string {
  if (link.type !== "smart") return link.url;
  const launch = launcher.createLaunch({
    patient: context.patientId,
    ...(context.encounterId === undefined ? {} : { encounter: context.encounterId }),
    fhirUser: context.fhirUser,
    // The page shows its own banner around the frame.
    needPatientBanner: false,
    ...(link.appContext === undefined ? {} : { appContext: link.appContext }),
  });
  const url = new URL(link.url);
  url.searchParams.set("iss", launcher.fhirBaseUrl);
  url.searchParams.set("launch", launch);
  return url.href;
}
