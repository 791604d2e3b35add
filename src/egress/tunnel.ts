/** Through a forward proxy: a tunnel by CONNECT (RFC 9110, section 9.3.6), and whatever goes wrong before it stands told apart. */
import { request as httpRequest } from "node:http";
import type { Socket } from "node:net";
import { request as httpsRequest } from "node:https";
import { buildConnector } from "undici";

/** The proxy refused, failed, or was not there: no fault of whoever was to be reached. The reason is a fixed word. */
export class ProxyFailure extends Error {
  readonly code = "PROXY_FAILED";

  constructor(reason: string, cause?: unknown) {
    super(reason, { cause });
  }
}

export interface TunnelOptions {
  /** `http://` or `https://`, with user and password where the proxy wants them. */
  readonly proxy: string;
  readonly connectTimeoutMs: number;
  /** CAs trusted for the proxy itself, where it speaks TLS. */
  readonly ca?: readonly string[];
  /** TLS with whoever is at the tunnel's other end. */
  readonly tls: buildConnector.BuildOptions;
}

function authorization({ username, password }: URL): Readonly<Record<string, string>> {
  if (username === "") return {};
  const text = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { "proxy-authorization": `Basic ${Buffer.from(text).toString("base64")}` };
}

type Done = (error: ProxyFailure | null, socket: Socket | null) => void;

/** Asks for the tunnel. */
function tunnel({ proxy, connectTimeoutMs, ca }: TunnelOptions, target: string, done: Done): void {
  const url = new URL(proxy);
  const secure = url.protocol === "https:";
  const request = (secure ? httpsRequest : httpRequest)({
    host: url.hostname.replace(/^\[|\]$/gu, ""),
    port: url.port === "" ? (secure ? 443 : 80) : Number(url.port),
    method: "CONNECT",
    path: target,
    headers: { host: target, ...authorization(url) },
    agent: false,
    signal: AbortSignal.timeout(connectTimeoutMs),
    ...(ca === undefined ? {} : { ca: [...ca] }),
  });
  request.once("connect", ({ statusCode = 0 }, socket: Socket) => {
    if (statusCode >= 200 && statusCode < 300) return done(null, socket);
    socket.destroy();
    return done(new ProxyFailure(`proxy_answered_${statusCode}`), null);
  });
  // A proxy that does not know CONNECT answers as a web server does.
  request.once("response", (response) => {
    response.destroy();
    done(new ProxyFailure(`proxy_answered_${response.statusCode ?? 0}`), null);
  });
  request.once("error", (error) => done(new ProxyFailure("proxy_unreachable", error), null));
  request.end();
}

/** An undici connector that goes through the proxy for every scheme, so that a proxy never sees what is said. */
export function tunnelConnector(options: TunnelOptions): buildConnector.connector {
  const overTls = buildConnector({ allowH2: false, timeout: options.connectTimeoutMs, ...options.tls });
  return (target, callback) => {
    const port = target.port === "" ? (target.protocol === "https:" ? "443" : "80") : target.port;
    tunnel(options, `${target.hostname}:${port}`, (error, socket) => {
      if (socket === null) callback(error ?? new ProxyFailure("proxy_failed"), null);
      else if (target.protocol === "https:") overTls({ ...target, httpSocket: socket }, callback);
      else callback(null, socket);
    });
  };
}
