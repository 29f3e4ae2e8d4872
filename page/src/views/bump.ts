/** The bump: the loss, an optimizer's trajectory over it, and where h lies against h_max. */

import { greatestHeight, stepsOverBump, type Height } from "../bump/adam";
import { OPTIMIZERS, trajectory } from "../bump/optimizers";
import { bumpLoss, bumpSlope, problemOf, valleySlope, type Exact, type Problem } from "../bump/problem";
import { equal, parseRational, toNumber, type Rational } from "../bump/rational";
import { axis, chartIn, COLOURS, GRID, ink, type Chart } from "../charts";
import { DATA, type Proved } from "../data";
import { byId, make, tableRow } from "../dom";

export type Name = "alpha" | "beta1" | "beta2" | "epsilon" | "distance" | "height";

interface Parameter {
  symbol: string;
  words: string;
  start: string;
  low: number;
  high: number;
  step: number;
  /** Say what is wrong with a value, or null. */
  problem: (value: number) => string | null;
}

const LARGEST = 1e100; // from here on a drawing would leave the doubles
const above = (value: number) => (value > 0 ? null : "must be above 0");
const share = (value: number) => (value >= 0 && value < 1 ? null : "must lie from 0 to below 1");
const fromZero = (value: number) => (value >= 0 ? null : "must be at least 0");

export const PARAMETERS: Record<Name, Parameter> = {
  alpha: { symbol: "α", words: "learning rate", start: "0.3", low: 0.02, high: 1, step: 0.01, problem: above },
  beta1: { symbol: "β₁", words: "decay of the first moment", start: "0.9", low: 0, high: 0.99, step: 0.01, problem: share },
  beta2: { symbol: "β₂", words: "decay of the second moment", start: "0.999", low: 0, high: 0.999, step: 0.001, problem: share },
  epsilon: { symbol: "ε", words: "added to the root", start: "0", low: 0, high: 0.1, step: 0.001, problem: fromZero },
  distance: { symbol: "L", words: "distance to the local minimum", start: "1", low: 0.1, high: 3, step: 0.05, problem: above },
  height: { symbol: "h", words: "height of the bump", start: "0.41", low: 0.005, high: 2, step: 0.005, problem: above },
};
const NAMES = Object.keys(PARAMETERS) as Name[];
const MOST_STEPS = 5000;
const SIMULATED = 5000; // steps in the valley of optimizers other than Adam
const WITHIN = `within ${SIMULATED.toLocaleString("en")} steps`;
const DIGITS = 7; // of a lower bound
const TABLE_ROWS = 60;
const FRAMES = 90; // over which a trajectory is played

/** What is known of h_max for the parameters that are set. */
interface Answer {
  /** How it is known; "at least": a greater height may be reached later; "unknown": no number. */
  known: "proved" | "simulated" | "at least" | "unknown";
  /** h_max or its lower bound; NaN where it is unknown. */
  height: number;
  /** How it was found, or why it was not. */
  words: string;
}

export class BumpView {
  private readonly texts = new Map<Name, HTMLInputElement>();
  private readonly sliders = new Map<Name, HTMLInputElement>();
  private readonly loss: Chart;
  private readonly course: Chart;
  private readonly optimizer = byId<HTMLSelectElement>("optimizer");
  private readonly steps = byId<HTMLInputElement>("steps");
  private readonly current = byId<HTMLInputElement>("current");
  private readonly play = byId<HTMLButtonElement>("play");
  private readonly below = byId<HTMLButtonElement>("just-below");
  private readonly above = byId<HTMLButtonElement>("just-above");
  private readonly provedSets = DATA.proved.map((one) => ({ one, exact: exactOf(one) }));
  private readonly listeners: ((problem: Problem) => void)[] = [];
  private exact!: Exact;
  private height!: number;
  private problem!: Problem;
  private answer!: Answer;
  private positions: number[] = [0];
  private playing = 0;
  private waiting = false;

  constructor() {
    this.makeControls();
    this.loss = chartIn(byId("loss"), () => {
      this.draw();
    });
    this.course = chartIn(byId("course"), () => {
      this.draw();
    });
    this.update();
  }

  /** Call `listener` whenever the parameters have changed. */
  onChange(listener: (problem: Problem) => void): void {
    this.listeners.push(listener);
    listener(this.problem);
  }

  /** Set parameters, as they would be typed; those left out are the assignment's, as are the steps. */
  set(values: Partial<Record<string, string>>, optimizer = "adam"): void {
    for (const name of NAMES) this.texts.get(name)!.value = values[name] ?? PARAMETERS[name].start;
    this.optimizer.value = optimizer;
    this.steps.value = this.steps.defaultValue;
    this.update();
  }

