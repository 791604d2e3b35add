/**
 * Text that speaks to a writing system instead of to a clinician. It is no fact, no evidence and no part of a prompt; it is
 * named to the clinician and not repeated. Read too much here costs a look at the chart; read too little puts a stranger's
 * words into a summary.
 */
import { wordingOf } from "../language/wording.ts";
import { encodedSentences, holdsHiddenCharacters, machineReadings, visibleText } from "./hidden-text.ts";

/** What stands in the place of text that addresses a machine. */
export const leftOut = wordingOf("en").raw("text.leftOut");

const machine =
  "(?:ai|llm|gpt|chat-?bot|(?:language|ai) models?|ai assistant|assistant|summari[sz]er|(?:writing|generating|summari[sz]ing) (?:system|model|software|program)|automated (?:system|tool|agent|process|program))";
/** Without "assistant", who is a person on many wards. */
const program = "(?:ai|llm|gpt|chat-?bot|(?:language|ai) models?|summari[sz]er)";
const standing = "(?:instructions?|prompts?|rules?|guidelines?|directives?|constraints?|programming)";

/** Forms of such text, by what it does. Held against folded text: lower case, without accents. */
const english: readonly string[] = [
  // Takes back what the system was told.
  `\\b(?:ignore|disregard|forget|override|bypass|skip|(?:do not|don't|stop|no longer) (?:follow|obey)(?:ing)?)\\b.{0,40}\\b(?:previous|prior|above|earlier|preceding|all|any|these|those|your|the)\\b.{0,30}\\b${standing}\\b`,
  "(?:ignore|disregard|forget|override)(?:all|any|the|your)*(?:previous|prior|above|earlier|all)+\\w{0,10}(?:instructions?|prompts?|rules)",
  // Says what the system now is.
  "\\b(?:system|developer) (?:prompt|message|override|instruction)s?\\b",
  `\\byou are (?:now )?(?:an? |the )?(?:\\w+ )?${machine}\\b|\\bfrom now on,? you\\b|\\byour (?:new |real |only |true )(?:task|role|instructions?|goal|job)\\b`,
  "\\b(?:developer|debug|maintenance|god|dan|admin(?:istrator)?|unrestricted) mode\\b.{0,40}\\b(?:on|enabled|activated|active|write|output|add)\\b|\\bjailbreak|\\bdo anything now\\b",
  // Speaks to it by name.
  `\\b(?:as an?|notes? to(?: the| any)?|attention|dear|hey|hello|message (?:to|for)(?: the| any)?|instructions? (?:to|for)(?: the| any)?|if you are an?) ${machine}\\b`,
  `\\b${machine}(?:s|'s)?\\s*[,:;]\\s*(?:please |you )?(?:ignore|write|add|state|say|include|omit|output|report|list|delete|remove|replace|must|should|do not)\\b`,
  "\\bwhen (?:you )?(?:summari[sz]e|summari[sz]ing|writ(?:e|ing)|generat(?:e|ing)|process(?:ing)?)\\b.{0,30}\\b(?:this|the) (?:chart|record|note|text|document|patient|summary|discharge summary),?.{0,20}\\b(?:write|state|say|add|include|omit|output|always|never)\\b",
  `\\b(?:ensure|make sure|have|let|tell|ask|instruct)\\b.{0,15}\\b(?:the|any|your|this) ${program}\\b.{0,12}\\b(?:writ|say|stat|add|omit|includ|report|leav)`,
  `<!--\\s*(?:model|assistant|${program})\\s*[,:]`,
  // Speaks the protocol of a model's server.
  '"(?:choices|delta|tool_calls|function_call|finish_reason|factids)"\\s*:|\\bdata:\\s*(?:\\[done\\]|\\{\\s*")|</?(?:tool_call|function_call|tool|thinking)>',
  // Plays another part of the conversation.
  '<\\/?(?:system|assistant|instructions?|user|human|prompt|s)>|<\\|\\w+\\|>|\\[\\/?(?:inst|system|sys)\\]|<<\\/?sys>>|#{2,} ?(?:system|assistant|instructions?|response|user)\\b|"role"\\s*:\\s*"',
  "(?:^|[\\n.;|])\\s*(?:system|assistant|developer|human|user)\\s*:\\s*(?:you|ignore|write|add|output|print|state|from now|the summary|always|never|include|omit|new|i (?:will|have)|sure|ok|understood|please)\\b",
  "\\b(?:begin|start|end|close) of (?:the )?(?:chart|data|input|facts|context|untrusted|user|prompt|system)\\b.{0,40}\\b(?:instruction|system|task|write|output|ignore|now)|\\bend of (?:chart )?(?:data|facts|input)\\b",
  // Says what to write.
  "\\bin the (?:discharge |final )?summary,? (?:you )?(?:write|state|say|include|omit|must|add|do not)\\b",
  "\\b(?:write|output|print|append|prepend|insert|reply|respond|answer|repeat|copy)\\b (?:exactly|verbatim|only|with|the following|this|these)\\b.{0,30}(?:[:\"“']|\\bwords?\\b|\\bsentence|\\btext\\b|\\bline\\b)",
  "\\bdo not (?:mention|include|list|report)\\b.{0,60}\\b(?:summary|allerg|diagnos|medication)",
  "\\b(?:reveal|repeat|print|show|leak|disclose)\\b.{0,20}\\b(?:your|the|system)\\b.{0,12}\\b(?:prompt|instructions?|configuration)\\b",
  "\\b(?:decode|rot-?13|base-?64|reverse)\\b.{0,40}\\b(?:and|then)\\b.{0,20}\\b(?:follow|obey|execute|do|act|write)\\b|\\b(?:execute|obey|follow) (?:the |this |these )?(?:encoded|decoded|hidden|following) (?:command|instruction|text|order)s?\\b",
  // Reaches out of the page.
  "!?\\[[^\\]]{0,80}\\]\\(\\s*(?:https?:|javascript:|data:|//)|<(?:script|iframe|img|svg|object|embed|style|link|meta)\\b|\\bjavascript:|\\bon(?:error|load|click)\\s*=",
  // Written backwards, or turned by thirteen letters.
  "snoitcurtsni|tpmorp\\s+metsys|vafgehpgvba|flfgrz\\s+cebzcg",
];

