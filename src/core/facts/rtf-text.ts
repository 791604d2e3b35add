/** Text out of Rich Text Format 1.9: what a reader sees, without fonts, pictures and fields' instructions. */

interface Group {
  /** The group's words are no text of the document. */
  hidden: boolean;
  /** How many characters stand behind each \u for readers that know no Unicode. */
  fallback: number;
}

/** Destinations that hold no text of the body. */
const apart = new Set(
  "fonttbl colortbl stylesheet listtable listoverridetable rsidtbl info pict object objdata header headerl headerr headerf footer footerl footerr footerf fldinst xmlnstbl themedata colorschememapping datastore latentstyles generator bkmkstart bkmkend filetbl revtbl".split(
    " ",
  ),
);

const characters: Readonly<Record<string, string>> = {
  par: "\n",
  line: "\n",
  sect: "\n",
  page: "\n",
  row: "\n",
  tab: " ",
  cell: " ",
  emspace: " ",
  enspace: " ",
  emdash: "—",
  endash: "–",
  lquote: "‘",
  rquote: "’",
  ldblquote: "“",
  rdblquote: "”",
  bullet: "•",
};

/** Control words with their number and the blank that ends them; \'hh; control symbols; braces; plain characters. */
const tokens =
  /\\(?<word>[a-z]{1,32})(?<number>-?\d{1,10})? ?|\\'(?<hex>[\da-f]{2})|\\(?<symbol>[^a-z])|(?<brace>[{}])|(?<plain>[^\\{}\r\n]+)/giu;

type ByteReader = (byte: number) => string;

const readers = new Map<number, ByteReader>();

/** Code pages as the encoding standard names them; Western where it knows none of that number. */
function readerOf(codePage: number): ByteReader {
  const known = readers.get(codePage);
  if (known !== undefined) return known;
  const isKnown = codePage >= 1250 && codePage <= 1258;
  const decoder = new TextDecoder(isKnown ? `windows-${codePage}` : "windows-1252");
  const reader = (byte: number): string => decoder.decode(Uint8Array.of(byte));
  readers.set(codePage, reader);
  return reader;
}

/** True for what begins as RTF does, whatever it is called. */
export function isRtf(text: string): boolean {
  return /^\s*\{\\rtf/u.test(text);
}

/** The body's text; lines at paragraphs, line breaks and rows. What is no RTF comes out as whatever text it holds. */
export function rtfText(rtf: string): string {
  const stack: Group[] = [];
  let group: Group = { hidden: false, fallback: 1 };
  let skip = 0;
  let characterOf = readerOf(1252);
  let text = "";
  const put = (words: string): void => {
    if (!group.hidden) text += words;
  };

  function control(word: string, number: number | undefined): void {
    if (word === "u" && number !== undefined) {
      // Numbers are signed 16-bit: what lies above 32767 is written as negative.
      put(String.fromCharCode(number < 0 ? number + 65_536 : number));
      skip = group.fallback;
    } else if (word === "uc") group.fallback = number ?? 1;
    else if (word === "ansicpg") characterOf = readerOf(number ?? 1252);
    else if (word === "v") group.hidden = number !== 0;
    else if (apart.has(word)) group.hidden = true;
    else put(characters[word] ?? "");
  }

  function symbolOf(symbol: string): void {
    if (symbol === "*") group.hidden = true;
    else if (symbol === "~") put(" ");
    else if (symbol === "_") put("-");
    else if (symbol === "\n" || symbol === "\r") put("\n");
    else if ("\\{}".includes(symbol)) put(symbol);
  }

  for (const { groups = {} } of rtf.matchAll(tokens)) {
    const { word, number, hex, symbol, brace, plain } = groups;
    if (brace === "{") {
      stack.push(group);
      group = { hidden: group.hidden, fallback: group.fallback };
    } else if (brace === "}") group = stack.pop() ?? { hidden: false, fallback: 1 };
    else if (word !== undefined) control(word.toLowerCase(), number === undefined ? undefined : Number(number));
    else if (hex !== undefined) {
      if (skip > 0) skip -= 1;
      else put(characterOf(parseInt(hex, 16)));
    } else if (symbol !== undefined) symbolOf(symbol);
    else if (plain !== undefined) {
      put(plain.slice(skip));
      skip = Math.max(0, skip - plain.length);
    }
  }
  return text
    .replaceAll(/[ \t]+/gu, " ")
    .replaceAll(/ *\n */gu, "\n")
    .trim();
}
