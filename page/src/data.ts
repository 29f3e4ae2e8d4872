/** What publish/page_data.py writes: the types, and arrays and pictures unpacked. */

export interface Proved {
  optimizer: string;
  alpha: string;
  beta1: string;
  beta2: string;
  epsilon: string;
  distance: string;
  height: number;
  exact: string;
  lower: string;
  upper: string;
  reason: string;
}

interface Packed {
  low: number[];
  high: number[];
  values: string;
}

export interface Latent {
  title: string;
  digits: string;
  sprites: string;
  columns: number;
  epochs: Packed;
  decoded: string;
  grid: number;
  grid_low: number[];
  grid_high: number[];
  embedding: Packed;
  clusters: string;
}

export interface Shown {
  dimension: string;
  variant: string;
  sprites: string;
  seeds: number;
  measures: string[];
}

export interface SideBySide {
  originals: string;
  images: number;
  seed: number;
  columns: string[];
  better: string[];
  variants: Shown[];
}

export interface Claim {
  question: string;
  place: string;
  quotation: string;
  recomputed: string;
  verdict: string;
  criterion: string;
  remark: string;
}

/** What a statement's button opens. */
export type Example =
  | { part: "bump"; optimizer: string; parameters: Record<string, string>; step_table: boolean }
  | { part: "embedding"; image: number | null }
  | { part: "variants"; dimension: string; variant: string };

export interface PageData {
  proved: Proved[];
  latent: Latent;
  side_by_side: SideBySide;
  claims: Claim[];
  verdicts: string[];
  examples: Record<string, Example>;
}

export const DATA = JSON.parse(document.getElementById("data")!.textContent) as PageData;

export type Point = [number, number];

export function bytes(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** Return packed points, one after another. */
export function points({ low, high, values }: Packed): Point[] {
  const view = new DataView(bytes(values).buffer);
  const at = (place: number, axis: number) => {
    const whole = view.getUint16(place, true) / 65535;
    return low[axis]! + whole * (high[axis]! - low[axis]!);
  };
  const found: Point[] = [];
  for (let place = 0; place < view.byteLength; place += 4) found.push([at(place, 0), at(place + 2, 1)]);
  return found;
}

const SIDE = 28;
export type Picture = Uint8ClampedArray; // 784 grey levels

/** A sprite sheet, decoded once: grey levels of each picture in it. */
export class Sheet {
  private constructor(
    private readonly image: ImageData,
    private readonly columns: number,
  ) {}

  static async of(uri: string, columns: number): Promise<Sheet> {
    const picture = new Image();
    picture.src = uri;
    await picture.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [picture.width, picture.height];
    const context = canvas.getContext("2d", { willReadFrequently: true })!;
    context.drawImage(picture, 0, 0);
    return new Sheet(context.getImageData(0, 0, canvas.width, canvas.height), columns);
  }

  picture(index: number): Picture {
    const [left, top] = [(index % this.columns) * SIDE, Math.floor(index / this.columns) * SIDE];
    const grey = new Uint8ClampedArray(SIDE * SIDE);
    for (let row = 0; row < SIDE; row++) {
      for (let column = 0; column < SIDE; column++) {
        grey[row * SIDE + column] =
          this.image.data[4 * ((top + row) * this.image.width + left + column)]!;
      }
    }
    return grey;
  }
}

/** Draw pictures into a canvas, `columns` in a row. */
export function draw(canvas: HTMLCanvasElement, pictures: Picture[], columns: number): void {
  const rows = Math.ceil(pictures.length / columns);
  [canvas.width, canvas.height] = [columns * SIDE, rows * SIDE];
  const context = canvas.getContext("2d")!;
  const image = context.createImageData(canvas.width, canvas.height);
  image.data.fill(255);
  pictures.forEach((grey, index) => {
    const [left, top] = [(index % columns) * SIDE, Math.floor(index / columns) * SIDE];
    grey.forEach((level, pixel) => {
      const place =
        4 * ((top + Math.floor(pixel / SIDE)) * canvas.width + left + (pixel % SIDE));
      image.data.fill(level, place, place + 3);
    });
  });
  context.putImageData(image, 0, 0);
}