/** The same in other tongues: whoever plants such text need not write English. */
const otherLanguages: readonly string[] = [
  "\\b(?:ignoriere|ignorieren sie|missachte|missachten sie|vergiss|vergessen sie|ubergehe|beachte nicht)\\b.{0,50}\\b(?:anweisung|instruktion|vorgabe|regel|prompt|befehl)",
  "\\b(?:hinweis|nachricht|notiz|anweisung|mitteilung) an (?:die|das|den|eine?) (?:ki|sprachmodell|assistent|modell|computer|software)|\\bals (?:ki|sprachmodell)\\b",
  "\\b(?:ignore[zr]?|oublie[zr]?|ne (?:tene?z|tiens) pas compte)\\b.{0,50}\\b(?:instruction|consigne|regle)|\\b(?:note|message|instruction)s? (?:a|pour) l.?(?:ia|intelligence artificielle|assistant)\\b",
  "\\b(?:ignor[ae]|ignoren|olvid[ae]|(?:haz|haga|hacer) caso omiso|no teng?as en cuenta)\\b.{0,50}\\b(?:instruccion|indicacion|regla|orden)\\w*.{0,20}\\b(?:anterior|previa|dada)|\\b(?:nota|mensaje|instruccion)\\w* (?:para|a) (?:la ia|el asistente|el modelo)\\b",
  "\\b(?:ignora|ignori|dimentica|trascura)\\b.{0,40}\\b(?:istruzion|regol|indicazion)\\w*|\\bnota per l.?(?:ia|assistente)\\b",
  "\\b(?:ignore|ignora|esqueca|desconsidere)\\b.{0,40}\\b(?:instruc|regra|orienta)\\w*|\\bnota para (?:a ia|o assistente|o modelo)\\b",
  "\\b(?:negeer|vergeet)\\b.{0,40}\\b(?:instructies|regels|opdrachten|aanwijzingen)\\b",
  "\\b(?:ignorera|ignorer|glem|glom|bortse fran)\\b.{0,40}\\b(?:instruktion|instruks|regler|anvisning)",
  "\\b(?:zignoruj|ignoruj|zapomnij|pomin)\\b.{0,50}\\b(?:instrukcj|polecen|zasad)",
  "\\b(?:onceki|yukar[iı]daki|tum)\\b.{0,40}(?:talimat|yonerge|kural).{0,40}(?:yok say|gormezden gel|unut|dikkate alma)",
  "(?:игнориру|забуд|не обраща|отмени|ігнору).{0,50}(?:инструкц|указан|правил|команд|інструкц|вказівк)",
  "(?:忽略|无视|無視|忽視|忘记|忘記|不要理会|不要遵守).{0,20}(?:指令|指示|提示|规则|規則|说明|說明|命令)",
  "(?:指示|命令|規則|プロンプト|ルール).{0,10}(?:無視|忘れ|従わ)",
  "(?:이전|앞선|모든|위의).{0,15}(?:지시|명령|규칙|프롬프트).{0,15}(?:무시|잊)",
  "(?:تجاهل|انس).{0,40}(?:التعليمات|الاوامر|القواعد|تعليمات)",
  "(?:התעלם|התעלמו|שכח).{0,40}(?:הוראות|הנחיות|כללים)",
  "(?:नरदश|आदश|नयम).{0,40}(?:अनदख|नजरअदज|भल)",
];

