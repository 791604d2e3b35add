/** Each rule of the gate by sentences over one whole chart: what a clinician would write passes, its false twins do not. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { loadCharts } from "../../sandbox/charts/load.ts";
import { buildChart } from "../../src/core/chart/build-chart.ts";
import { recordedFacts } from "../../src/core/facts/extract.ts";
import type { GateContext } from "../../src/core/verification/gate/check.ts";
import { gateSentence } from "../../src/core/verification/gate/gate-sentence.ts";
import { personFact } from "../../src/generation/model/disclosure/disclosure.ts";

const timeZone = "America/Chicago";

function delgado(): GateContext {
  const [loaded] = loadCharts();
  assert.ok(loaded !== undefined);
  const resources = (loaded.bundle.entry ?? []).flatMap(({ resource }) => resource ?? []);
  const chart = buildChart({ resources, encounterId: loaded.encounterId });
  const facts = recordedFacts(chart, { timeZone });
  return { chart, facts: new Map(facts.map((fact) => [fact.id, fact])), chartFacts: facts, timeZone };
}

const context = delgado();

/** Facts by the beginning of their text, so that a test reads without a table of ids. */
function idsOf(...beginnings: readonly string[]): readonly string[] {
  return beginnings.map((beginning) => {
    const fact = [...context.facts.values()].find(({ text }) => text.startsWith(beginning));
    assert.ok(fact !== undefined, `a fact that begins with ${beginning}`);
    return fact.id;
  });
}

const judge = (text: string, ...beginnings: readonly string[]) =>
  gateSentence({ text, factIds: idsOf(...beginnings) }, context);

const peak = ["Creatinine 2.4", "Creatinine 1.4"] as const;
const echo = "Transthoracic echocardiogram on";
const [carvedilolOut, furosemideOut] = [
  "Carvedilol 6.25 mg oral tablet 6.25",
  "Furosemide 40 mg oral tablet 40 mg oral twice",
];

describe("the days of admission and discharge", () => {
  const stay = ["Admitted", "Discharge disposition", "Location: 4 West"] as const;
  it("are the stay's own", () => {
    for (const text of [
      "The patient was discharged on 15 March 2026.",
      "She was discharged home with home health nursing on 14 Mar 2026.",
      "The patient was admitted on 15 March 2026.",
      "The patient was admitted (admit source: accident/emergency) on 15 March 2026.",
    ])
      assert.ok(
        judge(text, ...stay).failures.some(({ kind }) => kind === "contradiction"),
        text,
      );
    assert.equal(judge("The patient was admitted on 14 March 2026.", "Admitted").passed, true);
  });

  it("of a stay that has not ended there is none", () => {
    const { end: _end, ...period } = context.chart.encounter.period ?? {};
    const open = { ...context, chart: { ...context.chart, encounter: { ...context.chart.encounter, period } } };
    const text = "The patient was discharged on 20 Mar 2026.";
    const { failures } = gateSentence({ text, factIds: idsOf("Discharge disposition", "Appointment") }, open);
    assert.ok(failures.some(({ kind }) => kind === "contradiction"));
  });
});

describe("the gate lets a clinician's wording through", () => {
  const good: readonly (readonly [string, ...string[]])[] = [
    [
      "The patient was admitted on 14 March 2026 with worsening shortness of breath and leg swelling.",
      "Admitted",
      "Reason",
    ],
    ["She presented with worsening shortness of breath and leg swelling for five days.", "Reason"],
    ["Chest X-ray showed cardiomegaly, interstitial oedema and a moderate right pleural effusion.", "XR Chest"],
    ["An echocardiogram on 15 March showed a left ventricular ejection fraction of 32%, previously 40%.", echo],
    [
      "She received IV furosemide 80 mg twice daily from 14 March 2026.",
      "Furosemide injection 80 mg intravenous twice",
    ],
    ["She was given Lasix 80 mg intravenously.", "Furosemide injection 80 mg intravenous (adm"],
    [
      "Pneumonia was ruled out and ceftriaxone was stopped.",
      "Pneumonia (ruled out",
      "Ceftriaxone 1 g injection 1 g intravenous once",
    ],
    ["Creatinine peaked at 2.4 mg/dL on 16 March and fell to 1.4 mg/dL by 20 March.", ...peak],
    ["Acute kidney injury resolved.", "Acute kidney injury"],
    ["On 18 March, creatinine was 1.71 mg/dL and sodium 137 mmol/L.", "Creatinine 1.71", "Sodium 137"],
    ["NT-proBNP decreased from 8420 pg/mL to 3110 pg/mL.", "NT-proBNP 8420", "NT-proBNP 3110"],
    ["A CT chest on 16 March showed an incidental 8 mm solid nodule in the right upper lobe.", "CT Chest"],
    ["Metformin was held because of kidney function.", "Metformin"],
    ["Ibuprofen was stopped because of acute kidney injury and heart failure.", "Ibuprofen"],
    ["Troponin was 31 ng/L on admission.", "Troponin"],
    ["The urinary catheter was in place from 14 to 16 March 2026.", "Device: Indwelling"],
    ["At discharge she was stable and walked 150 metres on room air without stopping.", "Condition at discharge"],
    ["She was discharged home with home health nursing.", "Discharge disposition"],
    ["Sodium rose from 131 mmol/L on admission to 138 mmol/L at discharge.", "Sodium 131", "Sodium 138"],
    [
      "Pleural fluid cytology is pending; the preliminary report describes reactive mesothelial cells.",
      "Pleural fluid cytology",
    ],
    [
      "Carvedilol was reduced to 6.25 mg twice daily.",
      carvedilolOut,
      "Carvedilol 12.5 mg oral tablet 12.5 mg oral twice",
    ],
    [
      "Apixaban 5 mg BID was continued.",
      "Apixaban 5 mg oral tablet 5 mg oral twice daily (discharge",
      "Apixaban 5 mg oral tablet 5 mg oral twice daily (statement",
    ],
    [
      "Glucose was elevated, ranging between 143 and 212 mg/dL.",
      "Glucose 212",
      "Glucose 168",
      "Glucose 151",
      "Glucose 143",
    ],
    ["Creatinine was 2.4 mg/dL on 16 March and 1.4 mg/dL on 20 March.", ...peak],
    [
      "She had acute kidney injury and received furosemide 80 mg.",
      "Acute kidney injury",
      "Furosemide injection 80 mg intravenous (adm",
    ],
    [
      "She presented with shortness of breath and leg swelling for five days, was admitted on 14 March 2026 and received furosemide 80 mg.",
      "Reason",
      "Admitted",
      "Furosemide injection 80 mg intravenous (adm",
    ],
    ["By the third hospital day creatinine had risen to 2.4 mg/dL.", "Creatinine 2.4"],
  ];
  for (const [text, ...facts] of good) it(text, () => assert.deepEqual(judge(text, ...facts).failures, []));
});

