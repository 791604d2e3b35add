/**
 * An EHR's look (SMART App Launch 2.2, "Styling"): what of it the page takes over. A value counts only where it has the
 * strict form below and every pair of colours that it touches keeps its contrast; the page is a clinical tool first.
 */
import { z } from "zod";
import type { Color } from "./color.ts";
import type { Palette, Scheme, Token } from "./palette.ts";
import { contrast, hexOf, luminance, mix, parseColor } from "./color.ts";
import { pairs, palettes } from "./palette.ts";

/** Members of the style document; the specification has these eleven. */
export const styleNames = [
  "color_background",
  "color_text",
  "color_highlight",
  "color_error",
  "color_success",
  "color_modal_backdrop",
  "dim_border_radius",
  "dim_font_size",
  "dim_spacing_size",
  "font_family_body",
  "font_family_heading",
] as const;

export type StyleName = (typeof styleNames)[number];

export interface PageStyle {
  /** Which of the page's palettes lies under the EHR's colours; absent where it gives none, and the user's choice holds. */
  readonly scheme?: Scheme;
  /** Custom properties by name, with their dashes; values are made here, never passed through. */
  readonly properties: Readonly<Record<string, string>>;
  /** Values that were given and not taken over. */
  readonly leftOut: readonly StyleName[];
}

const member = z.string().max(300).optional().catch(undefined);
const document = z.object(Object.fromEntries(styleNames.map((name) => [name, member])));

/** Decides what the page takes over. Unknown members are ignored; a document that is no object gives nothing. */
export function pageStyle(given: unknown): PageStyle {
  const found = document.safeParse(given).data ?? {};
  // An empty string is how the specification's own example leaves a value open.
  const values = new Map(
    styleNames.flatMap((name) => {
      const value = found[name]?.trim() ?? "";
      return value === "" ? [] : [[name, value] as const];
    }),
  );
  const colors = pageColors(values);
  const properties = { ...colors.properties, ...measures(values), ...fonts(values) };
  const taken = new Set(
    styleNames.filter((name) => colors.taken.has(name) || Object.hasOwn(properties, propertyOf[name])),
  );
  return {
    ...(colors.scheme === undefined ? {} : { scheme: colors.scheme }),
    properties,
    leftOut: [...values.keys()].filter((name) => !taken.has(name)),
  };
}

/** The custom property that shows whether a value was taken. */
const propertyOf: Readonly<Record<StyleName, string>> = {
  color_background: "--ground",
  color_text: "--ink",
  color_highlight: "--accent",
  color_error: "--alert",
  color_success: "--signed",
  color_modal_backdrop: "--backdrop",
  dim_border_radius: "--radius",
  dim_font_size: "--text-size",
  dim_spacing_size: "--space",
  font_family_body: "--font-body",
  font_family_heading: "--font-heading",
};

type Values = ReadonlyMap<StyleName, string>;

const white: Color = [255, 255, 255];
const black: Color = [0, 0, 0];
const nearBlack: Color = [13, 23, 33];

/** Light text wants a dark palette under it: below this luminance a ground counts as dark. */
const darkBelow = 0.18;

function schemeFor(ground: Color | undefined, text: Color | undefined): Scheme {
  if (ground !== undefined) return luminance(ground) < darkBelow ? "dark" : "light";
  return text !== undefined && luminance(text) > 0.5 ? "dark" : "light";
}

/** A colour with the shades that the page needs beside it. */
function shades(name: "accent" | "alert", color: Color, scheme: Scheme, paper: Color): Partial<Palette> {
  const on = contrast(color, white) >= contrast(color, nearBlack) ? white : nearBlack;
  return {
    [name]: color,
    [`${name}-soft`]: mix(color, paper, scheme === "light" ? 0.1 : 0.2),
    [`${name}-strong`]: mix(color, on === white ? black : white, 0.78),
    [`on-${name}`]: on,
  };
}

/** What a colour changes in the palette. */
const changes: Partial<Record<StyleName, (color: Color, scheme: Scheme, palette: Palette) => Partial<Palette>>> = {
  color_background: (color) => ({ ground: color }),
  color_text: (color) => ({ ink: color }),
  color_highlight: (color, scheme, { paper }) => shades("accent", color, scheme, paper),
  color_error: (color, scheme, { paper }) => shades("alert", color, scheme, paper),
  color_success: (color, scheme, { paper }) => ({
    signed: color,
    "signed-soft": mix(color, paper, scheme === "light" ? 0.1 : 0.2),
  }),
};

