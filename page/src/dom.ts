/** Elements, by their ids or made. */

// The caller knows which element has the id, as page.html is ours.
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no element #${id}`);
  return found as T;
}

type Child = Node | string;

export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Return a group of radio buttons that calls `chosen` with the value of the one taken. */
export function radios(
  legend: string,
  name: string,
  options: readonly string[],
  chosen: (value: string) => void,
): HTMLFieldSetElement {
  const group = make("fieldset", { class: "radios" }, make("legend", {}, legend));
  options.forEach((value, place) => {
    const input = make("input", { type: "radio", name, value });
    input.checked = place === 0;
    input.addEventListener("change", () => {
      chosen(value);
    });
    group.append(make("label", {}, input, value));
  });
  return group;
}

/** Take a radio button, as the reader would. */
export function choose(name: string, value: string): void {
  const inputs = document.querySelectorAll<HTMLInputElement>(`input[name="${name}"]`);
  for (const input of inputs) if (input.value === value) input.click();
}

export function tableRow(cells: readonly Child[], head = false): HTMLTableRowElement {
  const cell = (child: Child, place: number) =>
    head
      ? make("th", { scope: "col" }, child)
      : place === 0
        ? make("th", { scope: "row" }, child)
        : make("td", {}, child);
  return make("tr", {}, ...cells.map(cell));
}
