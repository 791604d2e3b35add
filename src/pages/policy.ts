/** What every page tells the browser about itself. */
import type { TenantConfig } from "../config/tenant-schema.ts";

/** But for who may frame it. No script, style or connection but our own; text never becomes markup (trusted types). */
export const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

/** Who may frame a page is the tenant's to say; a page of no tenant is framed by nobody. */
export function pageHeaders(tenant: TenantConfig | undefined): Record<string, string> {
  const ancestors = tenant?.ehr.frameAncestors ?? [];
  return {
    "Content-Security-Policy": `${pagePolicy}; frame-ancestors ${ancestors.length === 0 ? "'none'" : ancestors.join(" ")}`,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
  };
}
