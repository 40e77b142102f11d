// What the page says aloud: for screen readers, and as a note in the corner.
import { button, byId } from "./dom.js";
import { icon } from "./icons.js";

const SECONDS = 8;
let hiding = 0;

/**
 * Tell screen readers.
 * @param {string} text
 */
export function announce(text) {
  byId("announcements").textContent = text;
}

/**
 * Show a note for a while, and announce it.
 * @param {string} text
 */
export function note(text) {
  const toast = byId("toast");
  toast.replaceChildren(text, button({ class: "subtle", "aria-label": "Dismiss" }, hide, icon("close")));
  toast.hidden = false;
  announce(text);
  clearTimeout(hiding);
  hiding = setTimeout(hide, SECONDS * 1000);
}

function hide() {
  byId("toast").hidden = true;
}
