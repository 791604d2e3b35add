/** Our own service, however it is spelled: a URL that somebody registers must not make the adapter call itself. */
import ipaddr from "ipaddr.js";

/** Where this service answers. */
export interface OwnService {
  /** As others reach it: PUBLIC_URL. */
  readonly publicUrl: URL;
  /** The port that this process itself listens on, behind whatever stands in front. */
  readonly port: number;
  /** The addresses of this machine's interfaces. */
  readonly addresses: readonly string[];
}

const webPorts: ReadonlySet<number> = new Set([80, 443]);

const portOf = (url: URL): number => (url.port === "" ? (url.protocol === "http:" ? 80 : 443) : Number(url.port));

/** The host without the brackets of an IPv6 literal and without the final dot, which says the same to a resolver. */
function plainHost(url: URL): string {
  return url.hostname.replace(/^\[|\]$/gu, "").replace(/\.$/u, "");
}

const localhost = /(?:^|\.)localhost$/u;

/** Whoever connects to the unspecified address is connected to loopback. */
const selfRanges: ReadonlySet<string> = new Set(["loopback", "unspecified"]);

/** An address at which this machine answers to itself. */
export function isOwnAddress(text: string, { addresses }: Pick<OwnService, "addresses">): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.process(text);
  if (selfRanges.has(address.range())) return true;
  return addresses.some((own) => ipaddr.isValid(own) && ipaddr.process(own).toString() === address.toString());
}

/**
 * The ports at which a bare address of this machine means us. Not the public ones of the web: on those, a balancer on this
 * machine may serve others as well, told apart by their names.
 */
export function isOwnPort(port: number, own: OwnService): boolean {
  return port === own.port || (port === portOf(own.publicUrl) && !webPorts.has(port));
}

/**
 * True for a URL that leads to this service: its public name in any spelling, by either scheme, at the public port or at the
 * one behind it; or this machine by an address or as `localhost`, at one of our ports.
 */
export function isOwnUrl(url: URL, own: OwnService): boolean {
  const [host, port, publicPort] = [plainHost(url), portOf(url), portOf(own.publicUrl)];
  // A public service answers at both of the web's ports, the one by redirecting to the other.
  const atPublicPort = port === publicPort || (webPorts.has(port) && webPorts.has(publicPort));
  if (host === plainHost(own.publicUrl)) return atPublicPort || port === own.port;
  return (port === own.port || port === publicPort) && (localhost.test(host) || isOwnAddress(host, own));
}