  /** Change some parameters and leave the others as they are. */
  change(values: Partial<Record<Name, string>>): void {
    for (const [name, value] of Object.entries(values)) this.texts.get(name as Name)!.value = value;
    this.update();
  }

  private makeControls(): void {
    const controls = byId("parameters");
    for (const name of NAMES) {
      const { symbol, words, start, low, high, step } = PARAMETERS[name];
      const text = make("input", { id: name, value: start, autocomplete: "off", spellcheck: "false" });
      const slider = make("input", {
        type: "range",
        min: String(low),
        max: String(high),
        step: String(step),
        value: start,
        "aria-label": `${symbol}, ${words}, slider`,
      });
      text.addEventListener("input", () => {
        this.soon();
      });
      slider.addEventListener("input", () => {
        text.value = slider.value;
        this.soon();
      });
      this.texts.set(name, text);
      this.sliders.set(name, slider);
      const label = make("label", { for: name }, make("b", {}, symbol), ` ${words}`);
      const wrong = make("output", { class: "wrong", id: `${name}-wrong`, for: name });
      text.setAttribute("aria-describedby", wrong.id);
      controls.append(make("div", { class: "parameter" }, label, text, slider, wrong));
    }
    for (const [name, { words }] of Object.entries(OPTIMIZERS)) {
      this.optimizer.append(make("option", { value: name }, words));
    }
    for (const input of [this.optimizer, this.steps]) {
      input.addEventListener("input", () => {
        this.soon();
      });
    }
    this.current.addEventListener("input", () => {
      this.stop();
      this.draw();
    });
    this.play.addEventListener("click", () => {
      if (this.playing) this.stop();
      else this.start();
    });
    byId("steps-details").addEventListener("toggle", () => {
      this.showTable();
      this.draw();
    });
    byId("assignment").addEventListener("click", () => {
      this.set({});
    });
    this.below.addEventListener("click", () => {
      this.change({ height: String(this.answer.height * 0.999) });
    });
    this.above.addEventListener("click", () => {
      this.change({ height: String(this.answer.height * 1.001) });
    });
  }

