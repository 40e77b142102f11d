// The conversation of the chosen place: posts with replies in a channel, bubbles in a chat.
import { button, byId, make, renew } from "./dom.js";
import { avatar, cairnAvatar } from "./avatars.js";
import { cairn, icon } from "./icons.js";
import { body, head, message } from "./message.js";
import { hour, longDay, stamp } from "./time.js";

/** @typedef {import("../types.d.ts").Conversation} Conversation */
/** @typedef {import("../types.d.ts").Place} Place */
/** @typedef {import("../types.d.ts").Said} Said */
/** @typedef {import("../types.d.ts").Wishes} Wishes */
/** @typedef {{ key: string, day?: string, said?: Said, goesOn?: boolean }} Row */

const TOGETHER = 5 * 60 * 1000;
const KINDS = /** @type {Record<string, string>} */ ({
  standard: "Channel", private: "Private channel", shared: "Shared channel", chat: "Group chat", personal: "Chat with Cairn",
});

/**
 * Show a conversation; returns whether anything in it is new.
 * @param {Conversation} talk
 * @param {Wishes} wishes
 */
export function drawTalk(talk, wishes) {
  drawHead(talk);
  const rows = rowsOf(talk.items, talk.threaded);
  const build = (/** @type {Row} */ row) => (row.day ? dayLine(row.day) : talk.threaded ? post(only(row), wishes) : bubble(row, wishes));
  const list = byId("messages");
  list.classList.toggle("threaded", talk.threaded);
  if (!rows.length) {
    list.replaceChildren(make("li", { class: "empty" }, cairn(), make("p", {}, talk.kind === "personal" ? "Cairn has not written to you yet. You can write to it: “opt out”, for example." : "Nobody has said anything here yet.")));
    return true;
  }
  return renew(list, rows, (row) => row.key, build, talk.key).length > 0;
}

/** @param {Conversation} talk */
function drawHead(talk) {
  const kind = /** @type {"lock" | "chat" | "channel"} */ (talk.privacy && talk.kind !== "personal" ? "lock" : talk.kind === "chat" ? "chat" : "channel");
  const about = [KINDS[talk.kind] ?? ""];
  if (talk.kind !== "personal") about.push(`${talk.members} members`);
  renew(byId("talk-head"), [talk.label, about.join(" · "), talk.reading, talk.kind], (_, index) => String(index), (_, index) => {
    if (index === 0) return make("span", { class: "place-icon" }, talk.kind === "personal" ? cairn() : icon(kind));
    if (index === 1) return make("div", { class: "place-title" }, make("h2", { id: "place-name" }, talk.kind === "personal" ? talk.name : talk.label), make("p", {}, about.join(" · ")));
    if (index === 2) return make("span", { class: "badge reading", hidden: talk.kind === "personal" }, cairn(), talk.reading ? "Cairn reads along" : "Cairn does not read along");
    return make("span", { hidden: true });
  });
}

/**
 * Days, and what was said on them.
 * @param {Said[]} items
 * @param {boolean} threaded
 * @returns {Row[]}
 */
function rowsOf(items, threaded) {
  /** @type {Row[]} */
  const rows = [];
  let day = "";
  /** @type {Said | null} */
  let before = null;
  for (const said of items) {
    if (said.system === "" && !said.author) continue;
    if (longDay(said.at) !== day) {
      day = longDay(said.at);
      rows.push({ key: `day ${day}`, day });
      before = null;
    }
    const near = before !== null && Date.parse(said.at) - Date.parse(before.at) < TOGETHER;
    const goesOn = !threaded && near && before?.author === said.author && !said.system && !said.card && !before?.card;
    rows.push({ key: said.key, said, goesOn });
    before = said;
  }
  return rows;
}

/** @param {Row} row */
function only(row) {
  if (!row.said) throw new Error("a row without a message");
  return row.said;
}

/** @param {string} day */
const dayLine = (day) => make("li", { class: "day" }, make("span", {}, day));

/** @param {Said} said */
const systemLine = (said) => make("li", { class: "system", "data-message": said.key }, said.system, " ", stamp(said.at, hour(said.at)));

/** @param {Said} said @param {Wishes} wishes */
function post(said, wishes) {
  if (said.system) return systemLine(said);
  const replies = said.replies.filter((reply) => reply.author);
  return make(
    "li",
    { class: "post" },
    message(said, 3, wishes),
    replies.length > 0 && make("ol", { class: "replies", "aria-label": `Replies to ${said.author}` }, ...replies.map((reply) => make("li", {}, message(reply, 4, wishes)))),
    button({ class: "subtle reply", "aria-label": `Reply to ${said.author}` }, () => wishes.replyTo(said), icon("reply"), "Reply"),
  );
}

/** @param {Row} row @param {Wishes} wishes */
function bubble(row, wishes) {
  const said = only(row);
  if (said.system) return systemLine(said);
  const quote = said.bot ? null : button({ class: "subtle quote", "aria-label": `Answer ${said.author}`, title: "Answer" }, () => wishes.replyTo(said), icon("reply"));
  return make(
    "li",
    { class: `bubble${said.mine ? " mine" : ""}${row.goesOn ? " goes-on" : ""}${said.card ? " with-card" : ""}` },
    said.mine ? null : said.bot ? cairnAvatar() : avatar(said.author),
    make("div", { class: "column", "data-message": said.key, tabindex: "-1" }, head(said, 3), make("div", { class: "line" }, body(said, 3, wishes), quote)),
  );
}

/**
 * A place that this person is not in: who is, and a way to look as one of them.
 * @param {Place} place
 * @param {string} viewer their name
 * @param {{ key: string, name: string }[]} members
 * @param {Wishes} wishes
 */
export function drawClosed(place, viewer, members, wishes) {
  const title = place.kind === "personal" ? `${place.name}’s chat with Cairn` : place.name;
  byId("talk-head").replaceChildren(make("span", { class: "place-icon" }, icon("lock")), make("div", { class: "place-title" }, make("h2", { id: "place-name" }, title), make("p", {}, KINDS[place.kind] ?? "")));
  byId("messages").replaceChildren(
    make(
      "li",
      { class: "empty" },
      icon("lock"),
      make("p", {}, make("strong", {}, `${viewer} can’t see this.`)),
      make("p", {}, "Only its members know what is said here, and what Cairn keeps of it. Look as one of them:"),
      make("div", { class: "choices" }, ...members.map((member) => button({}, () => wishes.become(member.key, place.key), avatar(member.name, { small: true }), member.name))),
    ),
  );
}

/**
 * Bring a message into view and mark it for a moment; false when it is not there.
 * @param {string} key
 */
export function show(key) {
  const found = [...document.querySelectorAll("#messages [data-message]")].find((element) => /** @type {HTMLElement} */ (element).dataset.message === key);
  if (!(found instanceof HTMLElement)) return false;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const tall = found.offsetHeight > byId("messages").clientHeight * 0.8;
  found.scrollIntoView({ block: tall ? "start" : "center", behavior: calm ? "auto" : "smooth" });
  found.classList.add("pointed-at");
  setTimeout(() => found.classList.remove("pointed-at"), 2500);
  found.focus({ preventScroll: true });
  return true;
}
