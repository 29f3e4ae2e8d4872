/** What the two reports claim, judged; a wrong one opens its counter-example in the views above. */

import { DATA, type Claim } from "../data";
import { byId, make } from "../dom";
import type { BumpView } from "./bump";
import type { VariantsView } from "./variants";

const ALL = "all";
type Filter = "report" | "question" | "verdict";

export class ClaimsView {
  private readonly selects = new Map<Filter, HTMLSelectElement>();

  constructor(
    private readonly bump: BumpView,
    private readonly variants: VariantsView,
  ) {
    const values: Record<Filter, string[]> = {
      report: [...new Set(DATA.claims.map(report))].sort(),
      question: [...new Set(DATA.claims.map((one) => one.question))].sort(),
      verdict: DATA.verdicts.filter((v) => DATA.claims.some((one) => one.verdict === v)),
    };
    for (const [name, of] of Object.entries(values) as [Filter, string[]][]) {
      const select = make("select", { id: `by-${name}` });
      for (const value of [ALL, ...of]) select.append(make("option", { value }, value));
      select.addEventListener("input", () => {
        this.show();
      });
      this.selects.set(name, select);
      byId("filters").append(make("label", {}, `${name} `, select));
    }
    this.show();
  }

  private show(): void {
    const wanted = (name: Filter, value: string) => {
      const chosen = this.selects.get(name)!.value;
      return chosen === ALL || chosen === value;
    };
    const found = DATA.claims.filter(
      (one) =>
        wanted("report", report(one)) &&
        wanted("question", one.question) &&
        wanted("verdict", one.verdict),
    );
    byId("claims-count").textContent =
      `${String(found.length)} of ${String(DATA.claims.length)} statements`;
    byId("claims-list").replaceChildren(...found.map((one) => this.item(one)));
  }

  private item(one: Claim): HTMLLIElement {
    const badge = make("span", { class: `badge ${one.verdict.replace(" ", "-")}` }, one.verdict);
    const item = make(
      "li",
      {},
      make("p", {}, badge, ` “${one.quotation}” `, make("small", {}, one.place)),
      make("p", { class: "found" }, `→ ${one.recomputed}`),
    );
    const notes = [one.criterion, one.remark].filter((text) => text !== "").join("; ");
    if (notes) item.append(make("p", { class: "notes" }, notes));
    if (one.verdict === "wrong" || one.verdict === "typo") {
      const button = make("button", { type: "button" }, "Look at it");
      button.addEventListener("click", () => {
        this.open(one);
      });
      item.append(button);
    }
    return item;
  }

  /** Show above what contradicts a statement. */
  private open(one: Claim): void {
    let place = "latent";
    if (one.question === "1") {
      place = "bump";
      const descent = one.place.includes("gradient") || /step \d/.test(one.quotation);
      const printed = /0\.4\d+/.exec(one.quotation)?.[0];
      this.bump.set({ height: printed ?? "0.41" }, descent && !printed ? "sgd" : "adam");
    } else if (one.question === "2(b)") {
      place = "variants";
      this.variants.choose("2", "L1 + dis_net, four-step");
    }
    byId(place).scrollIntoView({ behavior: "smooth" });
  }
}

function report(one: Claim): string {
  return one.place.split(",")[0]!;
}
