/** The page at /docs: every operation of the API and every event, written once at the start from the published documents. No script. */
import { escapeXml as text } from "../core/document/narrative.ts";
import { eventCatalogue } from "../core/event/catalogue.ts";
import { fieldsOf, typeOf } from "./docs-schema.ts";
import type { ApiDocument, Operation, Schema } from "./docs-schema.ts";

const methods = ["get", "post", "put", "patch", "delete"] as const;

/** Headings of path families; the longest that fits names an operation's group. */
const groups: readonly (readonly [prefix: string, title: string])[] = [
  ["/cds-services", "CDS Hooks"],
  ["/v1/jobs", "Jobs and summaries"],
  ["/v1/batches", "Batches"],
  ["/v1/events", "The feed"],
  ["/v1/event-types", "Catalogue of events"],
  ["/event-types", "Catalogue of events"],
  ["/v1/endpoints", "Webhook endpoints"],
  ["/v1/deliveries", "Deliveries"],
  ["/v1/dead-letters", "Deliveries"],
  ["/v1/webhook-keys", "Webhook endpoints"],
  ["/v1/egress-addresses", "Webhook endpoints"],
  ["/oauth", "Tokens and keys"],
  ["/.well-known", "Tokens and keys"],
];

function groupOf(path: string): string {
  const found = groups.filter(([prefix]) => path === prefix || path.startsWith(`${prefix}/`));
  return found.toSorted((a, b) => b[0].length - a[0].length)[0]?.[1] ?? "Others";
}

const slug = (title: string): string => title.toLowerCase().replaceAll(/[^a-z0-9]+/gu, "-");
const code = (value: string): string => `<code>${text(value)}</code>`;
/** Our own descriptions set names between backticks. */
const prose = (value = ""): string => text(value).replaceAll(/`([^`]+)`/gu, "<code>$1</code>");

function table(caption: string, head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "";
  const cells = (row: readonly string[], cell: string): string =>
    row.map((one) => `<${cell}>${one}</${cell}>`).join("");
  // Focusable, because a wide table scrolls by itself where the page is narrow.
  return `<div class="wide" tabindex="0" role="region" aria-label="${text(caption)}"><table><caption>${text(caption)}</caption><thead><tr>${head
    .map((one) => `<th scope="col">${text(one)}</th>`)
    .join("")}</tr></thead><tbody>${rows.map((row) => `<tr>${cells(row, "td")}</tr>`).join("")}</tbody></table></div>`;
}

/** A schema's type, as a link where it has a name. */
function typeLink(schema: Schema): string {
  const { name, words } = typeOf(schema);
  return name === undefined ? code(words) : `<a href="#shape-${text(name)}">${text(words)}</a>`;
}

function fields(caption: string, schema: Schema): string {
  const rows = fieldsOf(schema).map(({ name, required, schema: own }) => [
    code(name),
    typeLink(own),
    required ? "yes" : "",
    prose(own.description),
  ]);
  return table(caption, ["member", "type", "required", "meaning"], rows);
}

function body(content: Readonly<Record<string, { readonly schema?: Schema | undefined }>> | undefined): string {
  return Object.entries(content ?? {})
    .map(([type, { schema }]) => `${code(type)}${schema === undefined ? "" : ` ${typeLink(schema)}`}`)
    .join(", ");
}

function operation(path: string, method: string, op: Operation): string {
  const name = `${method.toUpperCase()} ${path}`;
  const parameters = (op.parameters ?? []).map(({ name: parameter, in: place, required, schema, description }) => [
    code(parameter),
    text(place),
    schema === undefined ? "" : typeLink(schema),
    required === true ? "yes" : "",
    prose(description ?? schema?.description),
  ]);
  const request = body(op.requestBody?.content);
  const answers = Object.entries(op.responses ?? {}).map(([status, { description, content }]) => [
    code(status),
    prose(description),
    body(content),
  ]);
  const scopes = (op.security ?? []).flatMap((one) =>
    Object.entries(one).map(([scheme, list]) => [scheme, ...list].join(" ")),
  );
  return `<details id="${text(op.operationId ?? slug(name))}"><summary><b class="${method}">${method.toUpperCase()}</b> ${code(path)} <span>${prose(op.summary)}</span></summary>
