/** Source networks: which addresses may call hooks, the API and /inbound. */
import { BlockList, isIP } from "node:net";

/**
 * A test for an address against CIDR blocks; an empty list allows every address. The address is the socket's own:
 * forwarding headers can be forged (attack list 53), so a proxy in front does its own filtering.
 */
export function createNetworkFilter(cidrs: readonly string[]): (address: string | undefined) => boolean {
  if (cidrs.length === 0) return () => true;
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [network = "", prefix = ""] = cidr.split("/");
    list.addSubnet(network, Number(prefix), isIP(network) === 6 ? "ipv6" : "ipv4");
  }
  return (address) => {
    if (address === undefined) return false;
    const plain = address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/iu, "").replace(/%.*$/u, "");
    const family = isIP(plain);
    return family !== 0 && list.check(plain, family === 6 ? "ipv6" : "ipv4");
  };
}
