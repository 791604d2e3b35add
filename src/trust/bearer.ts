/** The Bearer credential of a request (RFC 6750, 2.1): the Authorization header only, never the query or a form field. */

const bearer = /^Bearer +([\w\-.~+/]+=*)$/iu;

/** The token, or undefined where there is none or the header is something else. */
export function bearerToken(authorization: string | undefined): string | undefined {
  return authorization === undefined ? undefined : bearer.exec(authorization)?.[1];
}