describe("what a real small model wrote, and every word of it was allowed", () => {
  const reason = "Reason for the encounter";
  it("says nothing, and falls", () => {
    for (const text of ["This hospital course of this inpatient stay.", "The patient underwent treatment.", "..."])
      assert.equal(judge(text, reason).passed, false, text);
  });
  it("makes a diagnosis of what brought the patient in", () => {
    const told = "worsening shortness of breath";
    assert.equal(judge(`The patient was admitted with ${told}.`, reason, "Admitted").passed, true);
    assert.ok(
      judge(`The patient's diagnosis is ${told}.`, reason).failures.some(({ kind }) => kind === "contradiction"),
    );
  });
});

describe("the age of the person", () => {
  const person = personFact(context.chart, timeZone);
  const admitted = [...context.facts.values()].find(({ text }) => text.startsWith("Admitted"));
  const gate = { ...context, facts: new Map([...context.facts, ...(person ? [[person.id, person] as const] : [])]) };
  const passes = (text: string): boolean =>
    gateSentence({ text, factIds: [person?.id ?? "", admitted?.id ?? ""] }, gate).passed;

  it("stands beside the day of the admission, and is no value of that day", () => {
    assert.ok(passes("A 67-year-old woman was admitted on 14 March 2026."));
    assert.ok(!passes("A 76-year-old woman was admitted on 14 March 2026."));
    assert.ok(!passes("A 67-year-old woman was admitted on 15 March 2026."));
  });
});