  /** Update before the next frame, once for all events until then. */
  private soon(): void {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.update();
    });
  }

  private update(): void {
    const values = this.read();
    if (!values) return;
    const { height, ...exact } = values;
    const before = this.exact as Exact | undefined;
    this.exact = exact;
    this.height = toNumber(height);
    this.problem = problemOf(exact);
    const name = this.optimizer.value;
    const parametersChanged = !before || PROBLEM_NAMES.some((n) => !equal(before[n], exact[n]));
    if (parametersChanged || name !== this.answered) {
      this.answered = name;
      this.answer = this.find(name);
    }
    const count = Math.min(MOST_STEPS, Math.max(1, Math.round(Number(this.steps.value)) || 1));
    this.positions = trajectory(name, this.problem, bumpSlope(this.problem, this.height), count);
    this.current.max = String(count);
    this.current.value = String(count);
    this.stop();
    this.draw();
    this.showAnswer();
    this.showTable();
    if (parametersChanged) for (const listener of this.listeners) listener(this.problem);
  }

  private answered = "";

  /** Return the values that are typed, or null where one is wrong. */
  private read(): Record<Name, Rational> | null {
    const values: Partial<Record<Name, Rational>> = {};
    let wrong = false;
    for (const name of NAMES) {
      const text = this.texts.get(name)!;
      const value = parseRational(text.value);
      const message = value
        ? toNumber(value) > LARGEST
          ? `must be at most ${String(LARGEST)}`
          : PARAMETERS[name].problem(toNumber(value))
        : "write a number such as 0.3, 3/10 or 1e-3";
      text.setAttribute("aria-invalid", String(message !== null));
      byId(`${name}-wrong`).textContent = message ?? "";
      if (message === null && value) {
        values[name] = value;
        this.sliders.get(name)!.value = String(toNumber(value));
      } else wrong = true;
    }
    return wrong ? null : (values as Record<Name, Rational>);
  }

  private find(name: string): Answer {
    const set = this.provedSets.find(
      ({ one, exact }) =>
        one.optimizer === name && PROBLEM_NAMES.every((n) => equal(exact[n], this.exact[n])),
    );
    if (set) return { known: "proved", height: set.one.height, words: inWords(set.one) };
    if (name === "adam") return ofAdam(greatestHeight(this.problem));
    return ofSteps(trajectory(name, this.problem, valleySlope(this.problem), SIMULATED), this.problem);
  }

  private showAnswer(): void {
    const { known, height: value, words } = this.answer;
    const bound = known === "at least";
    byId("h-max").textContent = this.number();
    byId("known").textContent = bound ? "simulated" : known;
    byId("known").className = `badge ${bound ? "simulated" : known}`;
    byId("known").hidden = known === "unknown";
    byId("how").textContent = words;
    byId("outcome").textContent = `${this.verdict()} ${this.passage()}`;
    for (const [button, side] of [[this.below, "below"], [this.above, "above"]] as const) {
      button.disabled = !(value > 0);
      button.textContent = `h just ${side} ${bound ? "this bound" : "h_max"}`;
    }
  }

  private number(): string {
    const { known, height } = this.answer;
    if (known === "unknown") return "not known";
    if (known !== "at least") return `= ${String(height)}`;
    return `at least ${String(roundedDown(height, this.problem.distance))}`;
  }

  /** Say whether the bump is climbed, as far as that is known. */
  private verdict(): string {
    const { known, height: value } = this.answer;
    const bump = `This bump, h = ${String(this.height)}, is`;
    if (known === "unknown") return "Without h_max there is no verdict on this bump.";
    const climbed = this.height < value;
    if (known === "at least") return `${bump} ${climbed ? "" : "not "}climbed ${WITHIN}.`;
    return `${bump} ${climbed ? "lower than h_max: climbed" : "not lower than h_max: not climbed"}.`;
  }

  private passage(): string {
    const top = this.problem.distance + this.height;
    const passed = this.positions.findIndex((x) => x > top);
    return passed > 0
      ? `The trajectory is past its top at step ${String(passed)}.`
      : `Within the ${String(this.positions.length - 1)} steps shown it is not passed.`;
  }

  private draw(): void {
    const shown = Number(this.current.value);
    const { distance } = this.problem;
    const visited = this.positions.slice(0, shown + 1);
    const { text } = ink();
    const [low, high] = this.range();
    const inside = visited.filter((x) => x >= low && x <= high);
    const limit = this.answer.height;
    const limitName = this.answer.known === "at least" ? "highest x" : "L + h_max";
    const curve = (height: number) =>
      [low, distance, distance + height, high].map((x) => [x, bumpLoss(x, distance, height)]);
    const last = visited.at(-1)!;
    this.loss.setOption({
      animation: false,
      grid: GRID,
      xAxis: axis("x", { min: low, max: high }),
      yAxis: axis("loss"),
      series: [
        { type: "line", data: Number.isFinite(limit) ? curve(limit) : [], symbol: "none", lineStyle: { type: "dashed", color: COLOURS.grey, width: 1.5 } },
        { type: "line", data: curve(this.height), symbol: "none", lineStyle: { color: text, width: 2 } },
        {
          type: "line",
          data: inside.map((x) => [x, bumpLoss(x, distance, this.height)]),
          symbol: inside.length > 400 ? "none" : "circle", // so many circles would take the time
          symbolSize: inside.length > 100 ? 3 : 6,
          itemStyle: { color: COLOURS.blue },
          lineStyle: { color: COLOURS.blue, width: 0.8, opacity: 0.5 },
        },
        {
          type: "scatter",
          data: last >= low && last <= high ? [[last, bumpLoss(last, distance, this.height)]] : [],
          symbolSize: 13,
          itemStyle: { color: COLOURS.vermilion },
        },
      ],
    });
    const line = (value: number, name: string) => ({ yAxis: value, name });
    this.course.setOption({
      animation: false,
      grid: { ...GRID, right: 64 },
      xAxis: axis("step t", { min: 0, max: this.positions.length - 1 }),
      yAxis: axis("x", { min: low, max: high }),
      series: [
        {
          type: "line",
          data: visited.map((x, t) => [t, x]),
          symbol: visited.length > 200 ? "none" : "circle",
          symbolSize: 5,
          itemStyle: { color: COLOURS.blue },
          lineStyle: { color: COLOURS.blue, width: 1.2 },
          markLine: {
            animation: false,
            symbol: "none",
            label: { formatter: "{b}", color: text },
            lineStyle: { color: COLOURS.grey },
            data: [
              line(distance, "L"),
              {
                ...line(distance + this.height, "L + h"),
                lineStyle: { color: text },
                label: { position: "insideStartTop" },
              },
              ...(Number.isFinite(limit) ? [line(distance + limit, limitName)] : []),
            ],
          },
        },
      ],
    });
    byId("current-words").textContent =
      `after step ${String(shown)}: x = ${last.toPrecision(12)}`;
    for (const row of byId("step-table").querySelectorAll("tr")) {
      row.classList.toggle("now", row.dataset["t"] === String(shown));
    }
  }

  /** Return the region of x that is shown. */
  private range(): [number, number] {
    const end = this.problem.distance + 2.4 * Math.max(this.height, this.answer.height || 0);
    const low = Math.max(this.positions.reduce((a, b) => Math.min(a, b), 0) - 0.05 * end, -end);
    const unit = 10 ** Math.floor(Math.log10(end)) / 10; // so that the ends of the axis are short
    return [Math.floor(low / unit) * unit, Math.ceil(end / unit) * unit].map((x) =>
      Number(x.toPrecision(6)),
    ) as [number, number];
  }

  private showTable(): void {
    if (!byId<HTMLDetailsElement>("steps-details").open) return;
    const adam = this.optimizer.value === "adam";
    const heads = ["t", "slope", ...(adam ? ["m", "v", "m̂", "v̂"] : []), "x", "loss"];
    const slope = bumpSlope(this.problem, this.height);
    const number = (value: number) => value.toFixed(10);
    const ends = (x: number) => [x, bumpLoss(x, this.problem.distance, this.height)].map(number);
    const rows = adam
      ? stepsOverBump(this.problem, this.height, Math.min(TABLE_ROWS, this.positions.length - 1)).map(
          ({ t, slope, m, v, mHat, vHat, x }) => [
            ...[t, slope].map(String),
            ...[m, v, mHat, vHat].map(number),
            ...ends(x),
          ],
        )
      : this.positions
          .slice(1, TABLE_ROWS + 1)
          .map((x, i) => [String(i + 1), String(slope(this.positions[i]!)), ...ends(x)]);
    byId("step-table").replaceChildren(
      make("thead", {}, tableRow(heads, true)),
      make(
        "tbody",
        {},
        ...rows.map((cells) => {
          const row = tableRow(cells);
          row.dataset["t"] = cells[0]!;
          return row;
        }),
      ),
    );
    byId("table-words").textContent =
      this.positions.length - 1 > TABLE_ROWS ? `The first ${String(TABLE_ROWS)} steps.` : "";
  }

  private start(): void {
    const last = this.positions.length - 1;
    let shown = Number(this.current.value) >= last ? 0 : Number(this.current.value);
    this.play.textContent = "Pause";
    byId("played").textContent = "";
    this.playing = window.setInterval(
      () => {
        shown = Math.min(last, shown + Math.max(1, Math.round(last / FRAMES)));
        this.current.value = String(shown);
        this.draw();
        if (shown < last) return;
        this.stop();
        byId("played").textContent = byId("current-words").textContent; // said once, at the end
      },
      last < FRAMES ? 150 : 40,
    );
  }

  private stop(): void {
    window.clearInterval(this.playing);
    this.playing = 0;
    this.play.textContent = "Play";
  }
}

