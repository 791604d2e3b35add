/** A TLS-ending proxy as hospitals put in front: asks for a certificate, and hands on what was really shown. */
import { once } from "node:events";
import type { IncomingMessage, Server } from "node:http";
import { createServer, request as httpRequest } from "node:http";
import { createServer as createTlsServer, request as httpsRequest } from "node:https";
import type { TLSSocket } from "node:tls";
import type { AddressInfo } from "node:net";
import type { Express } from "express";
import type { MadeCertificate } from "./certificates.ts";
import { makeCertificate } from "./certificates.ts";

/** Writes the DER that a caller showed into a header's value. */
export type HandOn = (der: Buffer) => string;

export interface TlsProxy {
  /** Posts JSON through the proxy. */
  post(path: string, body: string, headers: Record<string, string>, shown?: MadeCertificate): Promise<Answer>;
  /** Posts to the adapter itself, past the proxy. */
  postPast(path: string, body: string, headers: Record<string, string>): Promise<Answer>;
  close(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

async function readAll(message: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return { status: message.statusCode ?? 0, text: Buffer.concat(chunks).toString() };
}

async function listening(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** @param header is always replaced, or taken away: what the caller wrote there never passes */
export async function startTlsProxy(app: Express, header: string, handOn: HandOn): Promise<TlsProxy> {
  const adapter = createServer(app);
  const adapterPort = await listening(adapter);
  const own = makeCertificate({ commonName: "adapter.example", names: ["DNS:adapter.example"], purpose: "server" });
  const tls = { key: own.key, cert: own.pem, requestCert: true, rejectUnauthorized: false };
  const proxy = createTlsServer(tls, (incoming, outgoing) => {
    const { raw: der } = (incoming.socket as TLSSocket).getPeerCertificate();
    const headers = { ...incoming.headers };
    delete headers[header];
    // An empty object where the caller showed none.
    if (der !== undefined) headers[header] = handOn(der);
    const options = { host: "127.0.0.1", port: adapterPort, method: "POST", path: incoming.url, headers };
    const inner = httpRequest(options, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(inner);
  });
  const proxyPort = await listening(proxy);
  const send = async (call: ReturnType<typeof httpRequest>, body: string): Promise<Answer> => {
    call.end(body);
    const [answer] = (await once(call, "response")) as [IncomingMessage];
    return readAll(answer);
  };
  const shape = (path: string, headers: Record<string, string>) => ({
    host: "127.0.0.1",
    method: "POST",
    path,
    agent: false as const,
    headers: { "content-type": "application/json", ...headers },
  });
  return {
    post: (path, body, headers, shown) => {
      const identity = shown === undefined ? {} : { key: shown.key, cert: shown.pem };
      const trust = { ca: own.pem, servername: "adapter.example" };
      return send(httpsRequest({ ...shape(path, headers), port: proxyPort, ...trust, ...identity }), body);
    },
    postPast: (path, body, headers) => send(httpRequest({ ...shape(path, headers), port: adapterPort }), body),
    close: async () => {
      for (const server of [proxy, adapter]) {
        server.closeAllConnections();
        server.close();
        await once(server, "close");
      }
    },
  };
}
