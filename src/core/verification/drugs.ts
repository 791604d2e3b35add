/**
 * Which words are drugs. Three sources, because a made-up drug must be seen as a drug too: what the chart names, a list of
 * medicines in common hospital use, and the stems that the INN system gives to new names.
 */
import { ingredientsOf } from "../facts/drug-name.ts";
import type { KeyedValue, Recogniser } from "./value.ts";

export interface DrugLexicon {
  /** True for a single lower-case word that names a drug. */
  readonly isDrug: (word: string) => boolean;
}

/** Generic and brand names in common hospital use; a name under a stem below need not stand here. */
const common = `
abciximab acamprosate acarbose acetaminophen acetazolamide acetylcysteine acyclovir adalimumab adenosine adrenaline advair albumin albuterol
alendronate allopurinol alprazolam alteplase amantadine ambien amiloride aminophylline amiodarone amitriptyline amlodipine amoxicillin amphotericin
ampicillin anidulafungin apixaban aripiprazole ascorbic aspart aspirin atenolol ativan atorvastatin atropine augmentin azathioprine azithromycin
baclofen bactrim benadryl benzonatate bicarbonate bisacodyl bivalirudin botulinum brilinta bumetanide bumex bupivacaine buprenorphine bupropion
calcitriol calcium captopril carbamazepine carbidopa carboplatin cardizem carvedilol caspofungin cefazolin cefepime cefoxitin ceftazidime ceftriaxone
cefuroxime celecoxib cephalexin cetirizine chlorhexidine chlorpromazine chlorthalidone cholecalciferol ciprofloxacin cisatracurium cisplatin citalopram
clindamycin clonazepam clonidine clopidogrel clozapine codeine colace colchicine colecalciferol coreg coumadin cozaar crestor cyanocobalamin
cyclobenzaprine cyclophosphamide cyclosporine dalteparin dapagliflozin daptomycin degludec demerol depakote detemir dexamethasone dexmedetomidine
dextrose diazepam diclofenac digoxin dilantin dilaudid diltiazem diovan diphenhydramine dipyridamole dobutamine docusate donepezil dopamine doxazosin
doxycycline dulaglutide duloxetine eliquis empagliflozin enalapril enoxaparin entresto epinephrine epoetin eplerenone ertapenem erythromycin
escitalopram esomeprazole etomidate ezetimibe famotidine fentanyl ferrous filgrastim finasteride flecainide flomax fluconazole fludrocortisone
flumazenil fluoxetine fluticasone folate folic fondaparinux formoterol fosphenytoin furosemide gabapentin ganciclovir gentamicin glargine glimepiride
glipizide glucagon glucophage glyburide glycopyrrolate guaifenesin haldol haloperidol heparin humalog hydralazine hydrochlorothiazide hydrocodone
hydrocortisone hydromorphone hydroxychloroquine hydroxyzine ibuprofen imdur immunoglobulin infliximab insulin ipratropium iron isoniazid isosorbide
ivermectin januvia keppra ketamine ketorolac keflex klonopin labetalol lacosamide lactulose lamotrigine lantus lasix latanoprost levemir levetiracetam
levofloxacin levothyroxine lidocaine linagliptin linezolid lipitor lispro lisinopril lithium lopressor loperamide loratadine lorazepam losartan lovenox
magnesium mannitol meclizine medroxyprogesterone melatonin memantine meropenem mesalamine metamizole metformin methadone methimazole methocarbamol
methotrexate methylergonovine methylphenidate methylprednisolone metoclopramide metolazone metoprolol metronidazole micafungin midazolam midodrine
milrinone mirtazapine montelukast morphine motrin mycophenolate naloxone naltrexone naproxen narcan neurontin nexium niacin nicardipine nicotine
nifedipine nimodipine nitrofurantoin nitroglycerin nitroprusside norepinephrine noradrenaline norvasc novolog nystatin octreotide olanzapine
omeprazole ondansetron oseltamivir oxcarbazepine oxybutynin oxycodone oxycontin oxytocin pancuronium pantoprazole paracetamol paroxetine paxlovid
penicillin pepcid percocet phenobarbital phenylephrine phenytoin phytonadione piperacillin plavix polyethylene potassium pramipexole prasugrel
pravastatin prednisolone prednisone pregabalin prilosec prinivil procainamide prochlorperazine promethazine propofol propranolol propylthiouracil
protamine protonix prozac pyridostigmine quetiapine ramipril ranitidine ranolazine remdesivir rifampin rifaximin risperidone rituximab rivaroxaban
rocuronium ropinirole rosuvastatin sacubitril salbutamol salmeterol semaglutide senna sennosides seroquel sertraline sevelamer sildenafil
simvastatin sitagliptin spironolactone streptokinase succinylcholine sucralfate sulfamethoxazole sulfasalazine sumatriptan symbicort synthroid
tacrolimus tamoxifen tamsulosin tazobactam tenecteplase terazosin terbutaline thiamine ticagrelor tigecycline timolol tiotropium tobramycin
topiramate toprol torsemide tramadol tranexamic trazodone trimethoprim tylenol ursodiol valacyclovir valium valproate valproic vancomycin
vasopressin vecuronium venlafaxine ventolin verapamil vicodin vitamin voriconazole warfarin xanax xarelto zestril zithromax zocor zofran zoledronic
zoloft zolpidem zosyn zyprexa zyrtec`;
const commonNames = new Set(common.trim().split(/\s+/u));

