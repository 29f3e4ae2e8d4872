/**
 * Charts by Apache ECharts: widely used, on canvas (2,500 points and 5,000 steps redraw at once), and
 * of parts, so that the bundle holds only those that are named here.
 */

import { LineChart, ScatterChart } from "echarts/charts";
import { GraphicComponent, GridComponent, MarkLineComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

echarts.use([
  CanvasRenderer,
  GraphicComponent,
  GridComponent,
  LineChart,
  MarkLineComponent,
  ScatterChart,
]);

export type Chart = echarts.ECharts;
export type Option = echarts.EChartsCoreOption;

// Okabe and Ito's colours, as shared/figures.py has them; black is drawn as the text is.
export const COLOURS = {
  blue: "#0072B2",
  orange: "#E69F00",
  green: "#009E73",
  vermilion: "#D55E00",
  purple: "#CC79A7",
  grey: "#777777",
};

/** The names of the digits' colours in style.css, which follow the theme. */
export const DIGIT_COLOURS = Array.from({ length: 10 }, (_, digit) => `--digit-${String(digit)}`);

/** Return the digits' colours in the theme of the reader's system. */
export function digitColours(): string[] {
  const style = getComputedStyle(document.documentElement);
  return DIGIT_COLOURS.map((name) => style.getPropertyValue(name).trim());
}

const dark = window.matchMedia("(prefers-color-scheme: dark)");

/** What follows the theme of the reader's system. */
export function ink(): { text: string; lines: string; faint: string } {
  return dark.matches
    ? { text: "#e8e8e8", lines: "#9aa0a6", faint: "#3a3f45" }
    : { text: "#1a1a1a", lines: "#5f6368", faint: "#dddddd" };
}

/** Make a chart in an element, which `redraw` fills whenever theme or size have changed. */
export function chartIn(element: HTMLElement, redraw: () => void): Chart {
  const chart = echarts.init(element, null, { renderer: "canvas" });
  dark.addEventListener("change", redraw);
  new ResizeObserver(() => {
    chart.resize();
    redraw();
  }).observe(element);
  return chart;
}

export function axis(name: string, more: Option = {}): Option {
  const { text, lines, faint } = ink();
  return {
    type: "value",
    name,
    nameLocation: "middle",
    nameGap: 28,
    nameTextStyle: { color: text },
    axisLabel: { color: text, hideOverlap: true },
    axisLine: { lineStyle: { color: lines } },
    splitLine: { lineStyle: { color: faint } },
    ...more,
  };
}

export const GRID = { left: 56, right: 20, top: 16, bottom: 44 };