const PROBLEM_NAMES = ["alpha", "beta1", "beta2", "epsilon", "distance"] as const;

function exactOf(one: Proved): Exact {
  const of = (name: (typeof PROBLEM_NAMES)[number]) => parseRational(one[name])!;
  return {
    alpha: of("alpha"),
    beta1: of("beta1"),
    beta2: of("beta2"),
    epsilon: of("epsilon"),
    distance: of("distance"),
  };
}

function unknown(words: string): Answer {
  return { known: "unknown", height: NaN, words };
}

/** Return what a simulation of Adam says, which ends when nothing new can come. */
function ofAdam({ height, step, period, steps, doubt }: Height): Answer {
  if (doubt !== null) return unknown(`No number can be trusted: ${doubt}.`);
  const words = [`${steps.toLocaleString("en")} steps in double precision`];
  if (period !== null) words.push(`the slopes repeat with period ${String(period)} in the end`);
  words.push(step === null ? "peaks rise towards it" : `reached at step ${String(step)}`);
  return { known: "simulated", height, words: `${words.join("; ")}.` };
}

/** Return a height with as many digits as single precision, in which torch keeps some factors. */
function roundedDown(height: number, distance: number): number {
  const unit = 10 ** (Math.ceil(Math.log10(distance + height)) - DIGITS);
  return Number((Math.floor(height / unit) * unit).toPrecision(DIGITS));
}

/** Return what the first positions in the valley say: a lower bound, as later ones may be higher. */
function ofSteps(positions: readonly number[], { distance, tolerance }: Problem): Answer {
  if (!positions.every(Number.isFinite)) return unknown("It divides by zero or leaves the doubles.");
  const top = positions.reduce((a, b) => Math.max(a, b));
  if (top < distance - tolerance) {
    return unknown(`L has not been reached ${WITHIN}; later ones may reach it.`);
  }
  const words =
    `The greatest height ${WITHIN} in double precision, rounded down; ` +
    `it is that of step ${String(positions.indexOf(top))}; later steps may go higher.`;
  return { known: "at least", height: Math.max(0, top - distance), words };
}

function inWords(one: Proved): string {
  const exact = one.exact ? `Exactly ${one.exact}. ` : `Between ${one.lower} and ${one.upper}. `;
  return `${exact}${one.reason.charAt(0).toUpperCase()}${one.reason.slice(1)}.`;
}
