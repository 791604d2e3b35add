/** Faults that the story can go through, each planted where it hurts and judged by the witness who suffered it. */
import type { WebhookMessage } from "../receiver/webhook-inbox.ts";
import { parseSummary } from "./draft.ts";
import { poll } from "./poller.ts";
import type { Seen } from "./step.ts";
import { expect } from "./step.ts";
import type { StreamRecord } from "./stream.ts";
import type { World } from "./world.ts";

export const faultNames = ["worker", "endpoint", "model", "ehr"] as const;
export type FaultName = (typeof faultNames)[number];

/** Kills the worker that has the job, once another stands by. Only who started the workers can do that. */
export type ReplaceWorker = () => Promise<WorkerLoss>;

export interface WorkerLoss {
  readonly killedPid: number;
  readonly sparePid: number;
  /** Monotonic milliseconds. */
  readonly killedAt: number;
}

/** What the story has seen by its end. */
export interface Aftermath {
  readonly job: string;
  readonly stream: StreamRecord;
}

export interface Fault {
  /** Before the patient is discharged. */
  readonly plant: () => void;
  /** When the draft is ready and before it is signed. */
  readonly beforeSigning: () => Promise<void>;
  /** What became of it. */
  readonly recovery: (world: World, aftermath: Aftermath) => Promise<Seen<unknown>>;
}

const nothing = { plant: (): void => undefined, beforeSigning: async (): Promise<void> => undefined };

/** Makes one fault of a running sandbox. Nothing happens before it is planted. */
export function createFault(name: FaultName, world: World, replaceWorker: ReplaceWorker): Fault {
  switch (name) {
    case "worker":
      return workerFault(world, replaceWorker);
    case "endpoint":
      return endpointFault(world);
    case "model":
      return modelFault(world);
    case "ehr":
      return ehrFault(world);
  }
}

/** The promise is 1 s on an idle machine; beyond this the job waited for its lease to run out. */
const LONGEST_RECOVERY_MS = 5_000;

/** `kill -9` while the model writes: the job goes on at once, on the worker that is left. */
function workerFault(world: World, replaceWorker: ReplaceWorker): Fault {
  let loss: Promise<WorkerLoss> | undefined;
  const afterFirstRequest = async (): Promise<WorkerLoss> => {
    const { model } = world.sandbox;
    await model.until("a request to the model", () => model.requests[0], world.limitMs);
    return replaceWorker();
  };
  return {
    ...nothing,
    plant: () => {
      loss = afterFirstRequest();
      // Judged in `recovery`; until then a failure must not end the process.
      loss.catch(() => undefined);
    },
    recovery: async (_world, { stream }) => {
      expect(loss !== undefined, "no worker was killed");
      const { killedPid, sparePid, killedAt } = await loss;
      const next = stream.events.find(({ at, data }) => at > killedAt && Number(data["attempt"]) > 1);
      expect(next !== undefined, "the job did not go on: it was complete before the kill, or never claimed again");
      const ms = Math.round(next.at - killedAt);
      expect(ms <= LONGEST_RECOVERY_MS, `the job went on only after ${ms} ms`);
      return {
        value: ms,
        witness: `worker ${killedPid} killed -9 while writing; worker ${sparePid} went on after ${ms} ms (${next.type}, attempt 2)`,
      };
    },
  };
}

/** The receiver answers 500 twice: the same message comes again, byte for byte. */
function endpointFault(world: World): Fault {
  const { receiver } = world.sandbox;
  return {
    ...nothing,
    beforeSigning: async () => {
      await receiver.untilReceived("summary.ready", world.limitMs);
      receiver.failNext({ kind: "status", status: 500 }, 2);
    },
    recovery: async () => {
      const hasRecovered = ({ attempts, processedAt }: WebhookMessage): boolean =>
        processedAt !== undefined && attempts.some(({ fault }) => fault !== undefined);
      const what = "a message that met the fault and was taken in the end";
      const message = await receiver.until(what, () => receiver.inbox.find(hasRecovered), world.limitMs);
      const statuses = message.attempts.map(({ status }) => status ?? 0);
      expect(statuses.length === 3 && statuses[2] === 204, `the attempts were answered ${statuses.join(", ")}`);
      const bodies = new Set(message.attempts.map(({ bodySha256 }) => bodySha256)).size;
      expect(bodies === 1, "the attempts carried different bytes");
      const witness = `receiver: ${message.id} (${message.type}) answered ${statuses.join(", ")}; same id and bytes each time`;
      return { value: message, witness };
    },
  };
}

/** The model's stream just ends: its text does not count, the template's sentences stand in. */
function modelFault(world: World): Fault {
  const { model } = world.sandbox;
  return {
    ...nothing,
    plant: () => model.failAlways("truncated"),
    recovery: async (_world, { job }) => {
      const broken = model.counts().brokenOff;
      expect(broken > 0, "no answer of the model was cut off");
      const { sections } = parseSummary((await poll(world, `/v1/jobs/${job}/summary`)).text);
      const course = sections.find(({ id }) => id === "course")?.sentences ?? [];
      const template = course.filter(({ origin }) => origin === "template").length;
      expect(
        template > 0 && template === course.length,
        `${course.length - template} sentences are the broken model's`,
      );
      const witness = `model: ${broken} answers cut off before their finish reason; ${template} template sentences stand in`;
      return { value: template, witness };
    },
  };
}

/** The EHR refuses the document once with 503: it is written a moment later, and once. */
function ehrFault(world: World): Fault {
  const { ehr } = world.sandbox;
  let struck = (): number => 0;
  return {
    ...nothing,
    plant: () => {
      const fault = { method: "POST", path: "/fhir/DocumentReference", status: 503, headers: { "retry-after": "1" } };
      struck = ehr.faults.add({ ...fault, times: 1 }).struck;
    },
    recovery: async () => {
      const documents = ehr.journal.writes({ resourceType: "DocumentReference" }).length;
      expect(struck() === 1, "the EHR was not asked while it refused");
      expect(documents === 1, `the EHR took ${documents} documents`);
      return { value: documents, witness: "EHR: answered 503 once, then took the one document" };
    },
  };
}
