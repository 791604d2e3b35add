/** Drug names: the ingredients behind brand names, strengths, forms and salts, so that two entries can be told to be one medicine. */
import type { CodeableConcept, Coding, Medication } from "fhir/r4.js";
import { codingsOf, list } from "../chart/readable.ts";
import { cleanName } from "./concept.ts";
import { internationalName } from "./german-drug-name.ts";

/** Brand -> ingredient, and the names that differ across the Atlantic. Only names in wide hospital use; a miss shows as unmatched. */
const synonyms: ReadonlyMap<string, string> = new Map(
  Object.entries({
    lasix: "furosemide",
    coumadin: "warfarin",
    jantoven: "warfarin",
    eliquis: "apixaban",
    xarelto: "rivaroxaban",
    pradaxa: "dabigatran",
    plavix: "clopidogrel",
    brilinta: "ticagrelor",
    effient: "prasugrel",
    lovenox: "enoxaparin",
    lipitor: "atorvastatin",
    crestor: "rosuvastatin",
    zocor: "simvastatin",
    zestril: "lisinopril",
    prinivil: "lisinopril",
    vasotec: "enalapril",
    altace: "ramipril",
    cozaar: "losartan",
    diovan: "valsartan",
    atacand: "candesartan",
    norvasc: "amlodipine",
    lopressor: "metoprolol",
    toprol: "metoprolol",
    coreg: "carvedilol",
    tenormin: "atenolol",
    aldactone: "spironolactone",
    glucophage: "metformin",
    januvia: "sitagliptin",
    jardiance: "empagliflozin",
    farxiga: "dapagliflozin",
    lantus: "insulin glargine",
    basaglar: "insulin glargine",
    toujeo: "insulin glargine",
    semglee: "insulin glargine",
    humalog: "insulin lispro",
    novolog: "insulin aspart",
    tylenol: "acetaminophen",
    paracetamol: "acetaminophen",
    advil: "ibuprofen",
    motrin: "ibuprofen",
    aleve: "naproxen",
    toradol: "ketorolac",
    prilosec: "omeprazole",
    nexium: "esomeprazole",
    protonix: "pantoprazole",
    prevacid: "lansoprazole",
    pepcid: "famotidine",
    ventolin: "albuterol",
    proair: "albuterol",
    salbutamol: "albuterol",
    spiriva: "tiotropium",
    synthroid: "levothyroxine",
    deltasone: "prednisone",
    augmentin: "amoxicillin/clavulanate",
    zosyn: "piperacillin/tazobactam",
    rocephin: "ceftriaxone",
    cipro: "ciprofloxacin",
    zithromax: "azithromycin",
    flagyl: "metronidazole",
    bactrim: "sulfamethoxazole/trimethoprim",
    septra: "sulfamethoxazole/trimethoprim",
    "co-trimoxazole": "sulfamethoxazole/trimethoprim",
    keflex: "cephalexin",
    zoloft: "sertraline",
    lexapro: "escitalopram",
    ambien: "zolpidem",
    ativan: "lorazepam",
    xanax: "alprazolam",
    valium: "diazepam",
    percocet: "oxycodone/acetaminophen",
    norco: "hydrocodone/acetaminophen",
    vicodin: "hydrocodone/acetaminophen",
    neurontin: "gabapentin",
    keppra: "levetiracetam",
    flomax: "tamsulosin",
    advair: "fluticasone/salmeterol",
    symbicort: "budesonide/formoterol",
    aspirin: "aspirin",
    "acetylsalicylic acid": "aspirin",
    asa: "aspirin",
    clavulanate: "clavulanate",
    "clavulanic acid": "clavulanate",
    frusemide: "furosemide",
    adrenaline: "epinephrine",
    noradrenaline: "norepinephrine",
    glyceryl: "nitroglycerin",
    cholecalciferol: "vitamin d",
    ns: "sodium chloride",
    "normal saline": "sodium chloride",
    "humulin n": "insulin nph",
    "novolin n": "insulin nph",
    "nph insulin": "insulin nph",
    "insulin isophane": "insulin nph",
    "humulin r": "insulin regular",
    "novolin r": "insulin regular",
    actrapid: "insulin regular",
    humulin: "insulin nph/insulin regular",
    novolin: "insulin nph/insulin regular",
    levemir: "insulin detemir",
    tresiba: "insulin degludec",
    apidra: "insulin glulisine",
    fiasp: "insulin aspart",
    entresto: "sacubitril/valsartan",
    hyzaar: "losartan/hydrochlorothiazide",
    zestoretic: "lisinopril/hydrochlorothiazide",
    exforge: "amlodipine/valsartan",
    caduet: "amlodipine/atorvastatin",
    lotrel: "amlodipine/benazepril",
    janumet: "sitagliptin/metformin",
    duoneb: "ipratropium/albuterol",
    combivent: "ipratropium/albuterol",
    ultracet: "tramadol/acetaminophen",
    hct: "hydrochlorothiazide",
    hctz: "hydrochlorothiazide",
  }),
);

const salts =
  /\b(?:hydrochloride|hcl|sodium|potassium|calcium|succinate|tartrate|besylate|mesylate|maleate|fumarate|citrate|phosphate|sulfate|sulphate|acetate|bromide|dihydrate|monohydrate|anhydrous|trihydrate|cilexetil|medoxomil|magnesium|disodium|erbumine|bitartrate)\b/gu;
