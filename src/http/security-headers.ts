/** Headers that every answer carries (OWASP ASVS 3.4, 14.3.2). */
import type { RequestHandler } from "express";
import helmet from "helmet";

export interface SecurityHeaderOptions {
  /** Sends HSTS; only true over https does any good. */
  readonly https: boolean;
  /** Pages that an EHR frames: their own CSP names the allowed ancestors, which X-Frame-Options cannot express. */
  readonly framed: (path: string) => boolean;
}

/** API answers are data: they load nothing, run nothing, are framed by nobody and kept by no cache. */
export function securityHeaders({ https, framed }: SecurityHeaderOptions): RequestHandler {
  const base = {
    strictTransportSecurity: https ? { maxAge: 63_072_000, includeSubDomains: true } : false,
    referrerPolicy: { policy: "no-referrer" },
    crossOriginResourcePolicy: { policy: "same-origin" },
  } as const;
  const policy = (frameAncestors: string[]) => ({
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], baseUri: ["'none'"], formAction: ["'none'"], frameAncestors },
  });
  const closed = helmet({ ...base, contentSecurityPolicy: policy(["'none'"]), xFrameOptions: { action: "deny" } });
  const page = helmet({
    ...base,
    contentSecurityPolicy: policy(["'none'"]),
    xFrameOptions: false,
    crossOriginOpenerPolicy: false,
  });
  return (request, response, next) => {
    response.setHeader("cache-control", "no-store");
    (framed(request.path) ? page : closed)(request, response, next);
  };
}
