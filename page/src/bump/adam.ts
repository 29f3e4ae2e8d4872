/** Adam's steps in double precision, and the greatest height of a bump that it climbs. */

import { bumpSlope, valleySlope, type Problem, type Slope } from "./problem";

export interface Step {
  t: number;
  slope: number;
  m: number;
  v: number;
  mHat: number;
  vHat: number;
  x: number;
}

/** Yield Adam's steps from x = 0 for ever (Kingma and Ba 2015, Algorithm 1). */
export function* adamSteps(problem: Problem, slope: Slope): Generator<Step, never> {
  const { alpha, beta1, beta2, epsilon } = problem;
  let [m, v, x] = [0, 0, 0];
  for (let t = 1; ; t++) {
    const g = slope(x);
    m = beta1 * m + (1 - beta1) * g;
    v = beta2 * v + (1 - beta2) * g * g;
    const mHat = m / (1 - beta1 ** t);
    const vHat = v / (1 - beta2 ** t);
    x -= (alpha * mHat) / (Math.sqrt(vHat) + epsilon);
    yield { t, slope: g, m, v, mHat, vHat, x };
  }
}

/** Return the first `count` steps over a bump. */
export function stepsOverBump(problem: Problem, height: number, count: number): Step[] {
  const steps: Step[] = [];
  for (const step of adamSteps(problem, bumpSlope(problem, height))) {
    steps.push(step);
    if (steps.length >= count) break;
  }
  return steps;
}

/** How far the search went, and what it found. */
export interface Height {
  /** The greatest x − L met in the valley; NaN where L was not reached. */
  height: number;
  /** The step at which it is reached, or null where peaks still rise towards it. */
  step: number | null;
  /** The slopes repeat with this period in the end, or null where they were not seen to. */
  period: number | null;
  /** Steps that were simulated. */
  steps: number;
  /** Why the number cannot be trusted, or null. */
  doubt: string | null;
}

const BUDGET = 1_000_000; // steps
const FORGOTTEN = 1e-17; // β^t of a memory that is over
const LEAST = 80; // steps after the descent, with no memory at all
const LOOKED_AT = 6000; // last slopes among which a period is looked for
const EQUAL = 1e-12; // peaks that differ by less do not differ, at unit scale

/**
 * Return the greatest height that Adam climbs: the supremum of x − L in the valley (Lemma 1 of
 * q1_bump/THEORY.md), from a simulation that ends when the slopes repeat and what came before them
 * is forgotten: β₁^t, and where a step started on the kink β₂^t, have fallen below rounding.
 */
export function greatestHeight(problem: Problem): Height {
  const slope = valleySlope(problem);
  const { alpha, beta1, beta2, epsilon, distance, downhillSteps } = problem;
  const scale = Math.min(1, distance + alpha);
  if (downhillSteps >= BUDGET) {
    return { height: NaN, step: null, period: null, steps: 0, doubt: "too many steps to reach L" };
  }
  const memory = (beta: number) => (beta > 0 ? Math.ceil(Math.log(FORGOTTEN) / Math.log(beta)) : 0);
  const afterKink = memory(Math.max(beta1, beta2));
  let end = downhillSteps + LEAST + memory(beta1);
  let [m, v, x, power1, power2] = [0, 0, 0, 1, 1];
  let [best, bestStep, nearest, t] = [0, 0, Infinity, 0];
  let doubt: string | null = null;
  const positions: number[] = [0];
  const slopes: number[] = [];
  for (; t < Math.min(end, BUDGET); ) {
    const g = slope(x);
    if (g === 0) end = Math.max(end, t + LEAST + afterKink);
    else nearest = Math.min(nearest, Math.abs(x - distance));
    t += 1;
    m = beta1 * m + (1 - beta1) * g;
    v = beta2 * v + (1 - beta2) * g * g;
    power1 *= beta1;
    power2 *= beta2;
    const root = Math.sqrt(v / (1 - power2)) + epsilon;
    if (root === 0) {
      doubt = "Adam divides by zero: β₂ = 0 and ε = 0 on the kink";
      break;
    }
    x -= (alpha * m) / ((1 - power1) * root);
    slopes.push(g);
    positions.push(x);
    if (x > best) [best, bestStep] = [x, t];
  }
  const period = periodOf(slopes.slice(-LOOKED_AT));
  if (doubt === null && t < end) doubt = `not settled after ${BUDGET.toLocaleString("en")} steps`;
  if (doubt === null && nearest <= 10 * problem.tolerance) {
    doubt = "a position is too near to the kink for double precision";
  }
  const rising = period !== null && risesForEver(positions, slopes, period, bestStep, EQUAL * scale);
  return { height: best - distance, step: rising ? null : bestStep, period, steps: t, doubt };
}

/** Return the shortest period of the second half of `slopes`, or null where there is none. */
export function periodOf(slopes: readonly number[]): number | null {
  const half = Math.floor(slopes.length / 2);
  for (let period = 1; period <= half; period++) {
    let repeats = true;
    for (let i = slopes.length - half; i < slopes.length && repeats; i++) {
      repeats = slopes[i] === slopes[i - period];
    }
    if (repeats) return period;
  }
  return null;
}

/**
 * Say whether the peaks of the cycle rise, cycle by cycle, towards the greatest one: a peak before it
 * in the same phase, from which on the slopes repeat, is lower, and the one after it is not.
 */
function risesForEver(
  positions: readonly number[],
  slopes: readonly number[],
  period: number,
  bestStep: number,
  equal: number,
): boolean {
  const best = positions[bestStep]!;
  let first = bestStep; // the first peak of this phase that does not differ from the greatest
  while (first - period > 0 && best - positions[first - period]! < equal) first -= period;
  const before = first - period;
  if (before <= 0 || best - (positions[first + period] ?? best) > equal) return false;
  for (let i = before + period; i < slopes.length; i++) {
    if (slopes[i] !== slopes[i - period]) return false;
  }
  return true;
}
