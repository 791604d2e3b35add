/** What the hospital's laboratory measures: LOINC, unit as printed, UCUM, reference range and panic limits. */

export interface Analyte {
  readonly loinc: string;
  readonly display: string;
  readonly unit: string;
  readonly ucum: string;
  readonly low?: number;
  readonly high?: number;
  readonly panicLow?: number;
  readonly panicHigh?: number;
}

type Limits = Pick<Analyte, "low" | "high" | "panicLow" | "panicHigh">;

function analyte(loinc: string, display: string, unit: string, ucum: string, limits: Limits = {}): Analyte {
  return { loinc, display, unit, ucum, ...limits };
}

export const ANALYTES = {
  sodium: analyte("2951-2", "Sodium", "mmol/L", "mmol/L", { low: 136, high: 145, panicLow: 120, panicHigh: 160 }),
  potassium: analyte("2823-3", "Potassium", "mmol/L", "mmol/L", { low: 3.5, high: 5.1, panicLow: 2.5, panicHigh: 6 }),
  bicarbonate: analyte("1963-8", "Bicarbonate", "mmol/L", "mmol/L", { low: 22, high: 29 }),
  creatinine: analyte("2160-0", "Creatinine", "mg/dL", "mg/dL", { low: 0.6, high: 1.2, panicHigh: 5 }),
  "creatinine-si": analyte("14682-9", "Creatinine", "µmol/L", "umol/L", { low: 53, high: 106 }),
  urea: analyte("3094-0", "Urea nitrogen", "mg/dL", "mg/dL", { low: 7, high: 20 }),
  glucose: analyte("2345-7", "Glucose", "mg/dL", "mg/dL", { low: 70, high: 99, panicLow: 40, panicHigh: 450 }),
  "glucose-si": analyte("14749-6", "Glucose", "mmol/L", "mmol/L", { low: 3.9, high: 5.5 }),
  magnesium: analyte("19123-9", "Magnesium", "mg/dL", "mg/dL", { low: 1.7, high: 2.4 }),
  calcium: analyte("17861-6", "Calcium", "mg/dL", "mg/dL", { low: 8.6, high: 10.2 }),
  albumin: analyte("1751-7", "Albumin", "g/dL", "g/dL", { low: 3.5, high: 5 }),
  hemoglobin: analyte("718-7", "Hemoglobin", "g/dL", "g/dL", { low: 12, high: 16, panicLow: 7 }),
  leukocytes: analyte("6690-2", "Leukocytes", "10*3/uL", "10*3/uL", { low: 4.5, high: 11 }),
  platelets: analyte("777-3", "Platelets", "10*3/uL", "10*3/uL", { low: 150, high: 400, panicLow: 20 }),
  probnp: analyte("33762-6", "NT-proBNP", "pg/mL", "pg/mL", { high: 300 }),
  troponin: analyte("89579-7", "Troponin I, high sensitivity", "ng/L", "ng/L", { high: 14 }),
  hba1c: analyte("4548-4", "Hemoglobin A1c", "%", "%", { low: 4, high: 5.6 }),
  tsh: analyte("3016-3", "TSH", "mIU/L", "m[IU]/L", { low: 0.4, high: 4 }),
  ferritin: analyte("2276-4", "Ferritin", "ng/mL", "ng/mL", { low: 30, high: 300 }),
  lactate: analyte("2524-7", "Lactate", "mmol/L", "mmol/L", { low: 0.5, high: 2, panicHigh: 4 }),
  crp: analyte("1988-5", "C-reactive protein", "mg/L", "mg/L", { high: 5 }),
  "vancomycin-trough": analyte("4092-3", "Vancomycin trough", "mcg/mL", "ug/mL", { low: 10, high: 20 }),
  inr: analyte("6301-6", "INR", "{INR}", "{INR}", { low: 0.9, high: 1.1, panicHigh: 5 }),
  "d-dimer": analyte("48065-7", "D-dimer", "ng/mL FEU", "ng/mL{FEU}", { high: 500 }),
  "vitamin-d": analyte("1989-3", "25-hydroxyvitamin D", "ng/mL", "ng/mL", { low: 30, high: 100 }),
  bilirubin: analyte("1975-2", "Total bilirubin", "mg/dL", "mg/dL", { low: 0.2, high: 1.2 }),
} as const satisfies Record<string, Analyte>;

export type AnalyteName = keyof typeof ANALYTES;

export const PANELS = {
  bmp: { loinc: "24321-2", display: "Basic metabolic panel" },
  cbc: { loinc: "58410-2", display: "Complete blood count" },
  cardiac: { loinc: "33762-6", display: "Cardiac markers" },
  sepsis: { loinc: "2524-7", display: "Sepsis markers" },
  coagulation: { loinc: "34528-0", display: "Coagulation panel" },
} as const;

export type PanelName = keyof typeof PANELS;