const addressing = new RegExp([...english, ...otherLanguages].map((form) => `(?:${form})`).join("|"), "su");
/** What such a text asks for may come first: "Write that ..., and ignore your rules." */
const ordering =
  /\b(?:write|state|add|say|insert|output|print|document|include|omit|append|record)\b\s+(?:that|exactly|only|the following|this|in the|:)/iu;

const longestCached = 200;
/** Most strings of a chart are the same few hundred names and phrases. */
const verdicts = new Map<string, boolean>();
const mostVerdicts = 10_000;

function judged(text: string): boolean {
  return (
    holdsHiddenCharacters(text) ||
    encodedSentences(text).length > 0 ||
    machineReadings(text).some((reading) => addressing.test(reading))
  );
}

/** True when the text contains instructions to a writing system, in plain sight or hidden. */
export function isSuspicious(text: string): boolean {
  if (text.length > longestCached) return judged(text);
  const known = verdicts.get(text);
  if (known !== undefined) return known;
  if (verdicts.size >= mostVerdicts) verdicts.clear();
  const verdict = judged(text);
  verdicts.set(text, verdict);
  return verdict;
}

/**
 * Where the last instruction of a suspicious text begins: the last word from which on the rest is still one. Found by
 * halving, because every look reads the rest of the text.
 */
function startOfLast(text: string): number {
  const starts = [...text.matchAll(/\S+/gu)].map(({ index }) => index);
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (isSuspicious(text.slice(starts[middle]))) low = middle;
    else high = middle - 1;
  }
  return starts[low] ?? 0;
}

/**
 * The text up to where it begins to speak to a machine, with a mark for what is left out: whoever plants an instruction
 * plants its end as well, so nothing behind it is trusted. Clean text comes back as it prints.
 */
export function withoutInstructions(text: string): string {
  if (!isSuspicious(text)) return visibleText(text);
  let kept = text;
  while (isSuspicious(kept)) kept = kept.slice(0, startOfLast(kept));
  const end = ordering.exec(kept)?.index ?? kept.length;
  const lead = visibleText(kept.slice(0, end)).replace(/["'(<[{#|*:\s-]+$/u, "");
  return lead === "" ? leftOut : `${lead} ${leftOut}`;
}