const stems =
  /^(?:cef|ceph)\p{L}{4,}$|(?:pril|prilat|sartan|olol|statin|cillin|mycin|micin|cycline|floxacin|azole|prazole|dipine|semide|thiazide|gliptin|gliflozin|glutide|glitazone|xaban|gatran|parin|grel|[tlz][uio]?mab|tinib|ciclib|ciclovir|navir|buvir|tegravir|amivir|triptan|setron|lukast|terol|tropium|solone|olone|asone|onide|profen|coxib|caine|barbital|azepam|zolam|oxetine|triptyline|azapine|peridol|penem|fenac|gabalin|formin|dronate|dronic|afil|lamide|racetam|trexate|rubicin|platin|taxel|curium|curonium|fentanil|morphone|codone|orphan|orphine)$/u;

/** Words of a product's name that say nothing about the substance. */
const formWords = new Set(
  `tablet tablets oral capsule capsules solution injection injectable suspension extended release delayed hour hours film coated actuation inhaler
 metered dose powder cream ointment topical patch syrup drops spray prefilled syringe pen vial bag infusion intravenous mouth product disintegrating
 chewable unit units with and per daily for the human acid sodium chloride hydrochloride sulfate succinate tartrate maleate mesylate phosphate acetate
 citrate besylate anhydrous medication medicine drug normal saline water ringer lactated package package kit pack nasal rectal ophthalmic otic
 regular release sustained immediate dry mist`.split(/\s+/u),
);

const drugWord = /\p{L}[\p{L}]{3,}/gu;

/** Words of a medication's name that name the substance, in lower case. */
function substanceWords(name: string): readonly string[] {
  return (name.toLowerCase().match(drugWord) ?? []).filter((word) => !formWords.has(word));
}

/** Words that a stem takes for drugs and that are none. */
const noDrugs = new Set(["april"]);

/** True where a brand name stands for ingredients that `words` holds, or an ingredient's other name does. `word` in lower case. */
export function isDrugBehind(word: string, words: ReadonlySet<string>): boolean {
  const ingredients = ingredientsOf(word);
  return ingredients.length > 0 && ingredients.every((name) => name.split(" ").every((part) => words.has(part)));
}

/** A lexicon that also knows the names a chart uses. */
export function createDrugLexicon(chartNames: Iterable<string>): DrugLexicon {
  const chart = new Set<string>();
  for (const name of chartNames) for (const word of substanceWords(name)) chart.add(word);
  return { isDrug: (word) => chart.has(word) || commonNames.has(word) || (stems.test(word) && !noDrugs.has(word)) };
}

/** Recognises every word that the lexicon calls a drug; the key is the word in lower case. */
export function drugNames(lexicon: DrugLexicon): Recogniser {
  return (text) =>
    [...text.matchAll(drugWord)].flatMap((match): KeyedValue[] => {
      const key = match[0].toLowerCase();
      if (!lexicon.isDrug(key)) return [];
      return [{ kind: "drug", key, span: { start: match.index, end: match.index + match[0].length }, text: match[0] }];
    });
}
