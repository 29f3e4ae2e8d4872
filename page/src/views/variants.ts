/** Twenty test images through every variant, switched in place. */

import { DATA, draw, Sheet, type Shown } from "../data";
import { byId, make, radios, tableRow } from "../dom";

const { side_by_side: SIDE } = DATA;
const COLUMNS = 5;
const ORIGINALS = "the originals";
const FIRST = SIDE.variants[0]!;

export class VariantsView {
  private readonly canvas = byId<HTMLCanvasElement>("pictures");
  private dimension = FIRST.dimension;
  private variant = FIRST.variant;
  private round = 0;

  constructor() {
    const dimensions = [...new Set(SIDE.variants.map((one) => one.dimension))];
    const names = [...new Set(SIDE.variants.map((one) => one.variant))];
    byId("choices").append(
      radios("Latent dimension", "dimension", dimensions, (value) => {
        this.dimension = value;
        void this.show();
      }),
      radios("Shown", "variant", [...names, ORIGINALS], (value) => {
        this.variant = value;
        void this.show();
      }),
    );
    void this.show();
  }

  private of(variant: string): Shown | undefined {
    return SIDE.variants.find((one) => one.dimension === this.dimension && one.variant === variant);
  }

  private async show(): Promise<void> {
    const round = ++this.round;
    const found = this.of(this.variant);
    const uri = this.variant === ORIGINALS ? SIDE.originals : found?.sprites;
    const missing = `${this.variant} has no finished run at ${this.dimension} dimensions`;
    byId("pictures-words").textContent = uri ? `${this.variant}, seed ${String(SIDE.seed)}` : missing;
    this.showNumbers();
    this.canvas.hidden = !uri;
    if (!uri) return;
    const sheet = await Sheet.of(uri, SIDE.images);
    if (round !== this.round) return;
    const all = Array.from({ length: SIDE.images }, (_, index) => sheet.picture(index));
    draw(this.canvas, all, COLUMNS);
    this.canvas.setAttribute(
      "aria-label",
      `${String(SIDE.images)} test images: ${this.variant}, latent dimension ${this.dimension}`,
    );
  }

  private showNumbers(): void {
    const plain = this.of(FIRST.variant);
    const chosen = this.of(this.variant);
    const shown = [plain, chosen !== plain ? chosen : undefined].filter((one) => one !== undefined);
    byId("numbers").replaceChildren(
      make("thead", {}, tableRow(["", ...shown.map((one) => one.variant), "better"], true)),
      make(
        "tbody",
        {},
        tableRow(["number of seeds", ...shown.map((one) => String(one.seeds)), ""]),
        ...SIDE.columns.map((name, i) =>
          tableRow([name, ...shown.map((one) => one.measures[i]!), SIDE.better[i]!]),
        ),
      ),
    );
  }
}
