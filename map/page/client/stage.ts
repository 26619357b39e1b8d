import Panzoom from "@panzoom/panzoom";

/** In CSS pixels of the screen. */
const STEP = 60;
/** How much of its frame a fitted part fills, and how much a part is enlarged at most. */
const FIT = { share: 0.9, most: 6 };
/** Text of a large fleet's drawing needs some ten times. */
const SCALE = { minScale: 0.4, maxScale: 24, step: 0.35 };

/** A drawing that can be moved and enlarged. */
export interface Stage {
  zoom: (direction: "in" | "out") => void;
  /** Shows these elements as large as the frame allows, all of the drawing if none is left out. */
  fit: (elements: readonly Element[], isAll: boolean) => void;
  /** By so many CSS pixels of the screen. */
  pan: (x: number, y: number) => void;
}

/**
 * Lets a sheet be dragged within its frame, enlarged by wheel or pinch where the pointer is, and steered.
 * @param moved is called after each change
 */
export function stage(frame: HTMLElement, sheet: HTMLElement, moved: () => void): Stage {
  const animate = !matchMedia("(prefers-reduced-motion: reduce)").matches;
  const panzoom = Panzoom(sheet, { ...SCALE, canvas: true, cursor: "grab", animate });
  frame.addEventListener("wheel", (event) => void panzoom.zoomWithWheel(event), { passive: false });
  sheet.addEventListener("panzoomchange", moved);
  return {
    zoom: (direction) => {
      if (direction === "in") panzoom.zoomIn();
      else panzoom.zoomOut();
    },
    fit: (elements, isAll) => {
      if (isAll || elements.length === 0) return void panzoom.reset();
      const [part, whole] = [around(elements), around([frame])];
      const [scale, { x, y }] = [panzoom.getScale(), panzoom.getPan()];
      const larger = Math.min(whole.width / part.width, whole.height / part.height) * FIT.share;
      panzoom.zoom(Math.min(FIT.most, scale * larger), { animate: false });
      panzoom.pan(x + (whole.x - part.x) / scale, y + (whole.y - part.y) / scale, { animate: false });
    },
    pan: (x, y) => {
      const scale = panzoom.getScale();
      panzoom.pan(x / scale, y / scale, { relative: true });
    },
  };
}

/** The middle and the size, on the screen, of what holds all these elements. */
function around(elements: readonly Element[]): { x: number; y: number; width: number; height: number } {
  const boxes = elements.map((element) => element.getBoundingClientRect());
  const [left, right] = [
    Math.min(...boxes.map((box) => box.left)),
    Math.max(...boxes.map((box) => box.right)),
  ];
  const [top, bottom] = [
    Math.min(...boxes.map((box) => box.top)),
    Math.max(...boxes.map((box) => box.bottom)),
  ];
  return { x: (left + right) / 2, y: (top + bottom) / 2, width: right - left, height: bottom - top };
}

/** Does what a key does on a drawing; false for a key that does nothing there. */
export function steer(key: string, { zoom, fit, pan }: Stage): boolean {
  const actions: Record<string, () => void> = {
    "+": () => zoom("in"),
    "=": () => zoom("in"),
    "-": () => zoom("out"),
    "0": () => fit([], true),
    ArrowLeft: () => pan(STEP, 0),
    ArrowRight: () => pan(-STEP, 0),
    ArrowUp: () => pan(0, STEP),
    ArrowDown: () => pan(0, -STEP),
  };
  const action = actions[key];
  action?.();
  return action !== undefined;
}
