/** XML as a value: elements are put together by functions and written once, so that nothing reaches the text unescaped. */
import { escapeXml } from "../narrative.ts";

/** Markup that is complete and escaped. */
export type Xml = { readonly markup: string };

type Attributes = Readonly<Record<string, string | undefined>>;

/** Text, escaped. */
export const words = (text: string): Xml => ({ markup: escapeXml(text) });

/** An element; attributes without a value are left out, and so are children that are not there. */
export function element(name: string, attributes: Attributes = {}, ...children: readonly (Xml | undefined)[]): Xml {
  const written = Object.entries(attributes)
    .flatMap(([key, value]) => (value === undefined ? [] : [` ${key}="${escapeXml(value)}"`]))
    .join("");
  const content = children.map((child) => child?.markup ?? "").join("");
  return { markup: content === "" ? `<${name}${written}/>` : `<${name}${written}>${content}</${name}>` };
}
