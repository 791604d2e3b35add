/** One route of /v1 as data: what is served, checked and documented derives from the same value. */
import type { ServerResponse } from "node:http";
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from "zod-openapi";
import { z } from "zod";
import type { Principal } from "../../core/access/principal.ts";
import { parseOr400 } from "../../core/request-shape.ts";

export interface ApiCall<Query = unknown, Body = unknown> {
  readonly principal: Principal;
  /** Path parameters, as they stand in the path. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
  readonly header: (name: string) => string | undefined;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
  /** For streams only: everything else returns its answer. */
  readonly response: ServerResponse;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON unless `body` says otherwise. */
  readonly json?: unknown;
  /** Another media type, as it goes out. */
  readonly body?: { readonly type: string; readonly content: string | Uint8Array };
}

/** The handler has written to the response itself. */
export const streamed = Symbol("streamed");

export interface ApiRoute {
  readonly method: "get" | "post" | "patch" | "delete";
  /** OpenAPI form, `/v1/jobs/{id}`. */
  readonly path: string;
  /** Scope that the caller needs. */
  readonly scope: "jobs:read" | "jobs:write" | "events:read" | "endpoints:write" | "models:write";
  /** Largest body, in bytes; 0 for none. */
  readonly maxBodyBytes: number;
  readonly operation: ZodOpenApiOperationObject;
  handle(call: ApiCall): Promise<ApiAnswer | typeof streamed>;
}

interface RouteSpec<Query extends z.ZodType, Body extends z.ZodType> {
  readonly method: ApiRoute["method"];
  readonly path: string;
  readonly scope: ApiRoute["scope"];
  readonly summary: string;
  readonly operationId: string;
  /** What `{id}` in the path is. */
  readonly id?: string;
  readonly query?: Query;
  readonly body?: Body;
  readonly maxBodyBytes?: number;
  readonly requestHeaders?: z.ZodObject;
  readonly responses: ZodOpenApiOperationObject["responses"];
  handle(call: ApiCall<z.output<Query>, z.output<Body>>): Promise<ApiAnswer | typeof streamed>;
}

const none = z.strictObject({});
/** `{ id }` for a path that names one thing. */
const pathParameter = (id: string): z.ZodObject => z.object({ id: z.string().meta({ description: id }) });

const defaultBodyBytes = 256 * 1024;

/** Declares a route: its query and body are parsed by their schemas before `handle` sees them. */
export function defineRoute<Query extends z.ZodType = typeof none, Body extends z.ZodType = typeof none>(
  spec: RouteSpec<Query, Body>,
): ApiRoute {
  const { query = none, body } = spec;
  return {
    method: spec.method,
    path: spec.path,
    scope: spec.scope,
    maxBodyBytes: body === undefined ? 0 : (spec.maxBodyBytes ?? defaultBodyBytes),
    operation: {
      operationId: spec.operationId,
      summary: spec.summary,
      security: [{ bearer: [spec.scope] }],
      requestParams: {
        ...(spec.path.includes("{id}") ? { path: pathParameter(spec.id ?? "The job's id.") } : {}),
        ...(spec.query instanceof z.ZodObject ? { query: spec.query } : {}),
        ...(spec.requestHeaders === undefined ? {} : { header: spec.requestHeaders }),
      },
      ...(body === undefined ? {} : { requestBody: { content: { "application/json": { schema: body } } } }),
      responses: spec.responses,
    },
    handle: (call) =>
      spec.handle({
        ...call,
        query: parseOr400(query, call.query, "query") as z.output<Query>,
        body: (body === undefined ? {} : parseOr400(body, call.body, "body")) as z.output<Body>,
      }),
  };
}

/** The routes' part of the OpenAPI document. */
export function openApiPaths(routes: readonly ApiRoute[]): ZodOpenApiPathsObject {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of routes) paths[route.path] = { ...paths[route.path], [route.method]: route.operation };
  return paths;
}
