// Making and renewing elements.

/**
 * The element with that id; it is an error of ours when there is none.
 * @param {string} id @returns {HTMLElement}
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no element #${id}`);
  return element;
}

/**
 * A new element. `attributes` that are false, null or undefined are left out; text among the children is text.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string | boolean | number | null | undefined>} [attributes]
 * @param {(Node | string | null | false | undefined)[]} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) if (child || child === "") element.append(child);
  return element;
}

/**
 * A button that does something.
 * @param {Record<string, string | boolean | null | undefined>} attributes
 * @param {() => void} act
 * @param {(Node | string | null | false | undefined)[]} children
 */
export function button(attributes, act, ...children) {
  const element = make("button", { type: "button", ...attributes }, ...children);
  element.addEventListener("click", act);
  return element;
}

/**
 * Make a list show `items`: elements whose item has not changed stay as they are, with focus and what was typed.
 * @template T
 * @param {HTMLElement} list
 * @param {T[]} items
 * @param {(item: T, index: number) => string} keyOf
 * @param {(item: T, index: number) => HTMLElement} build
 * @param {string} [context] what else the elements depend on
 * @returns {HTMLElement[]} the elements that are new or were renewed
 */
export function renew(list, items, keyOf, build, context = "") {
  const present = new Map([...list.children].map((child) => [/** @type {HTMLElement} */ (child).dataset.key, child]));
  const made = /** @type {HTMLElement[]} */ ([]);
  const wanted = items.map((item, index) => {
    const key = keyOf(item, index);
    const stamp = `${context}${JSON.stringify(item)}`;
    const known = /** @type {HTMLElement | undefined} */ (present.get(key));
    if (known && stamps.get(known) === stamp) return known;
    const element = build(item, index);
    element.dataset.key = key;
    stamps.set(element, stamp);
    made.push(element);
    return element;
  });
  const kept = new Set(/** @type {Element[]} */ (wanted));
  for (const child of [...list.children]) if (!kept.has(child)) child.remove();
  wanted.forEach((element, index) => {
    if (list.children[index] !== element) list.insertBefore(element, list.children[index] ?? null);
  });
  return made;
}

/** @type {WeakMap<Element, string>} */
const stamps = new WeakMap();
