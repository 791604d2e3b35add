/** German names of ingredients as the international ones: `Torasemid` is torsemide, `Metoprololsuccinat` is metoprolol. */

const names: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ass: "aspirin",
    acetylsalicylsäure: "aspirin",
    torasemid: "torsemide",
    metamizol: "metamizole",
    novalgin: "metamizole",
    novaminsulfon: "metamizole",
    marcumar: "phenprocoumon",
    clavulansäure: "clavulanate",
    levothyroxin: "levothyroxine",
    "l-thyroxin": "levothyroxine",
    kaliumchlorid: "potassium chloride",
    natriumchlorid: "sodium chloride",
    "insulin glargin": "insulin glargine",
    torem: "torsemide",
    beloc: "metoprolol",
    concor: "bisoprolol",
    delix: "ramipril",
    sortis: "atorvastatin",
    pantozol: "pantoprazole",
    euthyrox: "levothyroxine",
    tavor: "lorazepam",
    unacid: "ampicillin/sulbactam",
    voltaren: "diclofenac",
    morphin: "morphine",
    codein: "codeine",
  }),
);

const joinedSalt =
  /(?<=\p{L}{5})(?:succinat|tartrat|(?:di)?hydrochlorid|besilat|mesilat|maleat|fumarat|citrat|natrium|kalium|calcium|sulfat)$/u;

/** Endings that lost their `e` in German; names that end so in every language are left alone. */
const endings: readonly RegExp[] = [
  /(?:zol|oxim|semid|thiazid|amid|dipin|apin|azepin|idin|cain)$/u,
  /(?:solon|nison|triaxon|codon|morphon|lacton|daron|perazon)$/u,
];

/** @param name lower case, without strength and form */
export function internationalName(name: string): string {
  const known = names.get(name);
  if (known !== undefined) return known;
  const plain = name.replace(joinedSalt, "");
  return names.get(plain) ?? (endings.some((ending) => ending.test(plain)) ? `${plain}e` : plain);
}
