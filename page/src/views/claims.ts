/** What the two reports claim, judged; what does not hold opens its counter-example above. */

import { DATA, type Claim, type Example } from "../data";
import { byId, choose, make } from "../dom";
import type { BumpView } from "./bump";

const ALL = "all";
type Filter = "report" | "question" | "verdict";

export class ClaimsView {
  private readonly selects = new Map<Filter, HTMLSelectElement>();

  constructor(private readonly bump: BumpView) {
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
    const example = DATA.examples[one.quotation];
    if (example) {
      const button = make("button", { type: "button" }, "Look at it");
      button.addEventListener("click", () => {
        this.open(example);
      });
      item.append(button);
    }
    return item;
  }

  /** Show an example in its part of the page, and lead there. */
  private open(example: Example): void {
    let heading = `${example.part}-heading`;
    if (example.part === "bump") {
      this.bump.set(example.parameters, example.optimizer);
      if (example.step_table) {
        byId<HTMLDetailsElement>("steps-details").open = true;
        heading = "steps-heading";
      }
    } else if (example.part === "embedding") {
      choose("colour", "k-means cluster");
      const image = byId<HTMLInputElement>("image");
      if (example.image !== null) image.value = String(example.image);
      image.dispatchEvent(new Event("input"));
    } else {
      choose("dimension", example.dimension);
      choose("variant", example.variant);
    }
    const target = byId(heading);
    target.focus({ preventScroll: true });
    target.scrollIntoView();
  }
}

function report(one: Claim): string {
  return one.place.split(",")[0]!;
}
