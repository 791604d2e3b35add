/** The wall at the socket: whatever asked for a connection, only a checked address is ever connected to. */
import type { LookupAddress, LookupOptions } from "node:dns";
import { lookup as systemLookup } from "node:dns";
import type { LookupFunction } from "node:net";
import { buildConnector } from "undici";
import { isAddressLiteral, refuseAddress } from "../core/egress/address.ts";
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

/**
 * A `lookup` for net.connect that checks what it resolved. The socket connects to exactly these addresses, so a name that
 * resolves differently a moment later (DNS rebinding) gains nothing. One refused address among many refuses the name: a
 * mixed answer has no honest reading.
 */
export function checkedLookup(allow: readonly string[], resolve: Resolve): LookupFunction {
  const answer = (options: LookupOptions, addresses: readonly LookupAddress[], callback: LookupCallback): void => {
    const [first] = addresses;
    if (first === undefined) return callback(blocked("no_address"), "");
    const refused = addresses
      .map((entry) => refuseAddress(entry.address, allow))
      .find((reason) => reason !== undefined);
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
  readonly connectTimeoutMs: number;
  readonly tls: buildConnector.BuildOptions;
  readonly resolve: Resolve;
}

/** An undici connector behind the wall. Literals are checked here too, because net.connect never looks them up. */
export function walledConnector(options: ConnectorOptions): buildConnector.connector {
  const connect = buildConnector({
    allowH2: false,
    timeout: options.connectTimeoutMs,
    lookup: checkedLookup(options.allow, options.resolve),
    ...options.tls,
  });
  return (target, callback) => {
    const host = target.hostname.replace(/^\[|\]$/gu, "");
    const reason = isAddressLiteral(host) ? refuseAddress(host, options.allow) : undefined;
    if (reason === undefined) connect(target, callback);
    else callback(blocked(reason), null);
  };
}
