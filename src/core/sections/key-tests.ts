/** Tests that a discharge summary shows although they are normal: the reader would look for them. LOINC codes. */
export const keyTests: ReadonlySet<string> = new Set([
  "2160-0", // creatinine
  "2823-3", // potassium
  "2951-2", // sodium
  "718-7", // haemoglobin
  "6690-2", // leukocytes
  "777-3", // platelets
  "6301-6", // INR
  "34714-6",
  "1988-5", // CRP
  "33762-6", // NT-proBNP
  "30934-4", // BNP
  "6598-7", // troponin T
  "10839-9", // troponin I
  "49563-0",
  "4548-4", // HbA1c
  "2345-7", // glucose
  "1975-2", // bilirubin
  "3094-0", // urea nitrogen
]);
