/** Medicines with their RxNorm ingredient, the strengths in which they are given, and why one would end them. */

export interface Drug {
  readonly name: string;
  readonly rxnorm: string;
  readonly unit: string;
  readonly strengths: readonly number[];
  readonly route: "oral" | "subcutaneous" | "intravenous" | "inhalation";
  /** Times a day. */
  readonly times: readonly number[];
  readonly brand?: string;
  readonly stopReason: string;
}

const row = (
  name: string,
  rxnorm: string,
  unit: string,
  strengths: readonly number[],
  times: readonly number[],
  stopReason: string,
  brand?: string,
  route: Drug["route"] = "oral",
): Drug => ({ name, rxnorm, unit, strengths, route, times, stopReason, ...(brand === undefined ? {} : { brand }) });

export const drugs: readonly Drug[] = [
  row("Furosemide", "4603", "mg", [20, 40, 80], [1, 2], "volume depletion", "Lasix"),
  row("Metoprolol succinate", "866924", "mg", [25, 50, 100], [1], "bradycardia"),
  row("Lisinopril", "29046", "mg", [5, 10, 20, 40], [1], "hyperkalemia", "Zestril"),
  row("Amlodipine", "17767", "mg", [2.5, 5, 10], [1], "ankle swelling", "Norvasc"),
  row("Atorvastatin", "83367", "mg", [20, 40, 80], [1], "muscle pain", "Lipitor"),
  row("Apixaban", "1364430", "mg", [2.5, 5], [2], "bleeding", "Eliquis"),
  row("Metformin", "6809", "mg", [500, 850, 1000], [1, 2], "reduced kidney function", "Glucophage"),
  row("Insulin glargine", "274783", "units", [10, 14, 18, 24], [1], "hypoglycemia", "Lantus", "subcutaneous"),
  row("Levothyroxine", "10582", "mcg", [50, 75, 100, 125], [1], "suppressed TSH", "Synthroid"),
  row("Omeprazole", "7646", "mg", [20, 40], [1], "no further indication"),
  row("Spironolactone", "9997", "mg", [12.5, 25, 50], [1], "hyperkalemia"),
  row("Gabapentin", "25480", "mg", [100, 300, 600], [2, 3], "drowsiness", "Neurontin"),
  row("Sertraline", "36437", "mg", [25, 50, 100], [1], "hyponatremia"),
  row("Tamsulosin", "77492", "mg", [0.4], [1], "orthostatic hypotension"),
  row("Allopurinol", "519", "mg", [100, 300], [1], "rash"),
  row("Aspirin", "1191", "mg", [81, 100], [1], "gastrointestinal bleeding"),
  row("Clopidogrel", "32968", "mg", [75], [1], "planned surgery", "Plavix"),
  row("Tiotropium", "69120", "mcg", [18], [1], "dry mouth", undefined, "inhalation"),
  row("Ramipril", "35296", "mg", [2.5, 5, 10], [1, 2], "cough"),
  row("Hydrochlorothiazide", "5487", "mg", [12.5, 25], [1], "hyponatremia"),
  row("Ibuprofen", "5640", "mg", [400, 600], [3], "acute kidney injury"),
  row("Tramadol", "10689", "mg", [50, 100], [2, 3], "confusion"),
  row("Prednisone", "8640", "mg", [5, 10, 20, 40], [1], "course completed"),
  row("Rosuvastatin", "301542", "mg", [10, 20], [1], "muscle pain", "Crestor"),
  row("Bisoprolol", "19484", "mg", [2.5, 5, 10], [1], "bradycardia"),
  row("Doxycycline", "3640", "mg", [100], [2], "course completed"),
  row("Cefuroxime", "2194", "mg", [250, 500], [2], "course completed"),
  row("Rivaroxaban", "1114195", "mg", [10, 15, 20], [1], "bleeding", "Xarelto"),
];

export const hospitalDrugs: readonly Drug[] = [
  row("Ceftriaxone", "2193", "g", [1, 2], [1], "course completed", undefined, "intravenous"),
  row("Enoxaparin", "67108", "mg", [40], [1], "mobile again", undefined, "subcutaneous"),
  row("Ondansetron", "26225", "mg", [4, 8], [3], "no more nausea", undefined, "intravenous"),
  row("Acetaminophen", "161", "mg", [500, 1000], [3, 4], "no more pain", "Tylenol"),
  row("Vancomycin", "11124", "mg", [1000, 1250], [2], "cultures negative", undefined, "intravenous"),
];
