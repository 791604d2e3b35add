/**
 * Cookies of launches and sessions. The page runs inside the EHR's page, that is in another site: only
 * `SameSite=None; Secure; Partitioned` survives there. `__Host-` ties a cookie to this origin. Each launch has a cookie of
 * its own, so that two patients in two tabs never mix.
 */

/** `launch`: between /smart/launch and /smart/callback; `session`: afterwards. */
export type CookieKind = "launch" | "session";

const prefix: Record<CookieKind, string> = { launch: "__Host-handover-l-", session: "__Host-handover-s-" };
const attributes = "Path=/; Secure; HttpOnly; SameSite=None; Partitioned";
const idForm = /^[A-Za-z0-9_-]{16,64}$/u;
const valueForm = /^(?<tenant>[a-z0-9][a-z0-9-]{0,62})\.(?<secret>[A-Za-z0-9_-]{43})$/u;

export interface CookieValue {
  readonly tenant: string;
  /** 256 bits, base64url; its hash is what the database holds. */
  readonly secret: string;
}

/** A Set-Cookie value. */
export function setCookie(
  kind: CookieKind,
  id: string,
  { tenant, secret }: CookieValue,
  maxAgeSeconds: number,
): string {
  return `${prefix[kind]}${id}=${tenant}.${secret}; Max-Age=${maxAgeSeconds}; ${attributes}`;
}

/** A Set-Cookie value that removes the cookie. */
export function clearCookie(kind: CookieKind, id: string): string {
  return `${prefix[kind]}${id}=; Max-Age=0; ${attributes}`;
}

/** Pairs of a Cookie header. */
function pairs(header: string | undefined): [name: string, value: string][] {
  return (header ?? "").split(";").map((pair) => {
    const [name = "", ...rest] = pair.trim().split("=");
    return [name, rest.join("=")];
  });
}

/** The value of one cookie; undefined where it is absent or not of our making. */
export function readCookie(header: string | undefined, kind: CookieKind, id: string): CookieValue | undefined {
  if (!idForm.test(id)) return undefined;
  return parseProof(pairs(header).find(([name]) => name === prefix[kind] + id)?.[1] ?? "");
}

/** The value as one word, for browsers that send no cookies: their tab keeps it and sends it in a header or body. */
export function proofText({ tenant, secret }: CookieValue): string {
  return `${tenant}.${secret}`;
}

/** The inverse of `proofText`; undefined for what is not of our making. */
export function parseProof(text: string): CookieValue | undefined {
  const groups = valueForm.exec(text)?.groups;
  return groups === undefined ? undefined : { tenant: groups["tenant"] ?? "", secret: groups["secret"] ?? "" };
}

/** Ids of all cookies of a kind, oldest first (browsers send equal paths in order of creation: RFC 6265, 5.4). */
export function cookieIds(header: string | undefined, kind: CookieKind): string[] {
  return pairs(header).flatMap(([name]) => (name.startsWith(prefix[kind]) ? [name.slice(prefix[kind].length)] : []));
}

/** How many cookies of a kind a browser may keep: a busy workstation must not outgrow the 16 KB of a request's head. */
const maxCookies = 20;

/** Set-Cookie values that remove the oldest ones beyond what a browser may keep beside a new one. */
export function pruneCookies(header: string | undefined, kind: CookieKind): string[] {
  return cookieIds(header, kind)
    .slice(0, -(maxCookies - 1))
    .map((id) => clearCookie(kind, id));
}
