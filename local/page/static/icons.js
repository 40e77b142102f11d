// The few pictures of the page: outlines on a 20 × 20 grid that take the colour of their text.

const SHAPES = {
  channel: "M4 7.5h12M4 12.5h12M8 3.5 6.5 16.5M13.500 3.500 12 16.500",
  lock: "M5.500 9h9a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1h-9a1 1 0 0 1-1-1v-6a1 1 0 0 1 1-1ZM7 9V6.500a3 3 0 0 1 6 0V9M10 12.500v1.500",
  chat: "M3.500 5a1.500 1.500 0 0 1 1.500-1.500h10A1.500 1.500 0 0 1 16.500 5v7a1.500 1.500 0 0 1-1.500 1.500H9L5.500 16.500v-3H5A1.500 1.500 0 0 1 3.500 12ZM7 7h6M7 10h4",
  send: "M3.500 3.500 17 10 3.500 16.500 5.500 10ZM5.500 10H11",
  reply: "M8 5 3.500 9.500 8 14M4 9.500h7a5 5 0 0 1 5 5v1",
  check: "m4.500 10.500 3.500 3.500 7.500-8",
  question: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM8 8a2 2 0 1 1 3 1.700c-.6.4-1 .8-1 1.500M10 13.600v.2",
  answer: "M3.500 5A1.500 1.500 0 0 1 5 3.500h10A1.500 1.500 0 0 1 16.500 5v7a1.500 1.500 0 0 1-1.500 1.500H9L5.500 16.500v-3H5A1.500 1.500 0 0 1 3.500 12ZM7 8.500l2 2 4-4.500",
  people: "M10 10a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM4.500 16.500c.5-3 2.700-4.500 5.500-4.500s5 1.500 5.500 4.500",
  privacy: "M10 3l6 2v4.500c0 3.500-2.500 6-6 7.500-3.500-1.500-6-4-6-7.500V5Z",
  warning: "M10 3.500 17 16H3ZM10 8v4M10 13.700v.2",
  clock: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM10 6v4.200l2.800 1.700",
  up: "m5 12.500 5-5 5 5",
  down: "m5 7.500 5 5 5-5",
  back: "m12.500 5-5 5 5 5",
  on: "m7.500 5 5 5-5 5",
  close: "m5 5 10 10M15 5 5 15",
};
const SVG = "http://www.w3.org/2000/svg";

/**
 * A picture beside words that say the same.
 * @param {keyof typeof SHAPES} name
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", SHAPES[name]);
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  svg.append(path);
  return svg;
}

/** Cairn's own picture. */
export function cairn() {
  const image = document.createElement("img");
  Object.assign(image, { src: "/static/cairn.svg", alt: "", width: 20, height: 20, className: "cairn" });
  return image;
}
