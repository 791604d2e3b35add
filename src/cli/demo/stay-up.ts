/** `demo` without `--once`: the hospital stays open, and the terminal says where to go and what to do there. */
import { subscribe } from "../../../sandbox/receiver/subscribe.ts";
import type { Config } from "../../config/config.ts";
import type { Io } from "../io.ts";
import { exitCodes } from "../io.ts";
import type { Hospital } from "./hospital.ts";
import { openHospital } from "./hospital.ts";
import { untilInterrupted } from "./interrupt.ts";
import type { DemoSettings } from "./settings.ts";

export async function stayUp(settings: DemoSettings, config: Config, io: Io): Promise<number> {
  const interrupted = untilInterrupted();
  io.stdout("Handover demo: starting Postgres, the adapter and the sandbox EHR ...\n");
  const hospital = await openHospital(settings, config);
  try {
    await subscribe({
      fhirBaseUrl: `${hospital.adapterUrl}/fhir`,
      token: hospital.secrets.subscriberKey,
      receiver: hospital.sandbox.subscriptionReceiver,
    });
    if (settings.fault !== undefined) io.stdout(`\n${breakNow(settings.fault, hospital, io)}\n`);
    io.stdout(guide(hospital));
    await interrupted;
    io.stdout("\nStopping ...\n");
  } finally {
    await hospital.close();
  }
  return exitCodes.ok;
}

/** Four doors, one next step each. */
function guide({ sandbox, adapterUrl, secrets }: Hospital): string {
  const doors = [
    ["Clinician", `${sandbox.url}/`, "open a patient, choose Discharge, follow the card, read, edit, sign"],
    ["API", `${adapterUrl}/openapi.json`, `curl -H "Authorization: Bearer ${secrets.pollerKey}" ${adapterUrl}/v1/jobs`],
    ["Webhooks", `${sandbox.receiver.url}/inbox`, "every attempt with its verdict, after you have signed"],
    ["Metrics", `${adapterUrl}/metrics`, "look for handover_hook_seconds after a discharge"],
  ] as const;
  const lines = doors.map(([name, url, next]) => `  ${name.padEnd(10)} ${url}\n${"".padEnd(13)}${next}\n`);
  return `\nHandover is up. Ctrl-C stops everything.\n\n${lines.join("\n")}\n`;
}

/** Plants the fault for whatever the user does next, and says what to look for. */
function breakNow(fault: NonNullable<DemoSettings["fault"]>, hospital: Hospital, io: Io): string {
  const { model, receiver, ehr } = hospital.sandbox;
  switch (fault) {
    case "worker":
      void model
        .until("a request to the model", () => model.requests[0], DAY_MS)
        .then(() => hospital.replaceWorker())
        .then(({ killedPid, sparePid }) =>
          io.stdout(`Worker ${killedPid} was killed -9; worker ${sparePid} goes on.\n`),
        )
        .catch(() => undefined);
      return "The worker will be killed in the middle of the first draft: watch the page go on.";
    case "endpoint":
      receiver.failNext({ kind: "status", status: 500 }, 2);
      return "The webhook receiver answers 500 twice: watch the attempts in its inbox.";
    case "model":
      model.failAlways("truncated");
      return "The model's answers are cut off: watch the template's sentences stand in.";
    case "ehr":
      ehr.faults.add({ method: "POST", path: "/fhir/DocumentReference", status: 503, times: 1 });
      return "The EHR refuses the first document with 503: watch it arrive all the same.";
  }
}

const DAY_MS = 24 * 3_600_000;
