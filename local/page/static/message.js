// One message as Teams shows it.
import { avatar, cairnAvatar } from "./avatars.js";
import { drawn } from "./cards.js";
import { make } from "./dom.js";
import { icon } from "./icons.js";
import { safe } from "./markup.js";
import { hour, stamp } from "./time.js";

/** @typedef {import("../types.d.ts").Said} Said */
/** @typedef {import("../types.d.ts").Wishes} Wishes */

/**
 * Author, time, words or card, reactions. `level` is the level of the author's name as a heading.
 * @param {Said} said
 * @param {number} level
 * @param {Wishes} wishes
 */
export function message(said, level, wishes) {
  return make(
    "div",
    { class: `message${said.bot ? " from-cairn" : ""}`, "data-message": said.key, tabindex: "-1" },
    said.bot ? cairnAvatar() : avatar(said.author),
    head(said, level),
    body(said, level, wishes),
  );
}

/** @param {Said} said @param {number} level */
export function head(said, level) {
  const name = make(/** @type {"h3"} */ (`h${level}`), { class: "author" }, said.author);
  return make("div", { class: "meta" }, name, stamp(said.at, hour(said.at)), said.edited && make("span", {}, "Edited"));
}

/** @param {Said} said @param {number} level @param {Wishes} wishes */
export function body(said, level, wishes) {
  const element = make("div", { class: "said" });
  if (said.quoted) element.append(make("blockquote", { class: "quoted" }, make("strong", {}, said.quoted.author), make("span", {}, said.quoted.text)));
  if (said.subject) element.append(make("p", { class: "subject" }, said.subject));
  if (said.deleted) element.append(make("p", { class: "gone" }, "This message has been deleted."));
  if (said.html) {
    const words = make("div", { class: "words" });
    words.innerHTML = safe(said.html);
    element.append(words);
  }
  if (said.card) element.append(drawn(said.card, level + 1, (verb, data) => wishes.press(said, verb, data)));
  if (said.notice && said.card) element.append(make("p", { class: "notice" }, icon("lock"), `Only you see this: ${said.notice}`));
  if (said.reactions.length) element.append(reactions(said));
  return element;
}

/** @param {Said} said */
function reactions(said) {
  return make(
    "ul",
    { class: "reactions", "aria-label": "Reactions" },
    ...said.reactions.map(({ emoji, names }) =>
      make("li", { title: names.join(", ") }, emoji, make("span", { class: "unseen" }, ` from ${names.join(", ")}`), make("span", { "aria-hidden": "true" }, String(names.length))),
    ),
  );
}
