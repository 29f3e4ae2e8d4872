/** The latent spaces: 2-D codes over the epochs with what they decode to; 16-D ones in t-SNE. */

import { axis, chartIn, DIGIT_COLOURS, digitColours, GRID, type Chart } from "../charts";
import { bytes, DATA, draw, points, Sheet, type Picture, type Point } from "../data";
import { byId, make, radios } from "../dom";

const LATENT = DATA.latent;

interface Test {
  digits: Uint8Array;
  sheet: Sheet;
}

/** Return the index of the point nearest to `place`, coordinates divided by `spread`. */
function nearest(all: readonly Point[], place: Point, spread: Point): number {
  let [best, found] = [Infinity, 0];
  all.forEach(([x, y], index) => {
    const distance = ((x - place[0]) / spread[0]) ** 2 + ((y - place[1]) / spread[1]) ** 2;
    if (distance < best) [best, found] = [distance, index];
  });
  return found;
}

function extent(all: readonly Point[]): { low: Point; high: Point } {
  const [xs, ys] = [all.map(([x]) => x), all.map(([, y]) => y)];
  const low: Point = [xs.reduce((a, b) => Math.min(a, b)), ys.reduce((a, b) => Math.min(a, b))];
  const high: Point = [xs.reduce((a, b) => Math.max(a, b)), ys.reduce((a, b) => Math.max(a, b))];
  return { low, high };
}

/** A scatter of test images, a colour a class, with a marked place. */
class Scatter {
  private readonly chart: Chart;

  constructor(
    element: HTMLElement,
    private readonly axes: [string, string],
    pointed: (place: Point) => void,
    redraw: () => void,
  ) {
    this.chart = chartIn(element, redraw);
    const follow = (event: { offsetX: number; offsetY: number }) => {
      const at = [event.offsetX, event.offsetY];
      if (!this.chart.containPixel("grid", at)) return;
      pointed(this.chart.convertFromPixel("grid", at) as Point);
    };
    this.chart.getZr().on("mousemove", follow);
    this.chart.getZr().on("click", follow);
  }

  show(all: readonly Point[], classes: Uint8Array): void {
    const { low, high } = extent(all);
    const scale = (i: 0 | 1, name: string) =>
      axis(name, { min: low[i], max: high[i], axisLabel: { show: false }, nameGap: 12 });
    this.chart.setOption({
      animation: false,
      grid: { ...GRID, left: 30, bottom: 30 },
      xAxis: scale(0, this.axes[0]),
      yAxis: scale(1, this.axes[1]),
      series: [
        ...digitColours().map((colour, digit) => ({
          id: `digit ${String(digit)}`,
          type: "scatter",
          symbolSize: 4,
          itemStyle: { color: colour, opacity: 1 }, // 0.8 would take contrast away
          silent: true,
          data: all.filter((_, index) => classes[index] === digit),
        })),
        {
          id: "here",
          type: "scatter",
          symbol: "path://M-1,-8h2v7h7v2h-7v7h-2v-7h-7v-2h7z",
          symbolSize: 16,
          silent: true,
          data: [],
          itemStyle: { color: getComputedStyle(document.body).color },
        },
      ],
    });
  }

  mark(place: Point): void {
    this.chart.setOption({ series: [{ id: "here", data: [place] }] });
  }
}

/** The 2-D latent space. */
class Codes {
  private readonly scatter: Scatter;
  private readonly epochs: Point[][];
  private readonly epoch = byId<HTMLInputElement>("epoch");
  private readonly sliders = (["code-1", "code-2"] as const).map((id) => byId<HTMLInputElement>(id));
  private place: Point;

  constructor(
    private readonly test: Test,
    private readonly decoded: Sheet,
  ) {
    const all = points(LATENT.epochs);
    const images = test.digits.length;
    this.epochs = Array.from({ length: all.length / images }, (_, e) =>
      all.slice(e * images, (e + 1) * images),
    );
    const [low, high] = [LATENT.grid_low, LATENT.grid_high];
    this.place = [(low[0]! + high[0]!) / 2, (low[1]! + high[1]!) / 2];
    this.epoch.max = String(this.epochs.length - 1);
    this.epoch.value = this.epoch.max;
    this.scatter = new Scatter(
      byId("codes"),
      ["first code", "second code"],
      (place) => {
        this.point(place);
      },
      () => {
        this.show();
      },
    );
    this.epoch.addEventListener("input", () => {
      this.show();
    });
    this.sliders.forEach((slider, i) => {
      slider.addEventListener("input", () => {
        const part = Number(slider.value) / 100;
        const place: Point = [...this.place];
        place[i] = low[i]! + part * (high[i]! - low[i]!);
        this.point(place);
      });
    });
    this.show();
  }

