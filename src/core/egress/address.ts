/** Which resolved addresses an outbound call may reach: public unicast, and whatever the operator allows beyond that. */
import ipaddr from "ipaddr.js";

type Address = ReturnType<typeof ipaddr.parse>;

/** Why an address is refused. Fixed words: they reach logs, attempt rows and tests. */
export type AddressRefusal = "not_an_address" | "metadata_address" | "special_address";

/**
 * Instance-metadata services. Most lie in special ranges already; they are listed because a broad allow-list entry such
 * as `fc00::/7` must not open them: only an entry for the one address does. 168.63.129.16 (Azure) is publicly numbered.
 */
const metadataAddresses = new Set(
  [
    "169.254.169.254",
    "169.254.170.2",
    "169.254.170.23",
    "168.63.129.16",
    "100.100.100.200",
    "192.0.0.192",
    "fd00:ec2::254",
    "fd00:ec2::23",
    "fd20:ce::254",
  ].map((text) => ipaddr.parse(text).toNormalizedString()),
);

/** RFC 4291: the only block from which global unicast IPv6 is handed out. All else fails closed, named or not. */
const globalUnicastIPv6 = ipaddr.IPv6.parseCIDR("2000::/3");

/** Parses an IPv4 or IPv6 literal; `::ffff:a.b.c.d` becomes the IPv4 it means, so that no rule can be dodged by spelling. */
function canonical(text: string): Address | undefined {
  // A zone id (`fe80::1%eth0`) never belongs to a public address, and ipaddr.js would keep it.
  return ipaddr.isValid(text) && !text.includes("%") ? ipaddr.process(text) : undefined;
}

type Block = ReturnType<typeof ipaddr.parseCIDR>;

/** Blocks by their text: they come from the configuration, so they are few, and each call asks for all of them. */
const blocks = new Map<string, Block>();

function blockOf(cidr: string): Block {
  const known = blocks.get(cidr) ?? ipaddr.parseCIDR(cidr);
  blocks.set(cidr, known);
  return known;
}

/** True when `address` lies in the CIDR block. Blocks written in IPv4-mapped form match nothing. */
function inBlock(address: Address, cidr: string): boolean {
  const [network, bits] = blockOf(cidr);
  return network.kind() === address.kind() && address.match(network, bits);
}

function isSingleAddress(cidr: string): boolean {
  const [network, bits] = blockOf(cidr);
  return bits === (network.kind() === "ipv4" ? 32 : 128);
}

function isPublicUnicast(address: Address): boolean {
  if (address.range() !== "unicast") return false;
  return address instanceof ipaddr.IPv4 || address.match(globalUnicastIPv6);
}

/**
 * Judges one resolved address or IP literal.
 * @param text the address as text, without brackets
 * @param allow CIDR blocks that may be reached besides public unicast
 * @returns undefined when it may be reached
 */
export function refuseAddress(text: string, allow: readonly string[]): AddressRefusal | undefined {
  const address = canonical(text);
  if (address === undefined) return "not_an_address";
  const entries = allow.filter((cidr) => inBlock(address, cidr));
  if (metadataAddresses.has(address.toNormalizedString())) {
    return entries.some((cidr) => isSingleAddress(cidr)) ? undefined : "metadata_address";
  }
  return entries.length > 0 || isPublicUnicast(address) ? undefined : "special_address";
}

/** True for text that is an IP address rather than a name. */
export function isAddressLiteral(host: string): boolean {
  return ipaddr.isValid(host);
}

/** What to tell a person of an address: its kind in words, its family, and the block that holds it alone. */
export function addressRange(text: string): { range: string; family: "IPv4" | "IPv6"; single: string } {
  const address = ipaddr.process(text);
  const range = address.range().replaceAll(/([A-Z])/gu, (letter) => `-${letter.toLowerCase()}`);
  const [family, bits] = address instanceof ipaddr.IPv4 ? (["IPv4", 32] as const) : (["IPv6", 128] as const);
  return { range, family, single: `${address.toString()}/${bits}` };
}