/** True when every pair that one of these tokens is part of keeps its contrast. */
function holds(palette: Palette, touched: readonly string[]): boolean {
  return pairs.every(
    ([over, under, ratio]) =>
      (!touched.includes(over) && !touched.includes(under)) || contrast(palette[over], palette[under]) >= ratio,
  );
}

/** Takes the colours one after the other, each checked against the palette as it stands by then. */
function pageColors(values: Values) {
  const colorOf = (name: StyleName): Color | undefined => parseColor(values.get(name) ?? "");
  const scheme = schemeFor(colorOf("color_background"), colorOf("color_text"));
  let palette = palettes[scheme];
  const taken = new Set<StyleName>();
  const touched = new Set<Token>();
  for (const [name, change] of Object.entries(changes) as [StyleName, NonNullable<(typeof changes)[StyleName]>][]) {
    const color = colorOf(name);
    if (color === undefined) continue;
    const part = change(color, scheme, palette);
    const next = { ...palette, ...part };
    if (!holds(next, Object.keys(part))) continue;
    palette = next;
    taken.add(name);
    for (const token of Object.keys(part) as Token[]) touched.add(token);
  }
  const properties: Record<string, string> = {};
  for (const token of touched) properties[`--${token}`] = hexOf(palette[token]);
  const backdrop = colorOf("color_modal_backdrop");
  // Nothing is written on it, and what lies behind must stay recognisable.
  if (backdrop !== undefined) properties["--backdrop"] = `rgb(${backdrop.join(" ")} / 55%)`;
  return { properties, taken, ...(taken.size === 0 ? {} : { scheme }) };
}

/** Pixels within bounds that keep the page usable: targets of 24 px, text that can be read, room for the text at 320 px. */
const bounds = {
  dim_border_radius: [0, 16],
  dim_font_size: [14, 24],
  dim_spacing_size: [8, 32],
} as const;

function pixels(values: Values, name: keyof typeof bounds): number | undefined {
  const digits = /^(?<digits>\d{1,3}(?:\.\d{1,2})?)px$/u.exec(values.get(name) ?? "")?.groups?.["digits"];
  const [low, high] = bounds[name];
  const size = Number(digits ?? Number.NaN);
  return size >= low && size <= high ? size : undefined;
}

function measures(values: Values): Record<string, string> {
  const [radius, text, space] = [
    pixels(values, "dim_border_radius"),
    pixels(values, "dim_font_size"),
    pixels(values, "dim_spacing_size"),
  ];
  return {
    ...(radius === undefined ? {} : { "--radius": `${radius}px` }),
    // A share of the browser's own size: who has set larger text there keeps it.
    ...(text === undefined ? {} : { "--text-size": `${(text / 16) * 100}%` }),
    ...(space === undefined ? {} : { "--space": `${space}px` }),
  };
}

const family =
  /^(?:"(?<double>[A-Za-z0-9 _-]{1,60})"|'(?<single>[A-Za-z0-9 _-]{1,60})'|(?<bare>-?[A-Za-z][A-Za-z0-9 _-]{0,60}))$/u;
const keyword = /^(?:serif|sans-serif|monospace|cursive|fantasy|system-ui|ui-[a-z-]+|-apple-system)$/u;

/** Names of fonts that the workstation has; none is fetched. */
function families(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const parts = text.split(",").map((part) => family.exec(part.trim())?.groups);
  if (parts.length > 10 || parts.includes(undefined)) return undefined;
  const names = parts.map((groups) => groups?.["double"] ?? groups?.["single"] ?? groups?.["bare"] ?? "");
  return names.map((name) => (keyword.test(name) ? name : `"${name}"`)).join(", ");
}

function fonts(values: Values): Record<string, string> {
  const [body, heading] = [families(values.get("font_family_body")), families(values.get("font_family_heading"))];
  return {
    ...(body === undefined ? {} : { "--font-body": `${body}, sans-serif` }),
    ...(heading === undefined ? {} : { "--font-heading": `${heading}, sans-serif` }),
  };
}