${scopes.length === 0 ? "<p>Needs no credential.</p>" : `<p>Needs ${scopes.map(code).join(" or ")}.</p>`}
${table(`Parameters of ${name}`, ["parameter", "in", "type", "required", "meaning"], parameters)}
${request === "" ? "" : `<p>Body: ${request}</p>`}
${table(`Answers of ${name}`, ["status", "when", "body"], answers)}
</details>`;
}

function operations(document: ApiDocument): string {
  const all = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const op = item[method];
      return op === undefined ? [] : [{ path, method, op }];
    }),
  );
  return [...Map.groupBy(all, ({ path }) => groupOf(path))]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([title, list]) =>
        `<section aria-labelledby="${slug(title)}"><h3 id="${slug(title)}">${text(title)}</h3>\n${list.map(({ path, method, op }) => operation(path, method, op)).join("\n")}</section>`,
    )
    .join("\n");
}

function events(): string {
  return eventCatalogue
    .map(
      ({ type, description, carriedBy, example }) =>
        `<details id="event-${text(type)}"><summary>${code(type)} <span>${prose(description)}</span></summary>
<p>Carried by ${carriedBy.map((one) => text(one)).join(", ")}. <a href="/event-types/${text(type)}/v1">JSON Schema</a></p>
<pre tabindex="0">${text(JSON.stringify(example, undefined, 2))}</pre></details>`,
    )
    .join("\n");
}

/** The name stands inside what opens, so that a browser opens it for whoever follows a link. */
function shapes(document: ApiDocument): string {
  return Object.entries(document.components?.schemas ?? {})
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([name, schema]) =>
        `<details><summary>${code(name)} <span>${prose(schema.description)}</span></summary><div id="shape-${text(name)}">${fields(`Members of ${name}`, schema) || `<p>${code(typeOf(schema).words)}</p>`}</div></details>`,
    )
    .join("\n");
}

/** The page's only style sheet; small, so it stands in the page and is named in its policy by a hash. */
export const docsStyle = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{margin:0 auto;max-width:70rem;padding:1rem}
code,pre{font-family:ui-monospace,monospace;font-size:.9em}
pre{overflow:auto;padding:.5rem;border:1px solid}
.wide{overflow-x:auto}
table{border-collapse:collapse;margin:.5rem 0;width:100%}
caption{text-align:left;font-weight:600}
th,td{text-align:left;vertical-align:top;padding:.25rem .5rem;border-bottom:1px solid}
details{border-bottom:1px solid;padding:.35rem 0}
summary{cursor:pointer;overflow-wrap:anywhere}
nav ul{display:flex;flex-wrap:wrap;gap:.5rem 1.5rem;padding:0;list-style:none}`;

/** @param document as `/openapi.json` serves it */
export function docsPage(document: ApiDocument): string {
  const { title, version, description = "" } = document.info;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(title)} API</title>
<link rel="icon" href="data:,">
<style>${docsStyle}</style>
</head>
<body>
<header>
<h1>${text(title)} API, ${text(version)}</h1>
<p>${text(description)}</p>
<nav aria-label="Documents"><ul>
<li><a href="/openapi.json">OpenAPI 3.1</a></li>
<li><a href="/asyncapi.json">AsyncAPI 3.0</a></li>
<li><a href="/v1/event-types">Events as JSON</a></li>
<li><a href="/config.schema.json">Configuration's JSON Schema</a></li>
<li><a href="#operations">Operations</a></li>
<li><a href="#events">Events</a></li>
<li><a href="#shapes">Shapes</a></li>
</ul></nav>
</header>
<main>
<h2 id="operations">Operations</h2>
${operations(document)}
<h2 id="events">Events</h2>
<p>CloudEvents 1.0 in JSON, by webhook, feed and stream. The examples are of a made-up stay.</p>
${events()}
<h2 id="shapes">Shapes</h2>
${shapes(document)}
</main>
</body>
</html>
`;
}
