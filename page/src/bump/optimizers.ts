/**
 * The optimizers of torch.optim on one parameter, as torch 2 computes them (its single-tensor
 * functions), in double precision. What torch keeps in single precision is rounded here, too.
 */

import type { Problem, Slope } from "./problem";

/** Moves a position by its slope; the step counts from 1. */
export type Update = (x: number, g: number, t: number) => number;

export interface Optimizer {
  /** Its name in torch.optim, with arguments that are not torch's defaults. */
  words: string;
  start: (problem: Problem) => Update;
}

function momentum(nesterov: boolean): Optimizer["start"] {
  return ({ alpha }) => {
    let buffer: number | null = null;
    return (x, g) => {
      buffer = buffer === null ? g : 0.9 * buffer + g;
      return x - alpha * (nesterov ? g + 0.9 * buffer : buffer);
    };
  };
}

function adamLike(decay: number, amsgrad: boolean): Optimizer["start"] {
  return ({ alpha, beta1, beta2, epsilon }) => {
    let [m, v, greatest] = [0, 0, 0];
    return (x, g, t) => {
      m += (g - m) * (1 - beta1);
      v = beta2 * v + (1 - beta2) * g * g;
      greatest = Math.max(greatest, v);
      const root = Math.sqrt(amsgrad ? greatest : v) / Math.sqrt(1 - beta2 ** t);
      const step = alpha / (1 - beta1 ** t);
      return x * (1 - alpha * decay) - (step * m) / (root + epsilon);
    };
  };
}

export const OPTIMIZERS: Record<string, Optimizer> = {
  adam: { words: "Adam", start: adamLike(0, false) },
  sgd: {
    words: "SGD",
    start: ({ alpha }) => (x, g) => x - alpha * g,
  },
  momentum: { words: "SGD, momentum 0.9", start: momentum(false) },
  nesterov: { words: "SGD, momentum 0.9, Nesterov", start: momentum(true) },
  rmsprop: {
    words: "RMSprop",
    start: ({ alpha }) => {
      let v = 0;
      return (x, g) => {
        v = 0.99 * v + (1 - 0.99) * g * g;
        return x - (alpha * g) / (Math.sqrt(v) + 1e-8);
      };
    },
  },
  adagrad: {
    words: "Adagrad",
    start: ({ alpha }) => {
      let sum = 0;
      return (x, g) => {
        sum += g * g;
        return x - (alpha * g) / (Math.sqrt(sum) + 1e-10);
      };
    },
  },
  adadelta: {
    words: "Adadelta",
    start: ({ alpha }) => {
      let [v, moved] = [0, 0];
      return (x, g) => {
        v = 0.9 * v + (1 - 0.9) * g * g;
        const delta = (Math.sqrt(moved + 1e-6) / Math.sqrt(v + 1e-6)) * g;
        moved = 0.9 * moved + (1 - 0.9) * delta * delta;
        return x - alpha * delta;
      };
    },
  },
  amsgrad: { words: "Adam, amsgrad", start: adamLike(0, true) },
  adamw: { words: "AdamW (decay 0.01)", start: adamLike(0.01, false) },
  adamax: {
    words: "Adamax",
    start: ({ alpha, beta1, beta2, epsilon }) => {
      let [m, greatest] = [0, 0];
      return (x, g, t) => {
        m += (g - m) * (1 - beta1);
        greatest = Math.max(greatest * beta2, Math.abs(g) + epsilon);
        return x - ((alpha / (1 - beta1 ** t)) * m) / greatest;
      };
    },
  },
  nadam: {
    words: "NAdam",
    start: ({ alpha, beta1, beta2, epsilon }) => {
      let [m, v, product] = [0, 0, 1];
      const cache = (t: number) => beta1 * (1 - 0.5 * 0.96 ** (t * 0.004));
      return (x, g, t) => {
        const [mu, next] = [cache(t), cache(t + 1)];
        product = Math.fround(product * Math.fround(mu));
        m += (g - m) * (1 - beta1);
        v = beta2 * v + (1 - beta2) * g * g;
        const root = Math.sqrt(v / (1 - beta2 ** t)) + epsilon;
        const moved = x + (g / root) * ((-alpha * (1 - mu)) / (1 - product));
        return moved + (m / root) * ((-alpha * next) / (1 - product * next));
      };
    },
  },
  radam: {
    words: "RAdam",
    start: ({ alpha, beta1, beta2, epsilon }) => {
      let [m, v] = [0, 0];
      const longest = 2 / (1 - beta2) - 1;
      return (x, g, t) => {
        m += (g - m) * (1 - beta1);
        v = beta2 * v + (1 - beta2) * g * g;
        const rest = 1 - beta2 ** t;
        const length = longest - (2 * t * beta2 ** t) / rest;
        let step = (m / (1 - beta1 ** t)) * alpha;
        if (length > 5) {
          step *= Math.sqrt(rest) / (Math.sqrt(v) + epsilon);
          step *= Math.sqrt(
            ((length - 4) * (length - 2) * longest) / ((longest - 4) * (longest - 2) * length),
          );
        }
        return x - step;
      };
    },
  },
  asgd: {
    words: "ASGD",
    start: ({ alpha }) => {
      let eta = Math.fround(alpha);
      return (x, g, t) => {
        const moved = x * (1 - 1e-4 * eta) - eta * g;
        eta = Math.fround(alpha / (1 + 1e-4 * alpha * t) ** 0.75);
        return moved;
      };
    },
  },
  rprop: {
    words: "Rprop",
    start: ({ alpha }) => {
      let [size, before] = [alpha, 0];
      return (x, g) => {
        const sign = Math.sign(g * before);
        size = Math.min(50, Math.max(1e-6, size * (sign > 0 ? 1.2 : sign < 0 ? 0.5 : 1)));
        before = sign < 0 ? 0 : g;
        return x - Math.sign(before) * size;
      };
    },
  },
  adafactor: {
    words: "Adafactor",
    start: ({ alpha }) => {
      let v = 0;
      return (x, g, t) => {
        const step = Math.max(1e-3, Math.abs(x)) * Math.min(alpha, 1 / Math.sqrt(t));
        v += (g * g - v) * t ** -0.8;
        const update = g / Math.sqrt(Math.max(v, Number.EPSILON ** 2));
        return x - (step / Math.max(1, Math.abs(update))) * update;
      };
    },
  },
};

/** Return x₀ … x_steps of an optimizer. */
export function trajectory(name: string, problem: Problem, slope: Slope, steps: number): number[] {
  const update = OPTIMIZERS[name]!.start(problem);
  const positions = [0];
  for (let t = 1, x = 0; t <= steps; t++) {
    x = update(x, slope(x), t);
    positions.push(x);
  }
  return positions;
}
