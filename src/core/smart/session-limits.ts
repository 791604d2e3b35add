/** What a session cannot do, because the EHR granted less than was asked for, in words for the person who looks (SMART 2.2, 147). */
import { typeInWords } from "../chart/type-words.ts";
import type { Wording } from "../language/wording.ts";
import { english } from "../language/wording.ts";
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
export function unreadable(granted: string | undefined, words: Wording = english): string[] {
  const missing = chartTypes.filter((type) => !isGranted(granted, type, "r") || !isGranted(granted, type, "s"));
  const files = fileTypes.filter((type) => !isGranted(granted, type, "r"));
  return [...missing, ...files].map((type) => typeInWords(type, words));
}

function reading({ granted, systemReads }: SessionAccess, words: Wording): string[] {
  const missing = unreadable(granted, words);
  if (missing.length === 0) return [];
  const isWhole = missing.length === chartTypes.length + fileTypes.length;
  const types = isWhole ? words.text("limit.whole") : missing.join(", ");
  const follows = words.text(systemReads ? "limit.noEvidence" : "limit.notTold");
  return [words.text("limit.reading", { types, follows })];
}

function signing({ knownUser, maySign, needsRole, granted }: SessionAccess, words: Wording): string[] {
  if (!knownUser) return [words.text("limit.unknownUser")];
  const roleHidden = needsRole && !maySign && !isGranted(granted, "PractitionerRole", "s");
  return roleHidden ? [words.text("limit.roleHidden")] : [];
}

function filing({ filesAsUser, maySign, granted }: SessionAccess, words: Wording): string[] {
  if (!filesAsUser || !maySign) return [];
  if (!isGranted(granted, "DocumentReference", "c")) return [words.text("limit.noFiling")];
  return isGranted(granted, "DocumentReference", "u") ? [] : [words.text("limit.noChanging")];
}

/** A sentence or two for each limit, the gravest first; none where all is as it should be. */
export function sessionLimits(access: SessionAccess, words: Wording = english): readonly string[] {
  if (!access.signedIn) return [words.text("limit.over")];
  return [...signing(access, words), ...filing(access, words), ...reading(access, words)];
}
