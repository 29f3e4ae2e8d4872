/** The loss with the bump and Adam's parameters, as q1_bump/problem.py has them. */

import { ceilingOfQuotient, plusOne, times, toNumber, type Rational } from "./rational";

/** Parameters by name: α, β₁, β₂, ε, and the distance L to the local minimum. */
export interface Exact {
  alpha: Rational;
  beta1: Rational;
  beta2: Rational;
  epsilon: Rational;
  distance: Rational;
}

export interface Problem {
  readonly alpha: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly distance: number;
  /** Number of downhill steps: the first n with n·α/(1 + ε) ≥ L. */
  readonly downhillSteps: number;
  /** How near to the kink at L a position counts as on it, as q1_bump/adam/simulator.py says. */
  readonly tolerance: number;
}

const ROUNDING = 2 ** -44;

type Numbers = Omit<Problem, "downhillSteps" | "tolerance">;

export function problemOf(exact: Exact): Problem {
  const numbers = {
    alpha: toNumber(exact.alpha),
    beta1: toNumber(exact.beta1),
    beta2: toNumber(exact.beta2),
    epsilon: toNumber(exact.epsilon),
    distance: toNumber(exact.distance),
  };
  const way = times(exact.distance, plusOne(exact.epsilon));
  return withSteps(numbers, ceilingOfQuotient(way, exact.alpha));
}

/** Return the problem with another α and β₁, which are doubles: a ratio near to a whole one is whole. */
export function problemAt(fixed: Problem, alpha: number, beta1: number): Problem {
  const { beta2, epsilon, distance } = fixed;
  const ratio = (distance * (1 + epsilon)) / alpha;
  const whole = Math.round(ratio);
  const tie = Math.abs(ratio - whole) <= ROUNDING * ratio;
  const numbers = { alpha, beta1, beta2, epsilon, distance };
  return withSteps(numbers, tie ? whole : Math.ceil(ratio));
}

function withSteps(numbers: Numbers, downhillSteps: number): Problem {
  const tolerance = numbers.distance * ROUNDING * Math.max(1, downhillSteps / 64);
  return { ...numbers, downhillSteps, tolerance };
}

export type Slope = (x: number) => number;

/** Return the slope of the loss: −1, 1 on the way up the bump, 0 at either kink. */
export function bumpSlope(problem: Problem, height: number): Slope {
  const { distance, tolerance } = problem;
  const top = distance + height;
  return (x) => {
    if (Math.abs(x - distance) <= tolerance || x === top) return 0;
    return distance < x && x < top ? 1 : -1;
  };
}

/** Return the slope of the valley: the same loss with an endless bump. */
export function valleySlope(problem: Problem): Slope {
  const { distance, tolerance } = problem;
  return (x) => (Math.abs(x - distance) <= tolerance ? 0 : x < distance ? -1 : 1);
}

export function bumpLoss(x: number, distance: number, height: number): number {
  if (x <= distance) return -x;
  return x <= distance + height ? x - 2 * distance : 2 * height - x;
}
