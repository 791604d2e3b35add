/**
 * The template's own vocabulary: words that say how the chart is read, and no clinical value. Every other word of a sentence
 * must stand in a cited resource. A drug, a disease, a name or a finding never belongs here.
 */
const words = `
a about above assigned diagnoses names abnormal active addressed admission admit admitted after allergies allergy also among an and another appointment are as assessments at attending
available be been before below between bilateral by came care changed chart check chief class code coded complaint computer condition conflict contains continued
contradicts critically daily date date days decided devices diagnosed diagnosis directions discharge discharged disposition documented dose draft due duplicate during
earlier encounter end ended entries entry every fell finding first five follow for four frequency from function given goals had heart held high history holds home
hospital hospitalization hours immunization immunizations in ingredient inhaled intramuscular intravenous is it its last late left level list listed lists location locations low
marked medication medications medicine medicines minutes monitoring monthly more namely needed needing neither new news2 no normal nor not note notes now of on once one only
open operative or oral order ordered orders other out outstanding over oxygen paused performed plan possible predicted preliminary present principal problem problems
procedure range rate reaction reads reason record recorded records reference referral regular repeatedly report reported respiratory responsible result results review right
rising rose routine ruled same saturation score scores screenings see settled severity shown signs six so social source stable started state status stay still stopped
subcutaneous summary supply task taken temperature text than that the them then there this three throughout times to topical trend twice unclear undated undetermined unit units
until use value values vital was weekly weight were which with within worst would written year years yet apart falling corrected administrative consciousness
confirmed blood pressure flow pain clinician asked patient has whether tell does cancelled stop stands anything their they far neither oxygen barthel index glasgow coma
comorbidities outcome criticality flag x10 before statement former past each omitted here text quoted text addressed instruction instructions teaching elsewhere immunization since summary followed task about asked were as recorded paused several anticoagulants p2y12 inhibitors ace angiotensin receptor blockers beta statins proton pump nsaids benzodiazepines opioids selective serotonin reuptake penicillins cephalosporins macrolides fluoroquinolones tetracyclines loop diuretics
test another has its antibiotic susceptibility marked resolved may contradict none drug food environmental allergies while has
inserted removal place says but known what settled forbids
born birth data gestational age feeding screening mother child delivery pregnancy transferred receiving facility running observed observation died death cause circumstances notification autopsy donation explanation explained risks capacity decide form signed leaving against advice medical hand
you these diagnoses named possible history family have when under came because take use go taking any ask your doctor pause prescription says mouth vein skin muscle breathing mist tongue rectum how next visit leave need tells
family oral nebulized sublingual rectal mmhg mcg c follow up needed intake planned hold status unknown completion administered stated unit weekly monthly once
`;

export const templateWords: ReadonlySet<string> = new Set(words.split(/\s+/u).filter((word) => word !== ""));
