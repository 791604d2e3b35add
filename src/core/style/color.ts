/** Colours as an EHR's style gives them, and their contrast (WCAG 2.2, "relative luminance" and "contrast ratio"). */

/** Red, green, blue: 0 to 255. */
export type Color = readonly [red: number, green: number, blue: number];

const hex = /^#(?:[0-9a-f]{3}|[0-9a-f]{6})$/iu;
const rgb = /^rgb\(\s*(?<r>\d{1,3})\s*,\s*(?<g>\d{1,3})\s*,\s*(?<b>\d{1,3})\s*\)$/iu;

/**
 * `#rgb`, `#rrggbb` or `rgb(r, g, b)`. Everything else is undefined: names, functions, variables, and colours one can see
 * through, whose contrast depends on what lies under them.
 */
export function parseColor(text: string): Color | undefined {
  const value = text.trim();
  if (hex.test(value)) {
    const digits = value.slice(1);
    const whole = digits.length === 6 ? digits : digits.replaceAll(/./gu, "$&$&");
    const part = (at: number): number => Number.parseInt(whole.slice(at, at + 2), 16);
    return [part(0), part(2), part(4)];
  }
  const groups = rgb.exec(value)?.groups;
  if (groups === undefined) return undefined;
  const [red, green, blue] = [Number(groups["r"]), Number(groups["g"]), Number(groups["b"])];
  return Math.max(red, green, blue) <= 255 ? [red, green, blue] : undefined;
}

/** `#rrggbb`: the only form in which a colour leaves here, whatever form it came in. */
export function hexOf(color: Color): string {
  return `#${color.map((part) => Math.round(part).toString(16).padStart(2, "0")).join("")}`;
}

/** 0 for black, 1 for white. */
export function luminance(color: Color): number {
  const [red, green, blue] = color.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** 1 for the same colour, 21 for black on white; the order does not matter. */
export function contrast(a: Color, b: Color): number {
  const [light, dark] = [luminance(a), luminance(b)].toSorted((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/** `share` of `over` on `under`, by each part. */
export function mix(over: Color, under: Color, share: number): Color {
  return over.map((part, index) => Math.round(part * share + (under[index] ?? 0) * (1 - share))) as unknown as Color;
}
