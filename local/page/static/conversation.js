// The conversation of one place, as Teams shows it: threads in a channel, bubbles in a chat.
/* global DOMPurify */
import { drawn } from "/static/cards.js";
import { $, avatar, keep, logo, make, moment } from "/static/elements.js";

const ALLOWED = {
  ALLOWED_TAGS: ["p", "br", "b", "strong", "i", "em", "u", "s", "code", "pre", "codeblock", "ul", "ol", "li", "a", "at", "blockquote", "table", "tbody", "tr", "td", "th", "div", "span", "h1", "h2", "h3"],
  ALLOWED_ATTR: ["href"],
};
const EMOJI = { like: "👍", heart: "❤️", laugh: "😆", surprised: "😮", sad: "😢", angry: "😡" };

/**
 * @typedef {object} Acts What a visitor can do in a conversation.
 * @property {(message: object, verb: string, data: object) => void} press
 * @property {(root: object) => void} reply
 * @property {(place: string, message: string) => boolean} jump whether the message could be shown here
 */

/**
 * Show a conversation, or that there is none.
 * @param {object | null} found @param {string} theme @param {boolean} toEnd @param {Acts} acts
 */
export function showConversation(found, theme, toEnd, acts) {
  const list = $("conversation");
  const atEnd = toEnd || list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  $("place-name").textContent = found?.name ?? "Nothing to see yet";
  $("place-kind").textContent = found?.kind ?? "The story has only just begun.";
  $("place-private").hidden = !found?.private;
  list.classList.toggle("flat", found !== null && !found.threaded);
  if (list.dataset.shows !== `${found?.key} ${theme}`) list.replaceChildren();
  list.dataset.shows = `${found?.key} ${theme}`;
  const items = found?.items ?? [];
  if (!items.length) {
    list.replaceChildren(make("p", { className: "empty", textContent: "Nothing has been said here yet." }));
    return;
  }
  const draw = (item) => (found.threaded ? thread(item, theme, acts) : bubble(item, theme, acts));
  keep(list, items, (item) => item.key, draw);
  if (atEnd) list.scrollTop = list.scrollHeight;
}

/**
 * Bring a message into view and mark it for a moment; returns whether it is here.
 * @param {string} key
 */
export function reveal(key) {
  const element = [...document.querySelectorAll("[data-message]")].find((one) => one.dataset.message === key);
  if (!element) return false;
  element.scrollIntoView({ block: "center", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  element.focus({ preventScroll: true });
  element.classList.add("found");
  setTimeout(() => element.classList.remove("found"), 2500);
  return true;
}

function thread(root, theme, acts) {
  const reply = make("button", { type: "button", className: "reply subtle", textContent: "Reply" });
  reply.setAttribute("aria-label", `Reply to ${root.author}`);
  reply.addEventListener("click", () => acts.reply(root));
  const replies = root.replies.length ? make("div", { className: "replies" }, ...root.replies.map((item) => message(item, theme, acts))) : null;
  return make("article", { className: "thread", ariaLabel: `Thread of ${root.author}` }, message(root, theme, acts), replies, reply);
}

function bubble(item, theme, acts) {
  const side = item.mine ? "bubble mine" : "bubble";
  return make("article", { className: side, ariaLabel: `Message of ${item.author}` }, message(item, theme, acts));
}

function message(item, theme, acts) {
  const body = make("div", { className: "body" }, meta(item), quote(item.quote));
  if (item.deleted) body.append(make("p", { className: "gone", textContent: "This message was deleted." }));
  if (item.subject) body.append(make("p", { className: "subject", textContent: item.subject }));
  if (item.html) body.append(said(item.html));
  if (item.card) {
    const open = (url) => opened(url, acts);
    body.append(drawn(item.card, theme, { press: (verb, data) => acts.press(item, verb, data), open }));
  }
  if (item.reactions.length) body.append(make("ul", { className: "reactions", ariaLabel: "Reactions" }, ...item.reactions.map(reaction)));
  const element = make("div", { className: "message", tabIndex: -1 }, item.bot ? logo() : avatar(item.author), body);
  element.dataset.message = item.key;
  return element;
}

function meta(item) {
  const notes = [];
  if (item.bot) notes.push(make("span", { className: "badge", textContent: "App" }));
  notes.push(moment(item.at));
  if (item.edited) notes.push(make("span", { textContent: "Edited" }));
  if (item.onlyYou) notes.push(make("span", { textContent: "Only you can see this" }));
  return make("div", { className: "meta" }, make("strong", { textContent: item.author }), ...notes);
}

function quote(quoted) {
  if (!quoted) return null;
  return make("blockquote", { className: "quote" }, make("strong", { textContent: quoted.author }), make("span", { textContent: quoted.text }));
}

function said(html) {
  const element = make("div", { className: "said" });
  element.innerHTML = DOMPurify.sanitize(html, ALLOWED);
  for (const link of element.querySelectorAll("a")) Object.assign(link, { target: "_blank", rel: "noopener noreferrer" });
  return element;
}

function reaction({ kind, people }) {
  const shown = make("span", { ariaHidden: "true", textContent: `${EMOJI[kind] ?? kind} ${people.length}` });
  return make("li", { title: people.join(", ") }, shown, make("span", { className: "hidden", textContent: `${kind} from ${people.join(", ")}` }));
}

/** A card's link into Teams leads to the message on this page; any other opens beside it. */
function opened(url, acts) {
  const [, place, key] = /^https:\/\/teams\.microsoft\.com\/l\/message\/([^/?]+)\/([^/?]+)/.exec(url) ?? [];
  if (place) acts.jump(decodeURIComponent(place), key);
  else window.open(url, "_blank", "noopener,noreferrer");
}
