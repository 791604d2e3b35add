/** The addresses of this machine, as far as it knows them itself. */
import { networkInterfaces } from "node:os";

export function machineAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((entries = []) => entries.map(({ address }) => address));
}
