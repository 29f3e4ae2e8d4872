/** The page: its four parts, and the hook by which page/tests ask for what it computes. */

import { greatestHeight } from "./bump/adam";
import { heightAt } from "./bump/map";
import { OPTIMIZERS, trajectory } from "./bump/optimizers";
import { bumpSlope, problemOf, type Exact } from "./bump/problem";
import { parseRational } from "./bump/rational";
import { BumpView } from "./views/bump";
import { ClaimsView } from "./views/claims";
import { showLatent } from "./views/latent";
import { MapView } from "./views/map";
import { VariantsView } from "./views/variants";

type Texts = Record<keyof Exact, string>;

function problemFrom(texts: Texts) {
  const exact = Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [name, parseRational(text)]),
  ) as unknown as Exact;
  return problemOf(exact);
}

declare global {
  interface Window {
    page: unknown;
  }
}

const bump = new BumpView();
new VariantsView();
new MapView(bump);
window.page = {
  greatestHeight: (texts: Texts) => greatestHeight(problemFrom(texts)),
  heightOnMap: (texts: Texts) => {
    const problem = problemFrom(texts);
    return heightAt(problem, problem.alpha, problem.beta1);
  },
  trajectory: (name: string, texts: Texts, height: number, steps: number) => {
    const problem = problemFrom(texts);
    return trajectory(name, problem, bumpSlope(problem, height), steps);
  },
  optimizers: Object.keys(OPTIMIZERS),
};
void showLatent().then(() => {
  new ClaimsView(bump); // its buttons work the other parts
  document.body.dataset["readyAfter"] = String(performance.now());
  document.body.dataset["ready"] = "yes";
});
