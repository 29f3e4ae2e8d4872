/** The greatest height over learning rate and β₁, in rows that can be computed one by one. */

import { greatestHeight, type Height } from "./adam";
import { problemAt, type Problem } from "./problem";

export interface Axis {
  low: number;
  high: number;
  points: number;
}

export const LR: Axis = { low: 0.02, high: 0.99, points: 160 };
export const BETA1: Axis = { low: 0, high: 0.99, points: 120 };

export function valueAt(axis: Axis, index: number): number {
  return axis.low + ((axis.high - axis.low) * index) / (axis.points - 1);
}

/** Return the index of the point nearest to `value`. */
export function indexOf(axis: Axis, value: number): number {
  const place = Math.round(((value - axis.low) / (axis.high - axis.low)) * (axis.points - 1));
  return Math.min(axis.points - 1, Math.max(0, place));
}

/** Return the height at a point of the map, the other parameters those of `fixed`. */
export function heightAt(fixed: Problem, alpha: number, beta1: number): Height {
  return greatestHeight(problemAt(fixed, alpha, beta1));
}
