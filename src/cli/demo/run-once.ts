/** `demo --once`: opens the hospital, tells the story, reports, and closes everything again. */
import { createFault } from "../../../sandbox/story/fault.ts";
import type { Step, Teller } from "../../../sandbox/story/step.ts";
import { createTeller } from "../../../sandbox/story/step.ts";
import { tellStory } from "../../../sandbox/story/story.ts";
import type { World } from "../../../sandbox/story/world.ts";
import type { Config } from "../../config/config.ts";
import type { Io } from "../io.ts";
import { exitCodes } from "../io.ts";
import type { Hospital } from "./hospital.ts";
import { openHospital } from "./hospital.ts";
import { untilInterrupted } from "./interrupt.ts";
import { lastLine, stepLine } from "./report.ts";
import type { DemoSettings } from "./settings.ts";

/** Anything that must come has come by then, on a slow machine too. */
const LIMIT_MS = 30_000;

export async function runOnce(settings: DemoSettings, config: Config, io: Io): Promise<number> {
  const started = performance.now();
  const interrupted = untilInterrupted();
  const show = (step: Step): void => io.stdout(stepLine(step));
  const teller = createTeller(settings.json ? {} : { onStep: show });
  if (!settings.json) io.stdout(`Handover demo, seed ${settings.seed}\n\n`);
  const whole = await tellIn(settings, config, teller, interrupted, io);
  const ok = whole && teller.steps.every((step) => step.ok);
  const totalMs = Math.round(performance.now() - started);
  const { steps } = teller;
  if (settings.json) io.stdout(`${JSON.stringify({ ok, seed: settings.seed, totalMs, steps }, undefined, 2)}\n`);
  else io.stdout(lastLine(steps, totalMs));
  return ok ? exitCodes.ok : exitCodes.failed;
}

/** False where the story was interrupted. */
async function tellIn(
  settings: DemoSettings,
  config: Config,
  teller: Teller,
  interrupted: Promise<unknown>,
  io: Io,
): Promise<boolean> {
  const hospital = await teller.step("start", [], async () => {
    const opened = await openHospital(settings, config);
    return {
      value: opened,
      witness: `Postgres, api, worker, EHR, receivers and model are up; ${databaseNote(opened)}`,
    };
  });
  if (hospital === undefined) return true;
  try {
    const world = worldOf(settings, hospital);
    const fault = settings.fault && createFault(settings.fault, world, hospital.replaceWorker);
    const told = tellStory(world, teller, fault).then(() => true);
    const whole = await Promise.race([told, interrupted.then(() => false)]);
    if (!whole || teller.steps.some(({ ok }) => !ok)) tellLastLines(hospital, io);
    return whole;
  } finally {
    await hospital.close();
  }
}

const databaseNote = ({ freshDatabase }: Hospital): string =>
  freshDatabase ? "database made for this run" : "the given database, under a tenant of its own";

function worldOf(settings: DemoSettings, { sandbox, adapterUrl, secrets }: Hospital): World {
  const [stay] = sandbox.charts;
  if (stay === undefined) throw new Error("the sandbox has no chart");
  return {
    sandbox,
    adapterUrl,
    patientId: stay.patientId,
    encounterId: stay.encounterId,
    userId: "attending-1",
    pollerKey: secrets.pollerKey,
    subscriberKey: secrets.subscriberKey,
    without: settings.without,
    limitMs: LIMIT_MS,
  };
}

function tellLastLines(hospital: Hospital, io: Io): void {
  const lines = hospital.lastLines();
  if (lines.length > 0) io.stderr(`\nWhat the adapter's processes said last:\n${lines.join("\n")}\n`);
}
