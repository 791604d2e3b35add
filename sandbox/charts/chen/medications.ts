/** Mei-Ling Chen: analgesics twice, a sedative stopped, prophylaxis new. */
import type { FhirResource } from "fhir/r4.js";
import { given, homeMedication, medicationOrder } from "../build/medications.ts";
import { at } from "../build/stay.ts";
import type { Stay } from "../build/stay.ts";

const ACETAMINOPHEN = { text: "Acetaminophen 500 mg oral tablet", rxnorm: "161" };
const DONEPEZIL = { text: "Donepezil 10 mg oral tablet", rxnorm: "135447" };
const ENOXAPARIN = { text: "Enoxaparin 40 mg/0.4 mL injection", rxnorm: "67108" };
const LORAZEPAM = { text: "Lorazepam 0.5 mg oral tablet", rxnorm: "6470" };
const ASPIRIN = { text: "Aspirin 81 mg oral tablet", rxnorm: "1191" };
const OXYCODONE = { text: "Oxycodone 5 mg oral tablet", rxnorm: "7804" };

export function medicationsOf(stay: Stay): readonly FhirResource[] {
  return [...home(stay), ...inpatient(stay), ...discharge(stay)];
}

function home(stay: Stay): readonly FhirResource[] {
  const asserted = at("05-06", "21:00");
  return [
    homeMedication(stay, "donepezil", {
      ...DONEPEZIL,
      dose: { value: 10, unit: "mg", route: "oral", times: 1 },
      asserted,
    }),
    homeMedication(stay, "lorazepam", {
      ...LORAZEPAM,
      dose: { value: 0.5, unit: "mg", route: "oral", asNeeded: "sleep" },
      status: "stopped",
      reason: "Delirium",
      asserted,
    }),
    homeMedication(stay, "aspirin", {
      ...ASPIRIN,
      dose: { value: 81, unit: "mg", route: "oral", times: 1 },
      status: "on-hold",
      reason: "While on enoxaparin, until 4 June 2026",
      asserted,
    }),
    homeMedication(stay, "calcium", {
      text: "Calcium carbonate with vitamin D",
      rxnorm: "1897",
      doseText: "1 tablet daily",
      asserted: null,
    }),
  ];
}

function inpatient(stay: Stay): readonly FhirResource[] {
  const cefazolin = { text: "Cefazolin 2 g injection", rxnorm: "2180" };
  return [
    ...given(stay, "cefazolin", {
      ...cefazolin,
      dose: { value: 2, unit: "g", route: "intravenous" },
      times: [at("05-07", "13:00")],
    }),
    medicationOrder(stay, "lorazepam", {
      ...LORAZEPAM,
      category: "inpatient",
      dose: { value: 0.5, unit: "mg", route: "oral", asNeeded: "sleep" },
      authored: at("05-07", "20:00"),
      status: "stopped",
      statusReason: "Delirium",
    }),
    ...given(stay, "lorazepam", {
      ...LORAZEPAM,
      dose: { value: 0.5, unit: "mg", route: "oral" },
      order: "lorazepam",
      times: [at("05-07", "22:00")],
    }),
    ...given(stay, "enoxaparin", {
      ...ENOXAPARIN,
      dose: { value: 40, unit: "mg", route: "subcutaneous" },
      times: [at("05-08", "09:00"), at("05-09", "09:00"), at("05-10", "09:00")],
    }),
    ...given(stay, "oxycodone", {
      ...OXYCODONE,
      dose: { value: 2.5, unit: "mg", route: "oral" },
      times: [at("05-08", "20:00"), at("05-09", "20:00")],
    }),
  ];
}

function discharge(stay: Stay): readonly FhirResource[] {
  const leaving = { category: "discharge", authored: at("05-13", "09:20"), by: "dr-tom-becker" } as const;
  return [
    medicationOrder(stay, "donepezil", {
      ...leaving,
      ...DONEPEZIL,
      dose: { value: 10, unit: "mg", route: "oral", times: 1 },
    }),
    medicationOrder(stay, "enoxaparin", {
      ...leaving,
      ...ENOXAPARIN,
      dose: { value: 40, unit: "mg", route: "subcutaneous", times: 1 },
      reason: "Prevention of thrombosis after hip surgery",
      days: 22,
    }),
    medicationOrder(stay, "acetaminophen", {
      ...leaving,
      ...ACETAMINOPHEN,
      dose: { value: 1000, unit: "mg", route: "oral", times: 3 },
    }),
    // The same substance by another order: together 5 g a day.
    medicationOrder(stay, "acetaminophen-again", {
      ...leaving,
      ...ACETAMINOPHEN,
      dose: { value: 500, unit: "mg", route: "oral", everyHours: 6, asNeeded: "pain" },
    }),
    medicationOrder(stay, "melatonin", {
      ...leaving,
      text: "Melatonin 3 mg oral tablet",
      rxnorm: "6711",
      dose: { value: 3, unit: "mg", route: "oral", times: 1, extra: "at bedtime" },
    }),
    medicationOrder(stay, "alendronate", {
      ...leaving,
      text: "Alendronate 70 mg oral tablet",
      rxnorm: "46041",
      dose: { value: 70, unit: "mg", route: "oral", extra: "once a week" },
      status: "draft",
      note: "To be started by the primary care physician once vitamin D is known.",
    }),
  ];
}
