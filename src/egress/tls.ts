/** TLS as one destination has it: a CA of its own, pinned certificates, a certificate that we show. */
import { TLSSocket, rootCertificates } from "node:tls";
import type { buildConnector } from "undici";

export interface TlsTrust {
  /** PEM of a private CA, or several; trusted in the place of the public ones. */
  readonly ca?: string | undefined;
  /** SHA-256 fingerprints, hexadecimal, of certificates that may stand there and no other. Without `ca` they are the trust. */
  readonly pinnedSha256?: readonly string[] | undefined;
  /** PEM of the certificate that we show, with its chain. */
  readonly clientCertificate?: string | undefined;
  /** PEM of its private key. */
  readonly clientKey?: string | undefined;
}

/** The certificate at the other end is none of those that were pinned. */
export class PinMismatch extends Error {
  readonly code = "TLS_PIN_MISMATCH";
}

/** A pinned certificate beyond its dates is refused as any other is. */
class CertificateExpired extends Error {
  readonly code = "CERT_HAS_EXPIRED";
}

/** @param networkCa PEM of the CAs of the tenant's network, trusted besides the public ones where the destination has none of its own */
export function tlsOptions(trust: TlsTrust, networkCa?: string): buildConnector.BuildOptions {
  const { ca, pinnedSha256, clientCertificate, clientKey } = trust;
  const trusted = ca === undefined ? (networkCa === undefined ? undefined : [...rootCertificates, networkCa]) : [ca];
  return {
    ...(trusted === undefined ? {} : { ca: trusted }),
    ...(clientCertificate === undefined ? {} : { cert: clientCertificate }),
    ...(clientKey === undefined ? {} : { key: clientKey }),
    // A resumed session need not show its certificate again; a pin wants to see it.
    ...(pinnedSha256 === undefined ? {} : { maxCachedSessions: 0 }),
    // A pin alone stands for a certificate that no CA vouches for. Nothing is sent before it was compared.
    ...(pinnedSha256 !== undefined && ca === undefined ? { rejectUnauthorized: false } : {}),
  };
}

const plainHex = (fingerprint: string): string => fingerprint.replaceAll(":", "").toLowerCase();

function pinProblem(socket: TLSSocket, pins: readonly string[], nowMs: number): Error | undefined {
  const shown = socket.getPeerX509Certificate();
  if (shown === undefined || !pins.some((pin) => plainHex(pin) === plainHex(shown.fingerprint256)))
    return new PinMismatch("certificate not pinned");
  const inTime = shown.validFromDate.getTime() <= nowMs && nowMs < shown.validToDate.getTime();
  return inTime ? undefined : new CertificateExpired("the pinned certificate is not valid at this time");
}

/** The connector with the pins compared before the socket is handed on. */
export function pinning(
  connect: buildConnector.connector,
  pins: readonly string[] | undefined,
): buildConnector.connector {
  if (pins === undefined) return connect;
  return (target, callback) => {
    connect(target, (...came) => {
      const [, socket] = came;
      // Pins are for https only; a failed connection comes without a socket.
      if (!(socket instanceof TLSSocket)) return callback(...came);
      const problem = pinProblem(socket, pins, Date.now());
      if (problem === undefined) return callback(...came);
      socket.destroy();
      return callback(problem, null);
    });
  };
}