const forms =
  /\b(?:oral|tablets?|tabs?|capsules?|caps?|injectable|injection|solution|suspension|extended|delayed|release|er|xr|xl|sr|dr|ec|cr|la|film|coated|chewable|disintegrating|sublingual|topical|cream|ointment|patch|transdermal|auto-injector|inhaler|inhalation|inhalant|metered|dose|nebuli[sz]er|powder|prefilled|syringe|pen|vial|nasal|spray|drops?|ophthalmic|otic|rectal|suppository|gel|lotion|24|12|hr|hour|actuat|pack|bag|diskus|hfa|respimat|ellipta|handihaler|turbuhaler|kwikpen|flexpen|flextouch|solostar|infusion|intravenous|iv|po|ds|ss|forte|(?:extra|regular|maximum|double|single)[\s-]strength|filmtabletten?|retardtabletten?|tabletten?|tbl|kapseln?|tropfen|retard)\b/gu;
const strengths =
  /\b\d+(?:[.,]\d+)?(?:\s*-\s*\d+(?:[.,]\d+)?)?\s*(?:mg|mcg|ug|µg|g|ml|l|unt|units?|iu|meq|mmol|%|mg\/ml|mg\/actuat|mcg\/actuat|mg\/mg|unt\/ml|meq\/ml)(?:\/(?:\d*\s*)?(?:ml|actuat|hr|mg|g|l|h))?(?![a-z])/gu;

/** Salts that are the medicine itself: with only a salt left the name would be empty or another drug. */
const saltIsDrug =
  /\b(?:sodium (?:chloride|bicarbonate|fluoride)|potassium (?:chloride|citrate|phosphate)|calcium (?:carbonate|gluconate|acetate)|magnesium (?:sulfate|oxide)|ferrous (?:sulfate|fumarate|gluconate)|calcium)\b/u;

function ingredientOf(part: string): string | undefined {
  const plain = part.replaceAll(/\s+/gu, " ").trim();
  const known = synonyms.get(plain);
  if (known !== undefined) return known;
  const stripped = saltIsDrug.test(plain) ? plain : plain.replaceAll(salts, " ").replaceAll(/\s+/gu, " ").trim();
  const name = internationalName(stripped === "" ? plain : stripped);
  return name === "" ? undefined : (synonyms.get(name) ?? name);
}

/**
 * Ingredient names inside a printed drug name, lower case, sorted: `lisinopril 10 MG Oral Tablet [Zestril]` ->
 * `["lisinopril"]`, `Fluticasone/Salmeterol (Advair)` -> `["fluticasone", "salmeterol"]`.
 */
export function ingredientsOf(name: string): readonly string[] {
  const plain = name
    .toLowerCase()
    .replaceAll(/\[[^\]]*\]|\([^)]*\)/gu, " ")
    .replaceAll(/\bnda\d+\b/gu, " ")
    .replaceAll(strengths, " ")
    .replaceAll(forms, " ")
    .replaceAll(/\b\d+(?:\.\d+)?\b/gu, " ");
  // `piperacillin-tazobactam` is two ingredients, `co-trimoxazole` and `25-hydroxyvitamin` are not.
  const parts = plain
    .replaceAll(/(?<=[a-z]{6})-(?=[a-z]{6})|(?<=[a-z]{4})[\s-]+(?=hctz?\b)/gu, "/")
    .split(/\s*\/\s*|\s+and\s+|\s*\+\s*|\s-\s|;/u);
  const ingredients = parts.flatMap((part) => ingredientOf(part.replaceAll(/[,.]+$/gu, "")) ?? []);
  return [...new Set(ingredients.flatMap((ingredient) => ingredient.split("/")))].toSorted();
}

function codeKey(coding: Coding): readonly string[] {
  if (coding.code === undefined || coding.code === "") return [];
  const system = /rxnorm/u.test(coding.system ?? "") ? "rxnorm" : (coding.system ?? "");
  return [`${system}|${coding.code}`.toLowerCase()];
}

/** Codes of a medicine and of the ingredients that its Medication resource names, RxNorm first. */
export function codeKeys(concept: CodeableConcept | undefined, medication: Medication | undefined): readonly string[] {
  const items = list(medication?.ingredient).map((ingredient) => ingredient.itemCodeableConcept);
  const keys = [concept, ...(items.length === 1 ? items : [])].flatMap((item) => codingsOf(item).flatMap(codeKey));
  return [...new Set(keys)].toSorted(
    (a, b) => Number(b.startsWith("rxnorm|")) - Number(a.startsWith("rxnorm|")) || (a < b ? -1 : 1),
  );
}

/** Names of the ingredients of a Medication resource, where it lists them. */
export function listedIngredients(medication: Medication | undefined): readonly string[] {
  return list(medication?.ingredient).flatMap((ingredient) => {
    const concept = ingredient.itemCodeableConcept;
    const name = cleanName(concept?.text) ?? cleanName(concept?.coding?.[0]?.display);
    return name === undefined ? [] : ingredientsOf(name);
  });
}
