/** The wall at the socket: whatever asked for a connection, only a checked address is ever connected to. */
import type { LookupAddress, LookupOptions } from "node:dns";
import { lookup as systemLookup } from "node:dns";
import type { LookupFunction } from "node:net";
import { buildConnector } from "undici";
import { isAddressLiteral, refuseAddress } from "../core/egress/address.ts";
import type { OwnService } from "../core/egress/own-service.ts";
import { isOwnAddress, isOwnPort } from "../core/egress/own-service.ts";
import { AdapterError } from "../core/errors.ts";

/** Resolves a name to all its addresses. Tests hand in their own. */
export type Resolve = (
  hostname: string,
  done: (error: Error | null, addresses: readonly LookupAddress[]) => void,
) => void;

export const resolveBySystem: Resolve = (hostname, done) => {
  systemLookup(hostname, { all: true, verbatim: true }, (error, addresses) => done(error, addresses));
};

/** The error of the wall. `reason` is a fixed word; the address itself is kept out: it may tell of a private network. */
export function blocked(reason: string): AdapterError {
  return new AdapterError("egress_blocked", { detail: reason });
}

type LookupCallback = Parameters<LookupFunction>[2];

/** Why one address may not be connected to; undefined when it may. */
export type RefuseAddress = (address: string) => string | undefined;

/**
 * A `lookup` for net.connect that checks what it resolved. The socket connects to exactly these addresses, so a name that
 * resolves differently a moment later (DNS rebinding) gains nothing. One refused address among many refuses the name: a
 * mixed answer has no honest reading.
 */
export function checkedLookup(refuse: RefuseAddress, resolve: Resolve): LookupFunction {
  const answer = (options: LookupOptions, addresses: readonly LookupAddress[], callback: LookupCallback): void => {
    const [first] = addresses;
    if (first === undefined) return callback(blocked("no_address"), "");
    const refused = addresses.map((entry) => refuse(entry.address)).find((reason) => reason !== undefined);
    if (refused !== undefined) return callback(blocked(refused), "");
    if (options.all === true) return callback(null, [...addresses]);
    return callback(null, first.address, first.family);
  };
  return (hostname, options, callback) => {
    resolve(hostname, (error, addresses) =>
      error === null ? answer(options, addresses, callback) : callback(error, ""),
    );
  };
}

export interface ConnectorOptions {
  readonly allow: readonly string[];
  /** Ourselves: a name that leads back to the port we listen on is refused, allow-list or not. */
  readonly own?: OwnService;
  readonly connectTimeoutMs: number;
  readonly tls: buildConnector.BuildOptions;
  readonly resolve: Resolve;
}

/** An undici connector behind the wall. Literals are checked here too, because net.connect never looks them up. */
export function walledConnector(options: ConnectorOptions): buildConnector.connector {
  const { allow, own } = options;
  const outside: RefuseAddress = (address) => refuseAddress(address, allow);
  const othersOnly: RefuseAddress = (address) =>
    own !== undefined && isOwnAddress(address, own) ? "own_origin" : outside(address);
  const connectorOf = (refuse: RefuseAddress): buildConnector.connector =>
    buildConnector({
      allowH2: false,
      timeout: options.connectTimeoutMs,
      lookup: checkedLookup(refuse, options.resolve),
      ...options.tls,
    });
  // A lookup is not told the port, and at other ports of this machine others may be at home.
  const [connect, connectToOthers] = [connectorOf(outside), connectorOf(othersOnly)];
  return (target, callback) => {
    const host = target.hostname.replace(/^\[|\]$/gu, "");
    const atOwnPort =
      own !== undefined && isOwnPort(Number(target.port) || (target.protocol === "http:" ? 80 : 443), own);
    const refuse = atOwnPort ? othersOnly : outside;
    const reason = isAddressLiteral(host) ? refuse(host) : undefined;
    if (reason !== undefined) callback(blocked(reason), null);
    else if (atOwnPort) connectToOthers(target, callback);
    else connect(target, callback);
  };
}
