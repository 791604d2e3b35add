/**
 * Which medicines belong together, for two flags only: two of one class on the discharge list, and a medicine of a class the
 * patient is allergic to. A list of names, not advice: what to do about a flag is the clinician's decision.
 */
export interface DrugClass {
  readonly name: string;
  /** Ingredient names, lower case; a leading `-` marks an ending (`-pril`). */
  readonly members: readonly string[];
  /** How an allergy entry names the class. */
  readonly allergy?: RegExp;
  /** Two of them together are rarely meant. */
  readonly duplicate: boolean;
}

export const drugClasses: readonly DrugClass[] = [
  {
    name: "anticoagulants",
    members: [
      "warfarin",
      "apixaban",
      "rivaroxaban",
      "dabigatran",
      "edoxaban",
      "enoxaparin",
      "dalteparin",
      "fondaparinux",
      "heparin",
    ],
    duplicate: true,
  },
  { name: "P2Y12 inhibitors", members: ["clopidogrel", "ticagrelor", "prasugrel"], duplicate: true },
  {
    name: "ACE inhibitors and angiotensin receptor blockers",
    members: [
      "lisinopril",
      "enalapril",
      "ramipril",
      "captopril",
      "benazepril",
      "perindopril",
      "quinapril",
      "losartan",
      "valsartan",
      "candesartan",
      "irbesartan",
      "olmesartan",
      "telmisartan",
      "sacubitril",
    ],
    allergy: /\bace inhibitors?\b/iu,
    duplicate: true,
  },
  {
    name: "beta blockers",
    members: ["metoprolol", "carvedilol", "atenolol", "bisoprolol", "propranolol", "nebivolol", "labetalol"],
    duplicate: true,
  },
  {
    name: "statins",
    members: ["atorvastatin", "rosuvastatin", "simvastatin", "pravastatin", "lovastatin", "pitavastatin"],
    allergy: /\bstatine?s?\b/iu,
    duplicate: true,
  },
  {
    name: "proton pump inhibitors",
    members: ["omeprazole", "esomeprazole", "pantoprazole", "lansoprazole", "rabeprazole", "dexlansoprazole"],
    duplicate: true,
  },
  {
    name: "NSAIDs",
    members: ["ibuprofen", "naproxen", "ketorolac", "diclofenac", "indomethacin", "meloxicam", "celecoxib", "etodolac"],
    allergy: /\bnsaids?\b|\bnsa[ir]\b|non-?steroidal|nicht-?steroidal|\baspirin\b|acetylsalicyl|\bass\b/iu,
    duplicate: true,
  },
  {
    name: "salicylates",
    members: ["aspirin"],
    allergy: /\baspirin\b|salicyl|\bass\b|\bnsaids?\b|\bnsa[ir]\b/iu,
    duplicate: false,
  },
  {
    name: "benzodiazepines",
    members: ["lorazepam", "diazepam", "alprazolam", "clonazepam", "temazepam", "midazolam"],
    allergy: /benzodiazepin/iu,
    duplicate: true,
  },
  {
    name: "opioids",
    members: [
      "oxycodone",
      "hydrocodone",
      "morphine",
      "hydromorphone",
      "codeine",
      "fentanyl",
      "methadone",
      "tramadol",
      "tapentadol",
    ],
    allergy: /\bopioide?s?\b|\bopiate?s?\b/iu,
    duplicate: true,
  },
  {
    name: "selective serotonin reuptake inhibitors",
    members: ["sertraline", "fluoxetine", "citalopram", "escitalopram", "paroxetine"],
    duplicate: true,
  },
  {
    name: "penicillins",
    members: [
      "amoxicillin",
      "ampicillin",
      "penicillin",
      "penicillin v",
      "penicillin g",
      "piperacillin",
      "dicloxacillin",
      "nafcillin",
      "oxacillin",
    ],
    allergy: /penicillin|\b(?:amoxi|ampi|pipera|dicloxa|naf|oxa)cillin\b|augmentin|zosyn/iu,
    duplicate: true,
  },
  {
    name: "cephalosporins",
    members: [
      "ceftriaxone",
      "cefazolin",
      "cephalexin",
      "cefepime",
      "cefuroxime",
      "ceftazidime",
      "cefdinir",
      "cefmetazole",
      "cefpodoxime",
      "cefoxitin",
    ],
    allergy: /[ck]ephalosporin|\bcef[a-z]+\b|\bcephalexin\b/iu,
    duplicate: true,
  },
  {
    name: "sulfonamide antibiotics",
    members: ["sulfamethoxazole", "sulfadiazine"],
    allergy: /sulfonamid|\bsulfa\b|sulphonamide|sulfamethoxazole|bactrim|co-trimoxazole/iu,
    duplicate: false,
  },
  {
    name: "macrolides",
    members: ["azithromycin", "clarithromycin", "erythromycin"],
    allergy: /ma[ck]rolid|erythromycin|azithromycin|clarithromycin/iu,
    duplicate: true,
  },
  {
    name: "fluoroquinolones",
    members: ["ciprofloxacin", "levofloxacin", "moxifloxacin"],
    allergy: /[qc]h?u?inolon|\b\w+floxacin\b/iu,
    duplicate: true,
  },
  {
    name: "tetracyclines",
    members: ["doxycycline", "minocycline", "tetracycline"],
    allergy: /\b\w*[cz]y[ck]lin/iu,
    duplicate: true,
  },
  {
    name: "long-acting insulins",
    members: ["insulin glargine", "insulin detemir", "insulin degludec", "insulin nph"],
    duplicate: true,
  },
  { name: "loop diuretics", members: ["furosemide", "torsemide", "bumetanide"], duplicate: true },
];

/** Classes that an ingredient belongs to. */
export function classesOf(ingredient: string): readonly DrugClass[] {
  return drugClasses.filter(({ members }) => members.includes(ingredient));
}
