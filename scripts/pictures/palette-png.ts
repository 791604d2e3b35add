/** A screenshot with a palette of 256 colours: a third of the bytes, and no difference that an eye sees on a page of text. */
import { crc32, deflateSync, inflateSync } from "node:zlib";

const signatureBytes = 8;
const bytesAPixel = 3;
const paletteSize = 256;

interface Pixels {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue of each pixel, row by row. */
  readonly rgb: Buffer;
}

/** `png` as Chromium writes it (8 bits, RGB, not interlaced); throws where it is not. */
export function withPalette(png: Buffer): Buffer {
  const { width, height, rgb } = decode(png);
  const colours = colourNumbers(rgb);
  const { palette, indexOf } = reduced(colours);
  // A filter byte 0 leads each row: on flat colour the others only add noise.
  const rows = Buffer.alloc(height * (width + 1));
  for (const [at, colour] of colours.entries()) rows[at + Math.floor(at / width) + 1] = indexOf.get(colour) ?? 0;
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 3, 0, 0, 0]);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  return Buffer.concat([
    png.subarray(0, signatureBytes),
    chunk("IHDR", header),
    chunk("PLTE", Buffer.from(palette.flatMap(channels))),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const made = Buffer.alloc(body.length + 8);
  made.writeUInt32BE(data.length, 0);
  body.copy(made, 4);
  made.writeUInt32BE(crc32(body), body.length + 4);
  return made;
}

function decode(png: Buffer): Pixels {
  const header = dataOf(png, "IHDR");
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  if (header.toString("hex", 8) !== "0802000000") throw new Error("the screenshot is no 8-bit RGB picture");
  return { width, height, rgb: unfiltered(inflateSync(dataOf(png, "IDAT")), width * bytesAPixel, height) };
}

/** The data of all chunks of one type, in order. */
function dataOf(png: Buffer, wanted: string): Buffer {
  const found: Buffer[] = [];
  for (let at = signatureBytes; at < png.length;) {
    const end = at + 8 + png.readUInt32BE(at);
    if (png.toString("latin1", at + 4, at + 8) === wanted) found.push(png.subarray(at + 8, end));
    at = end + 4;
  }
  return Buffer.concat(found);
}

/** Takes back each row's filter (PNG, third edition, clause 9). */
function unfiltered(filtered: Buffer, stride: number, height: number): Buffer {
  const rgb = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y += 1) {
    const filter = filtered[y * (stride + 1)] ?? 0;
    for (let x = 0; x < stride; x += 1) {
      const at = y * stride + x;
      const left = x < bytesAPixel ? 0 : (rgb[at - bytesAPixel] ?? 0);
      const up = rgb[at - stride] ?? 0;
      const corner = x < bytesAPixel ? 0 : (rgb[at - stride - bytesAPixel] ?? 0);
      rgb[at] = (filtered[at + y + 1] ?? 0) + predicted(filter, left, up, corner);
    }
  }
  return rgb;
}

function predicted(filter: number, left: number, up: number, corner: number): number {
  if (filter === 4) return paeth(left, up, corner);
  return [0, left, up, (left + up) >> 1][filter] ?? 0;
}

function paeth(left: number, up: number, corner: number): number {
  const estimate = left + up - corner;
  const [toLeft, toUp, toCorner] = [left, up, corner].map((value) => Math.abs(estimate - value));
  if (toLeft === undefined || toUp === undefined || toCorner === undefined) return 0;
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}

/** A colour as one number, red in the highest byte. */
function colourNumbers(rgb: Buffer): Uint32Array {
  return Uint32Array.from({ length: rgb.length / bytesAPixel }, (_, pixel) => rgb.readUIntBE(pixel * bytesAPixel, 3));
}

function channels(colour: number): [red: number, green: number, blue: number] {
  return [colour >> 16, (colour >> 8) & 0xff, colour & 0xff];
}

/** A colour of the picture: on how many pixels, and what the palette has for it so far. */
interface Shade {
  readonly colour: number;
  readonly pixels: number;
  index: number;
  /** Squared distance to that colour of the palette. */
  distance: number;
}

/**
 * Takes into the palette, one by one, the colour whose absence does most harm (pixels times squared distance). By pixels alone
 * a thin coloured line would lose its colour to the many shades of the letters.
 */
function reduced(colours: Uint32Array): { palette: readonly number[]; indexOf: ReadonlyMap<number, number> } {
  const shades = shadesOf(colours);
  const palette: number[] = [];
  while (palette.length < paletteSize) {
    const worst = shades.reduce((one, other) => (harm(other) > harm(one) ? other : one));
    if (worst.distance === 0) break;
    palette.push(worst.colour);
    for (const shade of shades) {
      const found = distance(shade.colour, worst.colour);
      if (found < shade.distance) Object.assign(shade, { distance: found, index: palette.length - 1 });
    }
  }
  return { palette, indexOf: new Map(shades.map(({ colour, index }) => [colour, index])) };
}

function harm({ pixels, distance: squared }: Shade): number {
  return pixels * squared;
}

function shadesOf(colours: Uint32Array): readonly Shade[] {
  const counts = new Map<number, number>();
  for (const colour of colours) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  // Farther than any two colours are: the first one taken is the most frequent.
  const far = bytesAPixel * 256 ** 2;
  return [...counts].map(([colour, pixels]) => ({ colour, pixels, index: 0, distance: far }));
}

function distance(one: number, other: number): number {
  const others = channels(other);
  return channels(one).reduce((sum, channel, index) => sum + (channel - (others[index] ?? 0)) ** 2, 0);
}
