/**
 * Prometheus metrics. Labels are bounded by construction: route families, methods, statuses, hooks, card states, error
 * codes, tenant ids of the configuration and a bounded number of endpoints; never a patient, an encounter, a job or anything a caller can make up.
 */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client";
import type { EhrWatchMetrics } from "./ehr-watch-metrics.ts";
import { createEhrWatchMetrics } from "./ehr-watch-metrics.ts";
import type { DeliveryMetrics } from "./delivery-metrics.ts";
import { createDeliveryMetrics } from "./delivery-metrics.ts";
import type { ModelMetrics } from "./model-metrics.ts";
import { createModelMetrics } from "./model-metrics.ts";

const methods: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

export interface Metrics {
  /** One for each answered request. `family` is a mount path of the program. */
  httpRequest(
    labels: { readonly family: string; readonly method: string; readonly status: number },
    seconds: number,
  ): void;
  /** One for each hook call: which card state was answered. */
  hook(labels: { readonly tenant: string; readonly hook: string; readonly card: string }, seconds: number): void;
  /** What a clinician said of a summary; `section` is one of the program's, or `summary`. */
  feedback(labels: { readonly section: string; readonly verdict: string; readonly engine: string }): void;
  /** A refused credential, by the name of the check that refused it. */
  refused(reason: string): void;
  /** A dependency that was away while a request needed it (`database`, `jwks`). */
  unavailable(dependency: string): void;
  logFieldsDropped(count: number): void;
  /** An attempt at a mail about an endpoint: `sent`, `retry` or `refused`. */
  alertMail(outcome: string): void;
  /** A FHIR resource that was kept back because it breaks a rule, by its type. */
  invalidResource(type: string): void;
  setReady(ready: boolean): void;
  /** A figure that is read when somebody looks: open streams, waiting polls, jobs in hand. */
  gauge(name: string, help: string, read: () => number): void;
  readonly delivery: DeliveryMetrics;
  readonly models: ModelMetrics;
  readonly ehrWatch: EhrWatchMetrics;
  /** Text exposition format, with its content type. */
  render(): Promise<{ readonly contentType: string; readonly body: string }>;
}

/** `defaults` adds the process's own metrics (memory, event-loop lag); off in tests. */
export function createMetrics({ defaults }: { readonly defaults: boolean }): Metrics {
  const registry = new Registry();
  if (defaults) collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const http = new Histogram({
    name: "handover_http_request_seconds",
    help: "Time to answer a request.",
    labelNames: ["family", "method", "status"],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 30],
    registers,
  });
  const hooks = new Histogram({
    name: "handover_hook_seconds",
    help: "Time to answer a CDS hook, by the state of the card.",
    labelNames: ["tenant", "hook", "card"],
    buckets: [0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 1, 2],
    registers,
  });
  const feedback = new Counter({
    name: "handover_feedback_total",
    help: "Verdicts of clinicians on sections and summaries; `pdqi9` counts ratings.",
    labelNames: ["section", "verdict", "engine"],
    registers,
  });
  const refused = new Counter({
    name: "handover_auth_refused_total",
    help: "Refused credentials by check.",
    labelNames: ["reason"],
    registers,
  });
  const unavailable = new Counter({
    name: "handover_dependency_unavailable_total",
    help: "Requests that met an absent dependency.",
    labelNames: ["dependency"],
    registers,
  });
  const dropped = new Counter({
    name: "handover_log_fields_dropped_total",
    help: "Log fields outside the allow-list.",
    registers,
  });
  const mails = new Counter({
    name: "handover_alert_mails_total",
    help: "Attempts at mails about endpoints, by what they came to.",
    labelNames: ["outcome"],
    registers,
  });
  const invalid = new Counter({
    name: "handover_invalid_resources_total",
    help: "FHIR resources that broke a rule and were kept back: a defect of the adapter.",
    labelNames: ["type"],
    registers,
  });
  const ready = new Gauge({ name: "handover_ready", help: "1 while this replica takes requests.", registers });
  return {
    httpRequest: ({ family, method, status }, seconds) =>
      http.observe({ family, method: methods.has(method) ? method : "other", status }, seconds),
    hook: (labels, seconds) => hooks.observe({ ...labels }, seconds),
    feedback: (labels) => feedback.inc({ ...labels }),
    refused: (reason) => refused.inc({ reason }),
    unavailable: (dependency) => unavailable.inc({ dependency }),
    logFieldsDropped: (count) => dropped.inc(count),
    alertMail: (outcome) => mails.inc({ outcome }),
    invalidResource: (type) => invalid.inc({ type }),
    gauge(name, help, read) {
      const gauge = new Gauge({
        name,
        help,
        registers: [],
        collect() {
          this.set(read());
        },
      });
      registry.registerMetric(gauge);
    },
    ...createPartMetrics(registry),
    setReady: (isReady) => ready.set(isReady ? 1 : 0),
    render: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  };
}

function createPartMetrics(registry: Registry): Pick<Metrics, "delivery" | "models" | "ehrWatch"> {
  return {
    delivery: createDeliveryMetrics(registry),
    models: createModelMetrics(registry),
    ehrWatch: createEhrWatchMetrics(registry),
  };
}
