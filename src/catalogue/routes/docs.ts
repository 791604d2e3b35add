/** GET /docs: the API and its events, to be read by people. Public: it tells of shapes, never of anybody's data. */
import { createHash } from "node:crypto";
import type { Router } from "express";
import express from "express";
import { guardMethods } from "../../http/method-guard.ts";
import { docsPage, docsStyle } from "../docs-page.ts";
import { apiDocument } from "../docs-schema.ts";

const styleHash = createHash("sha256").update(docsStyle).digest("base64");

/** Nothing is loaded and nothing runs: the one style sheet stands in the page, and is named by its hash. */
const policy = [
  "default-src 'none'",
  `style-src 'sha256-${styleHash}'`,
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** @param document the OpenAPI document, as it is served */
export function createDocsRoutes(document: unknown): Router {
  const page = docsPage(apiDocument.parse(document));
  const router = express.Router();
  router.get("/docs", (_request, response) => {
    response
      .set({
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": policy,
        "cache-control": "public, max-age=300",
      })
      .end(page);
  });
  return guardMethods(router);
}
