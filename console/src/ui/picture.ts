/** What stands on the screen as a PNG, however it was drawn (tables, SVG, canvas). Loaded when the first one is asked for. */
import { domToBlob } from "modern-screenshot";

import { saveAs } from "../api/client";

/** Buttons, and what only people who hear the screen get. */
const LEFT_OUT = "[data-no-picture], .unseen, .react-flow__controls";
/** A side of more pixels is more than browsers draw. */
const LONGEST = 16_000;

export async function savePicture(place: HTMLElement, name: string): Promise<void> {
  const { style } = document.body;
  const surface = getComputedStyle(document.documentElement).getPropertyValue("--surface").trim() || "#ffffff";
  const restore = unfolded(place);
  style.cursor = "progress";
  try {
    const longest = Math.max(place.offsetWidth, place.offsetHeight, 1);
    const blob = await domToBlob(place, {
      scale: Math.min(2, LONGEST / longest),
      backgroundColor: surface,
      font: false, // the fonts are this computer's own
      filter: (node) => !(node instanceof Element && node.matches(LEFT_OUT)),
    });
    saveAs(blob, `${name.replaceAll(/[\\/:*?"<>|]+/g, " ").trim()}.png`);
  } finally {
    style.cursor = "";
    restore();
  }
}

/** What is scrolled is pictured whole: for a moment its frame is as wide and high as what it holds. */
function unfolded(place: HTMLElement): () => void {
  const before = place.getAttribute("style");
  const frames = [place, ...place.querySelectorAll<HTMLElement>(".table-scroll, [data-scrolls]")].filter((frame) => !frame.closest(".unseen"));
  const hidden = Math.max(0, ...frames.map((frame) => frame.scrollWidth - frame.clientWidth));
  if (hidden > 1) place.style.minWidth = `${place.offsetWidth + hidden}px`;
  if (place.scrollHeight > place.clientHeight + 1) place.style.height = `${place.scrollHeight}px`;
  return () => (before === null ? place.removeAttribute("style") : place.setAttribute("style", before));
}
