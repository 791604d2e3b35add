/** Serves the page: HTML, style and browser modules, read once when the sandbox starts. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Router } from "express";

const PAGES = join(import.meta.dirname, "..", "pages");

interface Asset {
  readonly type: string;
  readonly text: string;
}

/** The page at `/`, its parts at `/cds-client/page/`. Nothing is loaded from elsewhere: the policy says so. */
export function pageRoutes(frameOrigins: readonly string[]): Router {
  const assets = readAssets();
  const html = readFileSync(join(PAGES, "ehr.html"), "utf8");
  const policy = contentSecurityPolicy(frameOrigins);
  const router = Router();
  router.get("/", (_req, res) => {
    res.set({
      "content-security-policy": policy,
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
    });
    res.type("html").send(html);
  });
  router.get("/cds-client/page/:file", (req, res) => {
    const asset = assets.get(req.params.file);
    if (asset === undefined) res.status(404).end();
    else res.set("cache-control", "no-store").type(asset.type).send(asset.text);
  });
  return router;
}

/** Even if markup slipped past the markdown renderer, it could neither run nor fetch anything. */
function contentSecurityPolicy(frameOrigins: readonly string[]): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    `frame-src 'self' ${frameOrigins.join(" ")}`,
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}

function readAssets(): ReadonlyMap<string, Asset> {
  const css = readFileSync(join(PAGES, "ehr.css"), "utf8");
  const assets = new Map<string, Asset>([["ehr.css", { type: "css", text: css }]]);
  const folder = join(PAGES, "browser");
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".js"))) {
    assets.set(file, { type: "text/javascript", text: readFileSync(join(folder, file), "utf8") });
  }
  return assets;
}
