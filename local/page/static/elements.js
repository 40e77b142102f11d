// Small pieces that every part of the page is made of.

const AVATARS = ["#8e2a6e", "#4f52b2", "#0f6c4b", "#9a3b00", "#0b5cad", "#6b4c9a", "#6f5400", "#a4262c", "#045a66", "#5c5466"];
const DAY = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", timeZone: "UTC" });

/** @param {string} id @returns {HTMLElement} */
export const $ = (id) => document.getElementById(id);

/**
 * An element with properties and children; children that are null or "" are left out.
 * @param {string} tag @param {Record<string, unknown>} [properties] @param {...(Node | string | null)} children
 * @returns {HTMLElement}
 */
export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children.filter((child) => child !== null && child !== ""));
  return element;
}

/** @param {string} iso */
export const words = (iso) => DAY.format(new Date(iso));

/** @param {string} iso */
export const moment = (iso) => make("time", { dateTime: iso, textContent: words(iso) });

/**
 * A person's initials on a colour of their own.
 * @param {string} name
 */
export function avatar(name) {
  const initials = name.split(/\s+/).map((part) => part[0]).slice(0, 2).join("").toUpperCase();
  const colour = [...name].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 9973, 7) % AVATARS.length;
  const element = make("span", { className: "avatar", textContent: initials, ariaHidden: "true" });
  element.style.background = AVATARS[colour];
  return element;
}

export const logo = () => make("img", { className: "avatar bot", src: "/static/cairn.svg", alt: "", width: 32, height: 32 });

/**
 * Bring a list's children in line with `items`, keeping elements whose item is unchanged: whoever types into
 * a card or has the focus there keeps both while the story goes on.
 * @template T
 * @param {HTMLElement} list @param {T[]} items @param {(item: T) => string} keyOf @param {(item: T) => HTMLElement} draw
 */
export function keep(list, items, keyOf, draw) {
  const before = new Map([...list.children].map((child) => [child.dataset.key, child]));
  const wanted = items.map((item) => {
    const [key, state] = [keyOf(item), JSON.stringify(item)];
    const old = before.get(key);
    if (old && old.state === state) return old;
    const fresh = draw(item);
    fresh.dataset.key = key;
    fresh.state = state;
    return fresh;
  });
  const staying = new Set(wanted);
  for (const child of [...list.children]) if (!staying.has(child)) child.remove();
  wanted.forEach((element, place) => {
    if (list.children[place] !== element) list.insertBefore(element, list.children[place] ?? null);
  });
}
