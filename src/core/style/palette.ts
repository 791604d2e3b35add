/**
 * The page's colours, and which of them stand on which. The style sheet holds the same values (a test compares them), so
 * that a page whose script does not run is readable too.
 */
import type { Color } from "./color.ts";
import { parseColor } from "./color.ts";

export type Scheme = "light" | "dark";

/** Names of the style sheet's custom properties, without their dashes. */
export const tokens = [
  "ground",
  "paper",
  "ink",
  "soft",
  "control",
  "accent",
  "accent-soft",
  "accent-strong",
  "on-accent",
  "draft",
  "draft-soft",
  "signed",
  "signed-soft",
  "alert",
  "alert-soft",
  "alert-strong",
  "on-alert",
  "own",
  "bar",
  "on-bar",
  "off",
  "off-ink",
] as const;

export type Token = (typeof tokens)[number];
export type Palette = Readonly<Record<Token, Color>>;

function palette(values: Readonly<Record<Token, string>>): Palette {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, parseColor(value) ?? [0, 0, 0]]),
  ) as unknown as Palette;
}

export const palettes: Readonly<Record<Scheme, Palette>> = {
  light: palette({
    ground: "#f6f7f9",
    paper: "#ffffff",
    ink: "#1c2733",
    soft: "#4b5866",
    control: "#76838f",
    accent: "#0b5394",
    "accent-soft": "#e6f0fa",
    "accent-strong": "#083f71",
    "on-accent": "#ffffff",
    draft: "#7a4b00",
    "draft-soft": "#fff3da",
    signed: "#1b5e33",
    "signed-soft": "#e4f3e8",
    alert: "#97201c",
    "alert-soft": "#fdecea",
    "alert-strong": "#6f1714",
    "on-alert": "#ffffff",
    own: "#5b3a8c",
    bar: "#22364a",
    "on-bar": "#ffffff",
    off: "#eceff2",
    "off-ink": "#59646f",
  }),
  dark: palette({
    ground: "#12181f",
    paper: "#1b232c",
    ink: "#e6ebf0",
    soft: "#a9b5c1",
    control: "#7b8997",
    accent: "#7db8f0",
    "accent-soft": "#1f3247",
    "accent-strong": "#a5cff7",
    "on-accent": "#0d1721",
    draft: "#f0c173",
    "draft-soft": "#3a2c10",
    signed: "#86d3a0",
    "signed-soft": "#173324",
    alert: "#f29a94",
    "alert-soft": "#43201e",
    "alert-strong": "#f7bcb8",
    "on-alert": "#1d0b0a",
    own: "#c5a8f0",
    bar: "#2a3c4f",
    "on-bar": "#ffffff",
    off: "#2a333c",
    "off-ink": "#a3afbb",
  }),
};

/** WCAG 2.2, 1.4.3: text. */
export const textRatio = 4.5;
/** WCAG 2.2, 1.4.11: borders of controls, marks of focus and state. */
export const controlRatio = 3;

/** What stands on what in the page. */
export const pairs: readonly (readonly [over: Token, under: Token, ratio: number])[] = [
  ...(["ground", "paper", "accent-soft", "alert-soft"] as const).map((under) => ["ink", under, textRatio] as const),
  ...(["ground", "paper"] as const).map((under) => ["soft", under, textRatio] as const),
  ...(["ground", "paper", "accent-soft"] as const).map((under) => ["accent", under, textRatio] as const),
  ...(["accent", "accent-strong"] as const).map((under) => ["on-accent", under, textRatio] as const),
  ...(["alert", "alert-strong"] as const).map((under) => ["on-alert", under, textRatio] as const),
  ...(["paper", "accent-soft", "draft-soft"] as const).map((under) => ["draft", under, textRatio] as const),
  ...(["paper", "accent-soft"] as const).map((under) => ["own", under, textRatio] as const),
  ["signed", "signed-soft", textRatio],
  ["on-bar", "bar", textRatio],
  ["off-ink", "off", textRatio],
  ["control", "paper", controlRatio],
  ["control", "ground", controlRatio],
  ["alert", "alert-soft", controlRatio],
  ["alert", "ground", controlRatio],
  ["signed", "ground", controlRatio],
];
