import type { View } from "../../graph";
import type { PageData, PageView } from "../data";
import { lineCard, nodeCard } from "./card";
import { byId } from "./elements";

/** Between what a card is about and the card, in CSS pixels. */
const GAP = 14;
/** A pointer that moved farther between press and release has dragged and not clicked. */
const STILL = 4;

/** Shows a card for the box or line under the pointer or with the focus; a click or Enter keeps it. */
export class Inspector {
  private readonly card = byId("card", HTMLElement);
  private readonly content = byId("card-content", HTMLElement);
  private kept: Element | undefined;
  private pressedAt = { x: 0, y: 0 };

  constructor(private readonly data: PageData) {
    byId("card-close", HTMLElement).addEventListener("click", () => this.close());
    document.addEventListener(
      "pointerdown",
      ({ clientX: x, clientY: y }) => (this.pressedAt = { x, y }),
      true,
    );
    document.addEventListener("keydown", ({ key }) => void (key === "Escape" && this.close()));
  }

  /** Listens to the boxes and lines of one drawing. */
  watch(svg: Element, name: View, view: PageView): void {
    for (const element of svg.querySelectorAll("[data-line],[data-node]")) {
      const show = (x: number, y: number) => this.show(element, name, view, { x, y });
      element.addEventListener("pointerenter", (event) => {
        if (this.kept === undefined && event instanceof PointerEvent) show(event.clientX, event.clientY);
      });
      element.addEventListener("pointerleave", () => this.leave());
      element.addEventListener("focus", () => {
        if (this.kept === undefined && element.matches(":focus-visible")) show(...besides(element));
      });
      element.addEventListener("blur", () => this.leave());
      element.addEventListener("click", (event) => {
        if (!(event instanceof MouseEvent) || this.wasDragged(event)) return;
        show(event.clientX, event.clientY);
        this.keep(element);
      });
      element.addEventListener("keydown", (event) => {
        if (!(event instanceof KeyboardEvent) || (event.key !== "Enter" && event.key !== " ")) return;
        event.preventDefault();
        show(...besides(element));
        this.keep(element);
      });
    }
  }

  close(): void {
    this.kept = undefined;
    this.card.hidden = true;
    this.card.classList.remove("kept");
    for (const element of document.querySelectorAll(".lit")) element.classList.remove("lit");
    for (const element of document.querySelectorAll(".dimming")) element.classList.remove("dimming");
  }

  private leave(): void {
    if (this.kept === undefined) this.close();
  }

  private keep(element: Element): void {
    this.kept = element;
    this.card.classList.add("kept");
  }

  private wasDragged({ clientX, clientY }: MouseEvent): boolean {
    return Math.hypot(clientX - this.pressedAt.x, clientY - this.pressedAt.y) > STILL;
  }

  private show(element: Element, name: View, view: PageView, at: { x: number; y: number }): void {
    this.close();
    const [line, node] = [element.getAttribute("data-line"), element.getAttribute("data-node")];
    const found = line === null ? undefined : view.lines[Number(line)];
    const box = node === null ? undefined : view.nodes[Number(node)];
    if (found !== undefined) this.content.replaceChildren(...lineCard(found, view, this.data));
    else if (box !== undefined) this.content.replaceChildren(...nodeCard(box, Number(node), view));
    light(element, name, view);
    this.place(at);
  }

  /** Beside the point, on the side with room, and wholly on the screen. */
  private place({ x, y }: { x: number; y: number }): void {
    this.card.hidden = false;
    const { width, height } = this.card.getBoundingClientRect();
    const left = x + GAP + width <= innerWidth ? x + GAP : Math.max(GAP, x - GAP - width);
    const top = Math.max(GAP, Math.min(y + GAP, innerHeight - height - GAP));
    this.card.style.left = `${left}px`;
    this.card.style.top = `${top}px`;
  }
}

/** The element itself, and what is joined with it: a line's ends, a box's lines and their other ends. */
function light(element: Element, name: View, view: PageView): void {
  const [line, node] = [element.getAttribute("data-line"), element.getAttribute("data-node")];
  const lines = view.lines.flatMap(({ from, to }, index) => {
    const isJoined = line === null ? from === Number(node) || to === Number(node) : index === Number(line);
    return isJoined ? [{ index, from, to }] : [];
  });
  const ids = lines.flatMap(({ index, from, to }) => [
    `${name}-line-${index + 1}`,
    `${name}-node-${from}`,
    `${name}-node-${to}`,
  ]);
  for (const id of ids) document.getElementById(id)?.classList.add("lit");
  element.classList.add("lit");
  element.closest("svg")?.classList.add("dimming");
}

function besides(element: Element): [number, number] {
  const { left, right, top } = element.getBoundingClientRect();
  return element.hasAttribute("data-node") ? [right, top] : [(left + right) / 2, top];
}
