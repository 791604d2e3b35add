/** Laboratory tests: unit, reference range, usual values, and the second unit in which some laboratories report them. */

export interface LabTest {
  readonly name: string;
  readonly loinc: string;
  readonly unit: string;
  readonly low: number;
  readonly high: number;
  readonly decimals: number;
  /** Factor from `unit` into the other unit. */
  readonly other?: { readonly unit: string; readonly factor: number; readonly decimals: number };
}

const row = (
  name: string,
  loinc: string,
  unit: string,
  low: number,
  high: number,
  decimals: number,
  other?: LabTest["other"],
): LabTest => ({ name, loinc, unit, low, high, decimals, ...(other === undefined ? {} : { other }) });

export const labTests: readonly LabTest[] = [
  row("Creatinine", "2160-0", "mg/dL", 0.6, 1.2, 2, { unit: "umol/L", factor: 88.4, decimals: 0 }),
  row("Potassium", "2823-3", "mmol/L", 3.5, 5.1, 1),
  row("Sodium", "2951-2", "mmol/L", 136, 145, 0),
  row("Hemoglobin", "718-7", "g/dL", 12, 16, 1, { unit: "g/L", factor: 10, decimals: 0 }),
  row("Leukocytes", "6690-2", "10*3/uL", 4, 11, 1),
  row("Platelets", "777-3", "10*3/uL", 150, 400, 0),
  row("C-reactive protein", "1988-5", "mg/L", 0, 5, 1),
  row("Glucose", "2345-7", "mg/dL", 70, 110, 0, { unit: "mmol/L", factor: 0.0555, decimals: 1 }),
  row("Lactate", "2524-7", "mmol/L", 0.5, 2, 1),
  row("Troponin I", "10839-9", "ng/mL", 0, 0.04, 2),
  row("Bilirubin", "1975-2", "mg/dL", 0.2, 1.2, 1, { unit: "umol/L", factor: 17.1, decimals: 0 }),
  row("NT-proBNP", "33762-6", "pg/mL", 0, 300, 0),
  row("Alanine aminotransferase", "1742-6", "U/L", 0, 45, 0),
  row("Albumin", "1751-7", "g/dL", 3.5, 5, 1),
  row("INR", "6301-6", "1", 0.8, 1.2, 1),
];

/** Tests that no scenario measures: a challenge may add values to them without disturbing a series. */
export const challengeTests = {
  twoUnits: [
    row("Cholesterol", "2093-3", "mg/dL", 120, 200, 0, { unit: "mmol/L", factor: 0.0259, decimals: 1 }),
    row("Uric acid", "3084-1", "mg/dL", 3.4, 7, 1, { unit: "umol/L", factor: 59.48, decimals: 0 }),
    row("Calcium", "17861-6", "mg/dL", 8.6, 10.2, 1, { unit: "mmol/L", factor: 0.25, decimals: 2 }),
  ],
  magnesium: row("Magnesium", "19123-9", "mg/dL", 1.7, 2.4, 1),
  phosphate: row("Phosphate", "2777-1", "mg/dL", 2.5, 4.5, 1),
  procalcitonin: row("Procalcitonin", "33959-8", "ng/mL", 0, 0.5, 2),
  amylase: row("Amylase", "1798-8", "U/L", 30, 110, 0),
  creatineKinase: row("Creatine kinase", "2157-6", "U/L", 30, 200, 0),
} as const;

export const awaitedTests = [
  { name: "Blood culture", loinc: "600-7" },
  { name: "Surgical pathology", loinc: "11529-5" },
  { name: "Vitamin B12", loinc: "2132-9" },
  { name: "Anti-nuclear antibodies", loinc: "8061-4" },
  { name: "Urine culture", loinc: "630-4" },
  { name: "Thyrotropin", loinc: "3016-3" },
  { name: "Ferritin", loinc: "2276-4" },
  { name: "Hepatitis C antibody", loinc: "16128-1" },
  { name: "Serum protein electrophoresis", loinc: "24351-9" },
] as const;
