/** The greatest height over learning rate and β₁, computed in the page, row by row. */

import type { Height } from "../bump/adam";
import { BETA1, heightAt, indexOf, LR, valueAt, type Axis } from "../bump/map";
import type { Problem } from "../bump/problem";
import { axis, chartIn, COLOURS, GRID, type Chart } from "../charts";
import { byId } from "../dom";
import type { BumpView } from "./bump";

const SLICE = 12; // milliseconds of computing between two looks at the page
const DECIMALS = 4; // of a value that a click sets
const CELL = 4; // pixels of a point in the picture, which the browser may then scale smoothly
// Cividis (Nuñez, Anderton and Renslow 2018), which colour-blind readers see as others do.
const CIVIDIS = [
  [0, 34, 78],
  [67, 78, 108],
  [125, 124, 120],
  [188, 175, 111],
  [254, 232, 56],
] as const;

export class MapView {
  private readonly chart: Chart;
  private readonly progress = byId("map-progress");
  private readonly status = byId("map-status");
  private readonly pointed = byId("map-pointed");
  private readonly picture = document.createElement("canvas");
  private heights: Height[][] = []; // by row, then by column
  private fixed!: Problem;
  private key = "";
  private round = 0; // of computing: an older one stops

  constructor(bump: BumpView) {
    [this.picture.width, this.picture.height] = [CELL * LR.points, CELL * BETA1.points];
    this.chart = chartIn(byId("map"), () => {
      this.draw();
    });
    const place = ({ offsetX, offsetY }: { offsetX: number; offsetY: number }) => {
      if (!this.chart.containPixel("grid", [offsetX, offsetY])) return null;
      const [alpha, beta1] = this.chart.convertFromPixel("grid", [offsetX, offsetY]);
      return [indexOf(LR, alpha!), indexOf(BETA1, beta1!)] as const;
    };
    this.chart.getZr().on("mousemove", (event) => {
      const found = place(event);
      if (found) this.point(...found);
    });
    this.chart.getZr().on("click", (event) => {
      const found = place(event);
      if (!found) return;
      bump.change({
        alpha: valueAt(LR, found[0]).toFixed(DECIMALS),
        beta1: valueAt(BETA1, found[1]).toFixed(DECIMALS),
      });
      byId("bump").scrollIntoView();
    });
    bump.onChange((problem) => {
      this.fixed = problem;
      const key = [problem.beta2, problem.epsilon, problem.distance].join();
      if (key === this.key) this.mark();
      else {
        this.key = key;
        void this.compute();
      }
    });
  }

  private async compute(): Promise<void> {
    const round = ++this.round;
    const heights: Height[][] = [];
    this.status.textContent = "";
    let until = performance.now() + SLICE;
    for (let row = 0; row < BETA1.points; row++) {
      const beta1 = valueAt(BETA1, row);
      const of = (column: number) => heightAt(this.fixed, valueAt(LR, column), beta1);
      heights.push(Array.from({ length: LR.points }, (_, column) => of(column)));
      if (performance.now() > until) {
        const done = Math.round((100 * row) / BETA1.points);
        this.progress.textContent = `Computing: ${String(done)} %.`;
        await new Promise((resume) => setTimeout(resume));
        if (round !== this.round) return;
        until = performance.now() + SLICE;
      }
    }
    const count = (LR.points * BETA1.points).toLocaleString("en");
    const open = heights.flat().filter((one) => !settled(one)).length;
    this.progress.textContent = "";
    this.status.textContent =
      `${count} points, simulated in this page` +
      (open > 0 ? `; ${open.toLocaleString("en")} of them are not settled and left blank.` : ".");
    this.heights = heights;
    this.paint();
    this.draw();
  }

  /** Paint the picture of the map. */
  private paint(): void {
    const heights = this.heights.flat().filter(settled).map((one) => one.height);
    const greatest = heights.reduce((a, b) => Math.max(a, b), 0);
    const context = this.picture.getContext("2d")!;
    context.clearRect(0, 0, this.picture.width, this.picture.height);
    this.heights.forEach((of, row) => {
      of.forEach((one, column) => {
        if (!settled(one)) return;
        context.fillStyle = colour(greatest > 0 ? one.height / greatest : 0);
        context.fillRect(CELL * column, CELL * (BETA1.points - 1 - row), CELL, CELL);
      });
    });
    byId("map-greatest").textContent = greatest.toFixed(2);
  }

  private draw(): void {
    const scale = (name: string, points: Axis) =>
      axis(name, { min: points.low, max: points.high, splitLine: { show: false } });
    this.chart.setOption({
      animation: false,
      grid: GRID,
      xAxis: scale("learning rate α", LR),
      yAxis: scale("β₁", BETA1),
      series: [
        {
          id: "here",
          type: "scatter",
          data: [],
          symbolSize: 14,
          silent: true,
          itemStyle: { color: "transparent", borderColor: COLOURS.vermilion, borderWidth: 3 },
        },
      ],
    });
    const [left, top] = this.chart.convertToPixel("grid", [LR.low, BETA1.high]);
    const [right, bottom] = this.chart.convertToPixel("grid", [LR.high, BETA1.low]);
    const [width, height] = [right! - left!, bottom! - top!];
    this.chart.setOption({
      graphic: {
        id: "picture",
        type: "image",
        silent: true,
        z: 0,
        style: { image: this.picture, x: left, y: top, width, height },
      },
    });
    this.mark();
  }

  /** Say what lies under the pointer. */
  private point(column: number, row: number): void {
    const found = this.heights[row]?.[column];
    if (!found) return;
    const { height, doubt } = found;
    this.pointed.textContent =
      `α = ${valueAt(LR, column).toFixed(DECIMALS)}, ` +
      `β₁ = ${valueAt(BETA1, row).toFixed(DECIMALS)}: ` +
      (doubt === null ? `h_max = ${height.toPrecision(10)}` : `not settled: ${doubt}`);
  }

  /** Mark where the parameters that are set lie. */
  private mark(): void {
    const { alpha, beta1 } = this.fixed;
    const inside =
      alpha >= LR.low && alpha <= LR.high && beta1 >= BETA1.low && beta1 <= BETA1.high;
    this.chart.setOption({ series: [{ id: "here", data: inside ? [[alpha, beta1]] : [] }] });
  }
}

/** Say whether a height is to be trusted; it is a number then. */
function settled({ doubt }: Height): boolean {
  return doubt === null;
}

/** Return the colour of a share of the greatest height. */
function colour(share: number): string {
  const place = Math.min(1, Math.max(0, share)) * (CIVIDIS.length - 1);
  const whole = Math.min(CIVIDIS.length - 2, Math.floor(place));
  const [low, high] = [CIVIDIS[whole]!, CIVIDIS[whole + 1]!];
  const levels = low.map((a, i) => Math.round(a + (place - whole) * (high[i]! - a)));
  return `rgb(${levels.join(" ")})`;
}
