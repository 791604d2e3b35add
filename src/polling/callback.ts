/** A caller may point a job's webhook only at places the tenant has registered. */
import { AdapterError } from "../core/errors.ts";

/** Path with a trailing slash, so that `/hooks` covers `/hooks/a` and not `/hooks-evil`. */
const asFolder = (path: string): string => (path.endsWith("/") ? path : `${path}/`);

function liesUnder(url: URL, registered: URL): boolean {
  if (url.origin !== registered.origin) return false;
  return asFolder(url.pathname).startsWith(asFolder(registered.pathname));
}

/**
 * Returns the callback's URL in its normal form when it lies under a registered one: same scheme, host and port, same path
 * or below it. WHATWG parsing has already resolved `..`, encoded dots included, before paths are compared.
 */
export function checkCallback(callback: string, registeredUrls: readonly string[]): string {
  const refuse = (message: string): AdapterError =>
    new AdapterError("parameter_invalid", { at: "callback.url", message });
  const url = URL.parse(callback);
  if (url === null || url.username !== "" || url.password !== "" || url.hash !== "") {
    throw refuse("This is not an absolute URL without user information and fragment.");
  }
  // An encoded slash or backslash may mean another path to the server behind than it does to us.
  if (/%2f|%5c/iu.test(url.pathname)) throw refuse("Encoded slashes are not allowed.");
  if (registeredUrls.some((registered) => liesUnder(url, new URL(registered)))) return url.href;
  throw refuse("This lies under no URL that the tenant has registered as an endpoint.");
}
