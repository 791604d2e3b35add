/** Reasons to be in hospital, each with what goes with it. */

export interface Named {
  readonly name: string;
  readonly snomed: string;
  readonly icd?: string;
}

export interface Scenario {
  readonly reason: string;
  readonly principal: Named;
  readonly others: readonly Named[];
  /** What was thought of and refuted. */
  readonly refuted: Named;
  /** Test name and direction in which it is out of range. */
  readonly labs: readonly (readonly [string, "high" | "low"])[];
  readonly imaging: { readonly name: string; readonly finding: string };
  readonly procedure?: { readonly name: string; readonly snomed: string; readonly sites?: readonly string[] };
  readonly plan: string;
}

const named = (name: string, snomed: string, icd?: string): Named => ({
  name,
  snomed,
  ...(icd === undefined ? {} : { icd }),
});

export const scenarios: readonly Scenario[] = [
  {
    reason: "Shortness of breath",
    principal: named("Acute on chronic systolic heart failure", "443254009", "I50.23"),
    others: [named("Acute kidney injury", "14669001", "N17.9"), named("Iron deficiency anemia", "87522002", "D50.9")],
    refuted: named("Pulmonary embolism", "59282003", "I26.99"),
    labs: [
      ["NT-proBNP", "high"],
      ["Creatinine", "high"],
      ["Sodium", "low"],
      ["Hemoglobin", "low"],
    ],
    imaging: { name: "Chest X-ray", finding: "Pulmonary vascular congestion with a small right pleural effusion." },
    procedure: { name: "Transthoracic echocardiography", snomed: "433236007" },
    plan: "Weigh daily and call for a gain of more than 2 kg in 3 days.",
  },
  {
    reason: "Fever and cough",
    principal: named("Community acquired pneumonia", "385093006", "J18.9"),
    others: [named("Hypoxemia", "389087006", "R09.02"), named("Hyponatremia", "89627008", "E87.1")],
    refuted: named("Lung abscess", "73452002", "J85.2"),
    labs: [
      ["Leukocytes", "high"],
      ["C-reactive protein", "high"],
      ["Sodium", "low"],
      ["Lactate", "high"],
    ],
    imaging: { name: "Chest X-ray", finding: "Consolidation of the left lower lobe." },
    procedure: { name: "Bronchoscopy", snomed: "10847001" },
    plan: "Finish the antibiotic course and rest at home for one week.",
  },
  {
    reason: "Fall with hip pain",
    principal: named("Fracture of neck of femur", "5913000", "S72.009A"),
    others: [named("Postoperative anemia", "275529001", "D62"), named("Osteoporosis", "64859006", "M81.0")],
    refuted: named("Subdural hematoma", "95453001", "S06.5X0A"),
    labs: [
      ["Hemoglobin", "low"],
      ["C-reactive protein", "high"],
      ["Albumin", "low"],
    ],
    imaging: { name: "X-ray of hip", finding: "Displaced fracture of the femoral neck." },
    procedure: { name: "Hemiarthroplasty of hip", snomed: "397956004", sites: ["Left hip", "Right hip"] },
    plan: "Full weight bearing with a walking frame.",
  },
  {
    reason: "Black stools",
    principal: named("Duodenal ulcer with hemorrhage", "27281001", "K26.4"),
    others: [
      named("Acute blood loss anemia", "413532003", "D62"),
      named("Helicobacter pylori infection", "307759003", "B96.81"),
    ],
    refuted: named("Esophageal varices", "28670008", "I85.00"),
    labs: [
      ["Hemoglobin", "low"],
      ["Platelets", "low"],
      ["INR", "high"],
    ],
    imaging: { name: "CT of abdomen", finding: "No free air and no active extravasation." },
    procedure: { name: "Esophagogastroduodenoscopy", snomed: "76009000" },
    plan: "No anti-inflammatory pain killers until the clinic visit.",
  },
  {
    reason: "Chest pain",
    principal: named("Non-ST segment elevation myocardial infarction", "401314000", "I21.4"),
    others: [
      named("Hypercholesterolemia", "13644009", "E78.00"),
      named("Type 2 diabetes mellitus", "44054006", "E11.9"),
    ],
    refuted: named("Aortic dissection", "308546005", "I71.00"),
    labs: [
      ["Troponin I", "high"],
      ["Glucose", "high"],
      ["Potassium", "low"],
    ],
    imaging: { name: "Chest CT", finding: "No mediastinal widening." },
    procedure: { name: "Percutaneous coronary intervention", snomed: "415070008" },
    plan: "Take both platelet inhibitors without interruption.",
  },
  {
    reason: "Right upper quadrant pain",
    principal: named("Acute cholecystitis", "65275009", "K81.0"),
    others: [named("Choledocholithiasis", "63432001", "K80.50"), named("Obesity", "414916001", "E66.9")],
    refuted: named("Acute pancreatitis", "197456007", "K85.90"),
    labs: [
      ["Bilirubin", "high"],
      ["Alanine aminotransferase", "high"],
      ["Leukocytes", "high"],
    ],
    imaging: { name: "Ultrasound of abdomen", finding: "Gallbladder wall thickening with stones." },
    procedure: { name: "Laparoscopic cholecystectomy", snomed: "45595009" },
    plan: "Keep the wounds dry for 2 days.",
  },
  {
    reason: "Confusion and fever",
    principal: named("Sepsis due to urinary tract infection", "1010210006", "A41.9"),
    others: [named("Delirium", "2776000", "R41.0"), named("Acute kidney injury", "14669001", "N17.9")],
    refuted: named("Bacterial meningitis", "95883001", "G00.9"),
    labs: [
      ["Lactate", "high"],
      ["Creatinine", "high"],
      ["Leukocytes", "high"],
      ["Platelets", "low"],
    ],
    imaging: { name: "Ultrasound of kidneys", finding: "Mild hydronephrosis of the right kidney." },
    procedure: { name: "Lumbar puncture", snomed: "277762005" },
    plan: "Drink at least 2 liters a day.",
  },
  {
    reason: "Weakness of the left arm",
    principal: named("Cerebral infarction", "432504007", "I63.9"),
    others: [named("Atrial fibrillation", "49436004", "I48.91"), named("Hypertension", "38341003", "I10")],
    refuted: named("Intracerebral hemorrhage", "274100004", "I61.9"),
    labs: [
      ["Glucose", "high"],
      ["INR", "high"],
      ["Potassium", "low"],
    ],
    imaging: { name: "MRI of brain", finding: "Restricted diffusion in the right middle cerebral artery territory." },
    procedure: { name: "Carotid ultrasound", snomed: "303936003" },
    plan: "Continue exercises of the arm three times a day.",
  },
  {
    reason: "Worsening wheeze",
    principal: named("Acute exacerbation of chronic obstructive airways disease", "195951007", "J44.1"),
    others: [
      named("Respiratory failure", "409622000", "J96.90"),
      named("Steroid-induced hyperglycemia", "190416008", "R73.9"),
    ],
    refuted: named("Pneumothorax", "36118008", "J93.9"),
    labs: [
      ["C-reactive protein", "high"],
      ["Glucose", "high"],
      ["Potassium", "low"],
    ],
    imaging: { name: "Chest X-ray", finding: "Hyperinflated lungs without consolidation." },
    plan: "Do not smoke and keep the rescue inhaler at hand.",
  },
];

export const earlierProblems: readonly Named[] = [
  named("Hypothyroidism", "40930008", "E03.9"),
  named("Gout", "90560007", "M10.9"),
  named("Benign prostatic hyperplasia", "266569009", "N40.0"),
  named("Depressive disorder", "35489007", "F32.A"),
  named("Psoriasis", "9014002", "L40.9"),
  named("Chronic kidney disease stage 3", "433144002", "N18.30"),
  named("Migraine", "37796009", "G43.909"),
];

export const incidentalFindings = [
  {
    finding: "Incidental 8 mm nodule in the right upper lobe; recommend CT of the chest in 3 months.",
    words: ["8 mm", "nodule", "3 months"],
  },
  {
    finding: "Incidental 14 mm adrenal nodule on the left; recommend endocrine evaluation.",
    words: ["14 mm", "adrenal"],
  },
  {
    finding: "Incidental 21 mm cyst of the left ovary; follow-up ultrasound in 6 weeks is recommended.",
    words: ["21 mm", "cyst", "6 weeks"],
  },
  {
    finding: "Incidental aneurysm of the abdominal aorta of 34 mm; surveillance in 12 months recommended.",
    words: ["34 mm", "aneurysm"],
  },
] as const;
