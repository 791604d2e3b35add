/** What a session cannot do, because the EHR granted less than was asked for, in words for the person who looks (SMART 2.2, 147). */
import { typeInWords } from "../chart/type-words.ts";
import { chartTypes, fileTypes } from "./default-scopes.ts";
import { isGranted } from "./granted-scopes.ts";

/** Everything that the sentences follow from. */
export interface SessionAccess {
  /** False once the EHR's tokens are over while our session stands. */
  readonly signedIn: boolean;
  /** Scopes of the token; undefined where the EHR named none, and then only the EHR itself can tell. */
  readonly granted?: string | undefined;
  /** Whether the EHR said who launched. */
  readonly knownUser: boolean;
  readonly maySign: boolean;
  /** Whether signing depends on a role. */
  readonly needsRole: boolean;
  /** Whether charts are read by Backend Services, so that the draft does not depend on the user's scopes. */
  readonly systemReads: boolean;
  /** Whether a signed document is filed with the user's own token. */
  readonly filesAsUser: boolean;
}

/** Types of the chart that the token may not both read and search, and files that it may not read, in words. */
export function unreadable(granted: string | undefined): string[] {
  const missing = chartTypes.filter((type) => !isGranted(granted, type, "r") || !isGranted(granted, type, "s"));
  const files = fileTypes.filter((type) => !isGranted(granted, type, "r"));
  return [...missing, ...files].map(typeInWords);
}

function reading({ granted, systemReads }: SessionAccess): string[] {
  const missing = unreadable(granted);
  if (missing.length === 0) return [];
  const what = missing.length === chartTypes.length + fileTypes.length ? "any of the chart" : missing.join(", ");
  const follows = systemReads
    ? "Evidence from there cannot be opened on this page."
    : "A draft that is made with your sign-in says nothing about them; check the EHR.";
  return [`The EHR does not let this service read, in your name: ${what}. ${follows}`];
}

function signing({ knownUser, maySign, needsRole, granted }: SessionAccess): string[] {
  if (!knownUser)
    return [
      "The EHR did not say who you are. You can read here; to edit or sign, the EHR has to name you at the launch.",
    ];
  const roleHidden = needsRole && !maySign && !isGranted(granted, "PractitionerRole", "s");
  return roleHidden ? ["The EHR does not let this service see your role. You cannot sign here."] : [];
}

function filing({ filesAsUser, maySign, granted }: SessionAccess): string[] {
  if (!filesAsUser || !maySign) return [];
  if (!isGranted(granted, "DocumentReference", "c"))
    return [
      "The EHR does not let this service file documents in your name. What you sign stays here until that is changed.",
    ];
  return isGranted(granted, "DocumentReference", "u")
    ? []
    : ["The EHR does not let this service change documents in your name. Corrections of a signed summary stay here."];
}

/** A sentence or two for each limit, the gravest first; none where all is as it should be. */
export function sessionLimits(access: SessionAccess): readonly string[] {
  if (!access.signedIn) {
    const over =
      "Your sign-in at the EHR has ended. You can go on with the draft; to see evidence or to have anything read or filed in your name, open the summary from the EHR again.";
    return [over];
  }
  return [...signing(access), ...filing(access), ...reading(access)];
}
