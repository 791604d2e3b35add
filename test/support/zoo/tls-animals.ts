/** Receivers whose TLS is wrong, each in one way; one whose TLS is right shows that the others fail for that reason alone. */
import type { Server } from "node:net";
import type { TlsOptions } from "node:tls";
import { createServer as createTlsServer } from "node:tls";
import type { CertificateInput, MadeCertificate } from "../certificates.ts";
import { makeCertificate } from "../certificates.ts";
import type { Animal } from "./animal.ts";
import { fails, succeeds } from "./animal.ts";
import { listening, onRequest, rawSite } from "./site.ts";

const zooCa = makeCertificate({ commonName: "Zoo CA", ca: true });
const strangeCa = makeCertificate({ commonName: "Strange CA", ca: true });
/** The CA that the hospital trusts. */
export const zooCaPem = zooCa.pem;

const dayMs = 86_400_000;

function answering(options: TlsOptions): Server {
  return createTlsServer(options, (socket) => {
    socket.on("error", () => undefined);
    onRequest(socket, () => socket.write("HTTP/1.1 204 No Content\r\n\r\n"));
  });
}

const offered = ({ pem, key }: MadeCertificate): TlsOptions => ({ cert: pem, key });

interface TlsAnimal {
  readonly host: string;
  readonly certificate?: Partial<CertificateInput> & { readonly selfSigned?: true };
  readonly options?: TlsOptions;
}

function tls(kept: Omit<Animal, "open">, { host, certificate = {}, options = {} }: TlsAnimal): Animal {
  const { selfSigned, ...input } = certificate;
  return {
    ...kept,
    async open() {
      const made = makeCertificate({
        commonName: host,
        names: [`DNS:${host}.zoo.example`],
        purpose: "server",
        ...(selfSigned === true ? {} : { issuer: zooCa }),
        ...input,
      });
      const site = await listening(answering({ ...offered(made), ...options }));
      return { url: `https://${host}.zoo.example:${site.port}/hook`, close: () => site.close() };
    },
  };
}

const bad = fails("tls_invalid");
/** OpenSSL lets old protocols through at its lowest level only. */
const old = (maxVersion: "TLSv1" | "TLSv1.1"): TlsOptions => ({
  minVersion: "TLSv1",
  maxVersion,
  ciphers: "DEFAULT@SECLEVEL=0",
});

export const tlsAnimals: readonly Animal[] = [
  tls({ does: "has a right certificate (the control)", ...succeeds("http_204") }, { host: "right" }),
  tls(
    { does: "has a certificate that ended yesterday", ...bad },
    {
      host: "expired",
      certificate: { notBefore: new Date(Date.now() - 9 * dayMs), notAfter: new Date(Date.now() - dayMs) },
    },
  ),
  tls(
    { does: "has a certificate that begins tomorrow", ...bad },
    {
      host: "early",
      certificate: { notBefore: new Date(Date.now() + dayMs), notAfter: new Date(Date.now() + 9 * dayMs) },
    },
  ),
  tls(
    { does: "has another host's certificate", ...bad },
    { host: "wrong-host", certificate: { names: ["DNS:other.zoo.example"] } },
  ),
  tls(
    { does: "has its name in the common name only", ...bad },
    { host: "common-name", certificate: { commonName: "common-name.zoo.example", names: ["DNS:else.zoo.example"] } },
  ),
  tls({ does: "has a self-signed certificate", ...bad }, { host: "self-signed", certificate: { selfSigned: true } }),
  tls({ does: "has a stranger's CA", ...bad }, { host: "strange", certificate: { issuer: strangeCa } }),
  tls({ does: "has a client's certificate", ...bad }, { host: "client", certificate: { purpose: "client" } }),
  tls({ does: "speaks TLS 1.0 only", ...bad }, { host: "tls10", options: old("TLSv1") }),
  tls({ does: "speaks TLS 1.1 only", ...bad }, { host: "tls11", options: old("TLSv1.1") }),
  tls(
    { does: "hangs up on who shows no certificate", ...fails("connection_reset") },
    { host: "mutual", options: { requestCert: true, rejectUnauthorized: true, ca: zooCaPem } },
  ),
  {
    does: "speaks plain HTTP where TLS is expected",
    ...bad,
    async open() {
      const site = await rawSite((socket) =>
        socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")),
      );
      return { url: `https://plain.zoo.example:${site.port}/hook`, close: () => site.close() };
    },
  },
  {
    does: "never answers the TLS handshake",
    ...fails("timeout"),
    async open() {
      const site = await rawSite((socket) => socket.resume());
      return { url: `https://mute.zoo.example:${site.port}/hook`, close: () => site.close() };
    },
  },
];
