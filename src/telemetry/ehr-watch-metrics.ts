/** What EHRs tell by themselves, in Prometheus. Labels are tenants, and words of ours. */
import type { Registry } from "prom-client";
import { Counter, Gauge } from "prom-client";

interface Watched {
  readonly tenant: string;
  readonly watch: "discharge" | "chart";
}

type Manner = "topic" | "criteria";

export interface EhrWatchMetrics {
  /** One for each message that was taken in. */
  notification(labels: Watched & { readonly manner: Manner; readonly kind: string }): void;
  /** One for each record that was looked at; `kind` is how a stay ended. */
  look(labels: {
    readonly tenant: string;
    readonly via: Manner | "polling";
    readonly outcome: string;
    readonly kind: string;
  }): void;
  /** A Subscription that had proven itself has failed or fallen silent. */
  silenced(labels: Watched & { readonly manner: Manner }): void;
  /** Ended stays that a sweep found, and the EHR should have told of. */
  lost(tenant: string, count: number): void;
  /** By what a watch is served now. */
  inForce(labels: Watched, manner: Manner | "polling"): void;
  /** Records that wait to be looked at, and the age of the oldest. */
  waiting(tenant: string, count: number, oldestSeconds: number): void;
}

const rank = { polling: 0, criteria: 1, topic: 2 } as const;

export function createEhrWatchMetrics(registry: Registry): EhrWatchMetrics {
  const registers = [registry];
  const counter = <T extends string>(name: string, help: string, labelNames: readonly T[]): Counter<T> =>
    new Counter({ name, help, labelNames, registers });
  const gauge = <T extends string>(name: string, help: string, labelNames: readonly T[]): Gauge<T> =>
    new Gauge({ name, help, labelNames, registers });
  const notifications = counter(
    "handover_ehr_notifications_total",
    "Messages of EHRs that were taken in, by what they are.",
    ["tenant", "watch", "manner", "kind"],
  );
  const looks = counter("handover_ehr_looks_total", "Records that were read because of a message or a poll.", [
    "tenant",
    "via",
    "outcome",
    "kind",
  ]);
  const silenced = counter(
    "handover_ehr_subscriptions_silenced_total",
    "Subscriptions at EHRs that had proven themselves and have failed or fallen silent.",
    ["tenant", "watch", "manner"],
  );
  const lost = counter(
    "handover_ehr_notifications_lost_total",
    "Ended stays that a sweep found and the EHR should have told of.",
    ["tenant"],
  );
  const inForce = gauge("handover_ehr_watch", "By what the EHR tells now: 0 polling, 1 criteria, 2 topic.", [
    "tenant",
    "watch",
  ]);
  const waiting = gauge("handover_ehr_notices_waiting", "Records that wait to be looked at.", ["tenant"]);
  const oldest = gauge("handover_ehr_notices_oldest_seconds", "Age of the oldest of them.", ["tenant"]);
  return {
    notification: (labels) => notifications.inc({ ...labels }),
    look: (labels) => looks.inc({ ...labels }),
    silenced: (labels) => silenced.inc({ ...labels }),
    lost: (tenant, count) => lost.inc({ tenant }, count),
    inForce: (labels, manner) => inForce.set({ ...labels }, rank[manner]),
    waiting(tenant, count, oldestSeconds) {
      waiting.set({ tenant }, count);
      oldest.set({ tenant }, oldestSeconds);
    },
  };
}
