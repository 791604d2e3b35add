/** The text of a note: attachments decoded, markup taken off. */

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " " };

/** Text of an HTML or XHTML fragment: block ends become line breaks, entities characters. */
export function stripMarkup(markup: string): string {
  return markup
    .replaceAll(/<(?:br|\/p|\/div|\/li|\/tr|\/h\d)[^>]*>/giu, "\n")
    .replaceAll(/<[^>]*>/gu, " ")
    .replaceAll(/&(?:#(\d+)|#x([\da-f]+)|(\w+));/giu, (whole, decimal?: string, hex?: string, name?: string) => {
      if (name !== undefined) return entities[name.toLowerCase()] ?? whole;
      const code = decimal === undefined ? Number.parseInt(hex ?? "", 16) : Number(decimal);
      return code > 0 && code <= 0x10_ff_ff ? String.fromCodePoint(code) : whole;
    });
}

/** Decoded text of an inline text attachment; undefined where it is no text (PDF, image) or has no data. */
export function attachmentText(attachment: {
  readonly contentType?: unknown;
  readonly data?: unknown;
}): string | undefined {
  const { contentType = "text/plain", data } = attachment;
  if (typeof data !== "string" || typeof contentType !== "string") return undefined;
  if (!/^(?:text\/|application\/(?:xhtml\+xml|xml))/iu.test(contentType)) return undefined;
  const text = Buffer.from(data, "base64").toString("utf8");
  return /html|xml/iu.test(contentType) ? stripMarkup(text) : text;
}