  private show(): void {
    const epoch = Number(this.epoch.value);
    byId("epoch-words").textContent = epoch === 0 ? "before training" : `after epoch ${String(epoch)}`;
    this.scatter.show(this.epochs[epoch]!, this.test.digits);
    this.point(this.place);
  }

  private point(place: Point): void {
    this.place = place;
    const epoch = Number(this.epoch.value);
    const codes = this.epochs[epoch]!;
    const { low, high } = extent(codes);
    const index = nearest(codes, place, [high[0] - low[0], high[1] - low[1]]);
    const last = epoch === this.epochs.length - 1;
    this.scatter.mark(place);
    this.sliders.forEach((slider, i) => {
      const [a, b] = [LATENT.grid_low[i]!, LATENT.grid_high[i]!];
      slider.value = String(Math.round((100 * (place[i]! - a)) / (b - a)));
    });
    draw(byId<HTMLCanvasElement>("decoded"), last ? [this.decode(place)] : [new Uint8ClampedArray(784)], 1);
    byId("decoded-words").textContent = last
      ? `decoded from (${place.map((value) => value.toFixed(2)).join(", ")})`
      : "the decoder is kept after the last epoch only";
    draw(byId<HTMLCanvasElement>("nearest"), [this.test.sheet.picture(index)], 1);
    byId("nearest-words").textContent = `nearest test image: ${String(this.test.digits[index])}`;
  }

  /** Interpolate between the four decoded codes of the grid around a place. */
  private decode(place: Point): Picture {
    const { grid, grid_low: low, grid_high: high } = LATENT;
    const at = (i: 0 | 1) => {
      const value = ((place[i] - low[i]!) / (high[i]! - low[i]!)) * (grid - 1);
      const inside = Math.min(grid - 1, Math.max(0, value));
      const whole = Math.min(grid - 2, Math.floor(inside));
      return { whole, part: inside - whole };
    };
    const [across, up] = [at(0), at(1)];
    const tile = (dx: number, dy: number) =>
      this.decoded.picture((grid - 1 - (up.whole + dy)) * grid + across.whole + dx);
    const [a, b, c, d] = [tile(0, 0), tile(1, 0), tile(0, 1), tile(1, 1)];
    return a.map((_, i) => {
      const below = a[i]! * (1 - across.part) + b[i]! * across.part;
      const above = c[i]! * (1 - across.part) + d[i]! * across.part;
      return below * (1 - up.part) + above * up.part;
    });
  }
}

/** The t-SNE embedding of the 16-D codes. */
class Embedding {
  private readonly scatter: Scatter;
  private readonly all = points(LATENT.embedding);
  private readonly clusters = bytes(LATENT.clusters);
  private readonly image = byId<HTMLInputElement>("image");
  private byCluster = false;

  constructor(private readonly test: Test) {
    const { low, high } = extent(this.all);
    const spread: Point = [high[0] - low[0], high[1] - low[1]];
    this.scatter = new Scatter(
      byId("embedding"),
      ["t-SNE 1", "t-SNE 2"],
      (place) => {
        this.point(nearest(this.all, place, spread));
      },
      () => {
        this.show();
      },
    );
    byId("colours").append(
      radios("Colour", "colour", ["digit", "k-means cluster"], (value) => {
        this.byCluster = value !== "digit";
        this.show();
      }),
    );
    this.image.max = String(this.all.length - 1);
    this.image.addEventListener("input", () => {
      this.point(Number(this.image.value));
    });
    this.show();
  }

  private show(): void {
    this.scatter.show(this.all, this.byCluster ? this.clusters : this.test.digits);
    this.point(Number(this.image.value));
  }

  private point(index: number): void {
    this.image.value = String(index);
    this.scatter.mark(this.all[index]!);
    draw(byId<HTMLCanvasElement>("pointed"), [this.test.sheet.picture(index)], 1);
    byId("pointed-words").textContent =
      `test image ${String(index)}: a ${String(this.test.digits[index])}, in the cluster of ` +
      `the ${String(this.clusters[index])}s`;
  }
}

export async function showLatent(): Promise<void> {
  const [sheet, decoded] = await Promise.all([
    Sheet.of(LATENT.sprites, LATENT.columns),
    Sheet.of(LATENT.decoded, LATENT.grid),
  ]);
  const test = { digits: bytes(LATENT.digits), sheet };
  byId("latent-title").textContent = LATENT.title;
  for (const legend of document.querySelectorAll(".digits-legend")) {
    DIGIT_COLOURS.forEach((name, digit) => {
      const dot = make("i", { style: `background: var(${name})` });
      legend.append(make("span", {}, dot, String(digit)));
    });
  }
  new Codes(test, decoded);
  new Embedding(test);
}
