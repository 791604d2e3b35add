/**
 * The words with which a hospital course is told and which claim nothing by themselves. Every other word of a model's
 * sentence must stand in what it cites: so a new diagnosis, symptom, person or place is refused in any spelling, without
 * a list of all diseases. Left out on purpose: degrees (severe, mild), outcomes (improved, worsened, resolved, stable),
 * quantities in words (several, all, doubled) and causes.
 */
import { stemOf } from "./words.ts";

const frame = `
a about above after again along also although am an and another any are as at be because been before began being below between both but by came
concurrently consist consisted course currently did do does done due during each early either entire evening first followed following follows
for from given had has have having he her hers herself him himself his hospital how however i if in include included includes
including initial initially into is it its itself last late later latest meanwhile more morning most near next night no none nor not of on
once one only onto or other otherwise out over overall own per prior same she since so still subsequently such than that the
their them themselves then there thereafter these they this those though through throughout to together toward towards two under until
up upon via was were what when where whereas which while who whom whose will with within without yet`;

const story = `
admission admissions admit admitted admitting arrival arrive arrived arriving assessed assessment attended brought call called care carried
chart clinic clinical clinically clinician clinicians complete completed completing completion condition conditions consult consultation
consulted consulting continue continued continues continuing department describe described details develop developed diagnosed
diagnoses diagnosis discharge discharged discharging disease documented emergency encounter episode evaluated evaluation event evidence exam
examination examined experienced extended finding findings found gentleman grew had history home hospitalised hospitalization hospitalized
identified imaging impression indicate indicated initiate initiated initiation inpatient investigation investigations known lady level levels
list listed location made man management measure measured measurement monitored monitoring moved negative note noted notable notably
observed obtained occurred order ordered outpatient patient patients place placed inserted perform performed period person planned plan plans
present presentation presented presenting presents problem procedure procedures prompted range ranged ranging reading readings reason received
receiving record recorded records regimen remain remained remaining remains repeat repeated report reported reports result results return
returned reveal revealed review reviewed room routine said scan seen service show showed showing shown shows significant site stay stayed
stays study subsequent suggested summary taken takes taking team test tested testing tests therapy time took total transfer transferred
treat treated treating treatment treatments underwent undergone unit units used value values visit was ward went woman work
workup date`;

const medicines = `
administer administered administration begun bedtime daily discontinue discontinued dosage dose doses dosing drug drugs held hold holding
increase increased increases decrease decreased decreases infusion injected injection injections maintained medication medications medicine
medicines oral orally intravenous intravenously subcutaneous subcutaneously intramuscular mouth iv po prescribe prescribed prescription
prescriptions reduced raised rate resumed restarted route schedule start started starting stop stopped stopping switched changed tablet
tablets capsule capsules take taper tapered titrated`;

/** Words of movement and rank: allowed as words, and judged by trends.ts. */
const movement = `rise rises rising risen rose fall falls falling fell fallen drop dropped dropping climb climbed decline declined declining peak peaked
 peaking nadir maximum minimum highest lowest elevated high low higher lower raised up down trend trended improved improvement`;

const sayings: ReadonlySet<string> = new Set(
  `${frame} ${story} ${medicines} ${movement}`
    .split(/\s+/u)
    .filter((word) => word !== "" && word !== "improved" && word !== "improvement"),
);

/** Small words that no stem may stand in for: "ing" forms of them mean something else. */
const stems: ReadonlySet<string> = new Set([...sayings].filter((word) => word.length > 5).map(stemOf));

/** True for a word that tells and claims nothing. `word` in lower case. */
export function isNarrative(word: string): boolean {
  return sayings.has(word) || (word.length > 5 && stems.has(stemOf(word)));
}

/** Words that say the same in clinical English; each group by its stems. */
const groups: readonly (readonly string[])[] = [
  ["kidney", "renal"],
  ["heart", "cardiac"],
  ["lung", "pulmonary"],
  ["liver", "hepatic"],
  ["stomach", "gastric"],
  ["urethra", "urethral"],
  ["hypertension", "hypertensive"],
  ["diabetes", "diabetic"],
  ["fever", "febrile"],
  ["breathlessness", "dyspnea"],
  ["anemia", "anemic"],
  ["hematocrit", "hct"],
  ["echocardiogram", "echocardiography"],
  ["radiograph", "xr", "ray", "xray"],
  ["mr", "mri"],
  ["ecg", "ekg", "electrocardiogram", "electrocardiography"],
  ["transfused", "transfusion"],
  ["weight", "weighed"],
  ["ultrasound", "us"],
  ["infection", "infected"],
  ["surgery", "surgical"],
  ["operation", "operative"],
  ["postoperative", "postoperatively"],
  ["femur", "femoral"],
  ["chest", "thoracic"],
  ["brain", "cerebral"],
  ["confirmed", "confirmation"],
];

const synonymsByStem: ReadonlyMap<string, readonly string[]> = new Map(
  groups.flatMap((group) => group.map((member): [string, readonly string[]] => [stemOf(member), group.map(stemOf)])),
);

/** Stems that say the same as this one, itself included. */
export function synonymStems(stem: string): readonly string[] {
  return synonymsByStem.get(stem) ?? [stem];
}
