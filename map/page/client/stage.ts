import Panzoom from "@panzoom/panzoom";

/** In CSS pixels of the screen. */
const STEP = 60;
/** Text of a large fleet's drawing needs some ten times. */
const SCALE = { minScale: 0.4, maxScale: 24, step: 0.35 };

/** A drawing that can be moved and enlarged. */
export interface Stage {
  zoom: (direction: "in" | "out" | "fit") => void;
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
      else if (direction === "out") panzoom.zoomOut();
      else panzoom.reset();
    },
    pan: (x, y) => {
      const scale = panzoom.getScale();
      panzoom.pan(x / scale, y / scale, { relative: true });
    },
  };
}

/** Does what a key does on a drawing; false for a key that does nothing there. */
export function steer(key: string, { zoom, pan }: Stage): boolean {
  const actions: Record<string, () => void> = {
    "+": () => zoom("in"),
    "=": () => zoom("in"),
    "-": () => zoom("out"),
    "0": () => zoom("fit"),
    ArrowLeft: () => pan(STEP, 0),
    ArrowRight: () => pan(-STEP, 0),
    ArrowUp: () => pan(0, STEP),
    ArrowDown: () => pan(0, -STEP),
  };
  const action = actions[key];
  action?.();
  return action !== undefined;
}
