// Initials on a colour that follows from the name, as Fluent's Avatar has them.
import { make } from "./dom.js";

const COLOURS = [
  "DarkRed", "Cranberry", "Pumpkin", "Gold", "Brass", "Brown", "Forest", "Seafoam", "DarkGreen", "Teal", "Steel",
  "Blue", "RoyalBlue", "Cornflower", "Navy", "Lavender", "Purple", "Grape", "Lilac", "Magenta", "Plum", "Mink",
];

/** @param {string} name */
export function initials(name) {
  const parts = name.split(/\s+/).filter(Boolean);
  return [parts[0], parts.length > 1 ? parts.at(-1) : ""].map((part) => [...(part ?? "")][0] ?? "").join("").toUpperCase();
}

/**
 * Somebody's picture; a team's with `square`.
 * @param {string} name
 * @param {{ square?: boolean, small?: boolean }} [looks]
 */
export function avatar(name, looks = {}) {
  const element = make("span", { class: `avatar${looks.square ? " square" : ""}${looks.small ? " small" : ""}`, "aria-hidden": "true" }, initials(name));
  const number = [...name].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) >>> 0, 7);
  const colour = COLOURS[number % COLOURS.length];
  element.style.backgroundColor = `var(--colorPalette${colour}Background2)`;
  element.style.color = `var(--colorPalette${colour}Foreground2)`;
  return element;
}

/** Cairn's picture beside what it says. */
export function cairnAvatar() {
  const image = make("img", { class: "avatar bot", src: "/static/cairn.svg", alt: "", width: 32, height: 32 });
  return image;
}