describe("the gate refuses the false twin", () => {
  const bad: Readonly<Record<string, readonly (readonly [string, ...string[]])[]>> = {
    "a diagnosis, finding, person or place that nobody cited, in any case": [
      ["The patient was found to have acute kidney injury and sepsis.", "Acute kidney injury"],
      ["the patient was found to have acute kidney injury from amyloidosis.", "Acute kidney injury"],
      ["Acute kidney injury was seen by dr. smithson.", "Acute kidney injury"],
      ["She was transferred to the mayo clinic.", "Location: 4 West"],
    ],
    "values of two facts mixed": [
      ["On 18 March, creatinine was 137 mg/dL and sodium 1.71 mmol/L.", "Creatinine 1.71", "Sodium 137"],
      ["Creatinine was 2.4 mg/dL on 20 March 2026.", ...peak],
      [
        "She was discharged on carvedilol 40 mg twice daily and furosemide 6.25 mg twice daily.",
        carvedilolOut,
        furosemideOut,
      ],
      [
        "She was discharged on carvedilol 6.25 mg once daily and spironolactone 25 mg twice daily.",
        carvedilolOut,
        "Spironolactone",
      ],
      [
        "She was discharged on oral carvedilol 6.25 mg intravenously.",
        carvedilolOut,
        "Furosemide injection 80 mg intravenous (adm",
      ],
      ["On 20 March, creatinine was 2.4 mg/dL.", ...peak],
      ["She received Xarelto 80 mg.", "Furosemide injection 80 mg intravenous (adm"],
      ["She received Coreg 80 mg.", carvedilolOut, "Furosemide injection 80 mg intravenous (adm"],
      ["The left ventricular ejection fraction was 40%, previously 32%.", echo],
    ],
    "a value on a day that is another's, and a length of time of another thing": [
      ["Creatinine was 2.4 mg/dL on 16 and 20 March 2026.", ...peak],
      ["Creatinine was 2.4 mg/dL on 16 March and again on 20 March 2026.", ...peak],
      ["On 16 March and 20 March 2026, creatinine was 2.4 mg/dL.", ...peak],
      ["Furosemide 80 mg was given for five days.", "Furosemide injection 80 mg intravenous (adm", "Reason"],
      ["For five days she received furosemide.", "Furosemide injection 80 mg intravenous (adm", "Reason"],
    ],
    "movement and rank against the numbers": [
      ["Creatinine rose from 2.4 mg/dL to 1.4 mg/dL.", ...peak],
      ["Creatinine peaked at 1.71 mg/dL on 18 March 2026.", "Creatinine 1.71"],
      ["The potassium was high at 3.3 mmol/L.", "Potassium 3.3"],
      ["The sodium was low at 138 mmol/L.", "Sodium 138"],
      ["Creatinine doubled to 2.4 mg/dL.", "Creatinine 2.4"],
      ["Creatinine ranged between 1.4 and 1.71 mg/dL.", "Creatinine 1.71", "Creatinine 1.4"],
      ["Creatinine was under 2.4 mg/dL.", "Creatinine 2.4"],
      ["Creatinine was about 2 mg/dL.", "Creatinine 2.4"],
      ["Sodium was 145 mmol/L.", "Sodium 138"],
    ],
    "another order in time": [
      ["Sodium was 138 mmol/L on admission.", "Sodium 138"],
      ["Creatinine at discharge was 2.4 mg/dL.", "Creatinine 2.4"],
      [
        "Furosemide was first given on 16 March 2026.",
        "Furosemide injection 80 mg intravenous (administration, completed) on 16",
      ],
      ["Creatinine was 2.4 mg/dL on hospital day 5.", "Creatinine 2.4"],
      ["The echocardiogram was performed after the chest CT.", echo, "CT Chest"],
    ],
    "what became of a medicine": [
      ["Metformin was continued.", "Metformin"],
      ["Apixaban 5 mg twice daily was continued before admission.", "Apixaban"],
      ["The patient was admitted on 14 March 2026, to be seen by the home nurse.", "Admitted"],
      ["Ceftriaxone was continued.", "Ceftriaxone 1 g injection 1 g intravenous once"],
      ["Carvedilol was stopped.", carvedilolOut],
      ["Digoxin was prescribed at discharge.", "Digoxin"],
      ["Ibuprofen was prescribed at discharge.", "Ibuprofen"],
      ["Carvedilol 12.5 mg was given on 14 March 2026.", "Carvedilol 12.5 mg oral tablet 12.5 mg oral (administration"],
      ["Apixaban was newly started.", "Apixaban 5 mg oral tablet 5 mg oral twice daily (discharge"],
    ],
    "a side of another part": [
      ["CT showed a nodule in the left upper lobe.", "CT Chest", echo],
      ["There was a moderate left pleural effusion.", "XR Chest", echo],
    ],
    "what its evidence denies, or says of another time": [
      ["Thrombus was seen on echocardiogram.", echo],
      ["Consolidation was present on CT.", "CT Chest"],
      ["Ejection fraction was 15 mm.", echo],
      ["Lisinopril was given.", "Lisinopril"],
      ["The patient smokes.", "Tobacco"],
      ["The patient was found to have type 2 diabetes mellitus on this admission.", "Type 2"],
    ],
    "a degree of another thing": [
      ["The patient was found to have chronic heart failure with acute kidney failure.", "Acute on chronic"],
      ["An echocardiogram showed moderate wall thickness.", echo],
    ],
    "a cause that no fact tells": [
      [
        "Furosemide 80 mg was given because of acute kidney injury.",
        "Furosemide injection 80 mg intravenous (adm",
        "Acute kidney injury",
      ],
      ...[
        "Acute kidney injury was treated with furosemide 80 mg.",
        "The patient was found to have acute kidney injury and was treated with furosemide.",
        "The patient was found to have acute kidney injury, for which furosemide was given.",
        "Acute kidney injury was found, so furosemide was given.",
        "Furosemide was given to treat acute kidney injury.",
        "Furosemide was given for the treatment of acute kidney injury.",
      ].map((text): [string, string, string] => [
        text,
        "Furosemide injection 80 mg intravenous (adm",
        "Acute kidney injury",
      ]),
      ["Acute kidney injury was due to heart failure.", "Acute kidney injury", "Acute on chronic"],
    ],
    "the chart's own structured facts": [
      ["She has no allergies.", "Admitted"],
      ["He was admitted on 14 March 2026.", "Admitted"],
      ["She was discharged to a nursing facility.", "Discharge disposition"],
    ],
  };
  for (const [rule, sentences] of Object.entries(bad))
    for (const [text, ...facts] of sentences)
      it(`${rule}: ${text}`, () => assert.equal(judge(text, ...facts).passed, false));
});
