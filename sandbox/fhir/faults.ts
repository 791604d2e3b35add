import type { NextFunction, Request, RequestHandler, Response } from "express";

/** Which requests a fault hits. What is left out fits all. */
export interface FaultMatch {
  readonly method?: string;
  /** Tested against the path below the server's root, such as `/fhir/DocumentReference` or `/auth/token`. */
  readonly path?: string | RegExp;
}

/** What goes wrong. */
export interface Fault extends FaultMatch {
  /** How often it strikes before it is used up; without it, until removed. */
  readonly times?: number;
  /** How many fitting requests pass unharmed first. */
  readonly after?: number;
  /** Wait before anything else. */
  readonly delayMs?: number;
  /** Answer this instead of doing anything. */
  readonly status?: number;
  /** Body of that answer, as FHIR JSON. */
  readonly body?: object;
  /** Headers of that answer, such as Retry-After. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Do the work, then cut the connection: the caller cannot know whether it was done. */
  readonly dropAfterWrite?: boolean;
  /** Do the work and never answer: whoever waits is held until it gives up, or dies. */
  readonly holdAfterWrite?: boolean;
  /** Leave out the Location header, as some servers do. */
  readonly omitLocation?: boolean;
}

/** The switchboard of an EHR that misbehaves on purpose. */
export interface Faults {
  /** Plans a fault; returns its handle. */
  add(fault: Fault): { readonly remove: () => void; readonly struck: () => number };
  clear(): void;
  /** Express middleware that carries the plans out. */
  readonly middleware: RequestHandler;
}

interface Planned {
  readonly fault: Fault;
  seen: number;
  struck: number;
}

/** A switchboard with nothing planned. */
export function createFaults(): Faults {
  const plans = new Set<Planned>();
  return {
    add: (fault) => {
      const planned: Planned = { fault, seen: 0, struck: 0 };
      plans.add(planned);
      return { remove: () => plans.delete(planned), struck: () => planned.struck };
    },
    clear: () => plans.clear(),
    middleware: (request, response, next) => {
      const planned = [...plans].find((one) => strikes(one, request));
      if (!planned) return next();
      planned.struck += 1;
      carryOut(planned.fault, response, next);
    },
  };
}

function strikes(planned: Planned, request: Request): boolean {
  const { method, path, times = Infinity, after = 0 } = planned.fault;
  if (method !== undefined && method !== request.method) return false;
  if (typeof path === "string" && path !== request.path) return false;
  if (path instanceof RegExp && !path.test(request.path)) return false;
  planned.seen += 1;
  return planned.seen > after && planned.struck < times;
}

function carryOut(fault: Fault, response: Response, next: NextFunction): void {
  const act = (): void => {
    if (fault.status !== undefined) {
      response.status(fault.status).set(fault.headers ?? {});
      if (fault.body === undefined) response.end();
      else response.type("application/fhir+json").send(JSON.stringify(fault.body));
      return;
    }
    if (fault.dropAfterWrite) cutInsteadOfAnswering(response);
    if (fault.holdAfterWrite) neverAnswer(response);
    if (fault.omitLocation) withoutLocation(response);
    next();
  };
  if (fault.delayMs === undefined) act();
  else setTimeout(act, fault.delayMs);
}

function cutInsteadOfAnswering(response: Response): void {
  const cut = (): Response => {
    response.socket?.destroy();
    return response;
  };
  response.end = cut;
  response.write = () => {
    cut();
    return false;
  };
}

function neverAnswer(response: Response): void {
  response.end = () => response;
  response.write = () => true;
}

function withoutLocation(response: Response): void {
  const set = response.setHeader.bind(response);
  response.setHeader = (name, value) => (name.toLowerCase() === "location" ? response : set(name, value));
}
