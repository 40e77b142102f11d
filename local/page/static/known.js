// What Cairn knows: answers, people, what happened.
import { avatar } from "./avatars.js";
import { button, byId, make, renew } from "./dom.js";
import { cairn, icon } from "./icons.js";
import { hour, longDay, shortDay, stamp } from "./time.js";

/** @typedef {import("../types.d.ts").Knowledge} Knowledge */
/** @typedef {import("../types.d.ts").Answer} Answer */
/** @typedef {import("../types.d.ts").Way} Way */
/** @typedef {import("../types.d.ts").Knower} Knower */
/** @typedef {import("../types.d.ts").Happening} Happening */
/** @typedef {import("../types.d.ts").Wishes} Wishes */
/** @typedef {"answers" | "people" | "happenings"} Tab */

/**
 * @param {Knowledge} known
 * @param {Tab} tab
 * @param {Wishes} wishes
 */
export function drawKnown(known, tab, wishes) {
  const checked = known.answers.filter((answer) => answer.trust === "verified").length;
  byId("figures").replaceChildren(figure(known.answers.length, "answers kept"), figure(checked, "checked"), figure(known.broughtBack, "brought back"));
  const panel = byId("panel");
  panel.setAttribute("aria-labelledby", `tab-${tab}`);
  let list = panel.querySelector("ul");
  if (!list || list.dataset.tab !== tab) {
    list = make("ul", { class: tab, "data-tab": tab });
    panel.replaceChildren(list);
    panel.scrollTop = 0;
  }
  if (!known[tab].length) {
    list.replaceChildren(make("li", { class: "empty" }, { answers: "No answers yet.", people: "Nobody has shown anything yet.", happenings: "Nothing has happened yet." }[tab]));
  } else if (tab === "answers") renew(list, known.answers, (answer) => answer.key, (answer) => answerItem(answer, wishes));
  else if (tab === "people") renew(list, known.people, (person) => person.name, (person) => personItem(person, wishes));
  else renew(list, withDays(known.happenings), (row, index) => `${index}`, (row) => (typeof row === "string" ? make("li", { class: "day" }, row) : happeningItem(row, wishes)));
}

/** @param {number} count @param {string} words */
const figure = (count, words) => make("span", {}, make("strong", {}, String(count)), ` ${words}`);

/** @param {Answer} answer @param {Wishes} wishes */
function answerItem(answer, wishes) {
  const many = answer.ways.length > 1;
  return make(
    "li",
    { class: "answer" },
    trust(answer),
    make("h3", {}, answer.asker ? button({ class: "link", title: "Show where it was asked" }, () => wishes.go(answer.spot), answer.question) : answer.question),
    make("p", { class: "small" }, answer.asker ? `${answer.asker} asked in ${answer.where}, ` : `Imported for ${answer.where}, `, stamp(answer.at, shortDay(answer.at))),
    make("div", { class: `ways${many ? " several" : ""}` }, ...answer.ways.map((way, index) => wayItem(way, many ? `Way ${index + 1}` : "", wishes))),
    answer.removed && make("p", { class: "small removed" }, icon("privacy"), `${answer.removed} before this was kept.`),
  );
}

/** @param {Answer} answer */
function trust(answer) {
  const sign = /** @type {Record<string, "check" | "clock" | "warning">} */ ({ verified: "check", proposed: "clock", stale: "warning" })[answer.trust] ?? "clock";
  return make("p", { class: `trust ${answer.trust}` }, icon(sign), answer.reason);
}

/** @param {Way} way @param {string} title @param {Wishes} wishes */
function wayItem(way, title, wishes) {
  const words = make("div", { class: "text" }, ...blocks(way.text));
  const element = make("div", { class: "way" }, title && make("h4", {}, title), words);
  if (way.text.length > 220 || way.text.split("\n").length > 5) {
    words.classList.add("folded");
    const unfold = button({ class: "link more", "aria-expanded": "false" }, () => {
      const folded = words.classList.toggle("folded");
      unfold.setAttribute("aria-expanded", String(!folded));
      unfold.textContent = folded ? "Show all of it" : "Show less";
    }, "Show all of it");
    element.append(unfold);
  }
  if (way.conditions) element.append(make("p", { class: "small" }, make("strong", {}, "When: "), way.conditions));
  if (way.disputedBy.length) element.append(make("p", { class: "small disputed" }, icon("warning"), `${way.disputedBy.join(" and ")} disagreed with this`));
  element.append(make("p", { class: "small" }, ...voices(way, wishes), way.file, way.editedBy && `, edited by ${way.editedBy}`));
  const outcome = [way.helped && `helped ${way.helped}`, way.notHelped && `did not help ${way.notHelped}`].filter(Boolean).join(", ");
  if (outcome) element.append(make("p", { class: "small outcome" }, outcome.charAt(0).toUpperCase() + outcome.slice(1)));
  return element;
}

/** @param {string} text plain, with code between lines of three back-ticks */
function blocks(text) {
  return text
    .split(/^\s*```.*$/m)
    .map((part, index) => [part.replace(/^\n+|\s+$/g, ""), index % 2 === 1])
    .filter(([part]) => part)
    .map(([part, code]) => make(code ? "pre" : "p", {}, String(part)));
}

/** @param {Way} way @param {Wishes} wishes */
function voices(way, wishes) {
  return way.sources.flatMap((source, index) => [
    index ? "; " : "",
    button({ class: "link", title: "Show where it was said" }, () => wishes.go(source.spot), `${source.name}, ${shortDay(source.at)}, ${hour(source.at)}`),
  ]);
}

/** @param {Knower} person @param {Wishes} wishes */
function personItem(person, wishes) {
  const about = [person.title, person.department].filter(Boolean).join(", ");
  const item = make("li", { class: "person" }, avatar(person.name), make("h3", {}, person.name), make("p", { class: "small" }, about));
  if (person.optedOut) {
    item.append(make("p", { class: "opted-out" }, icon("privacy"), "Opted out. Cairn keeps and shows nothing."));
    return item;
  }
  const count = person.shown.length;
  const named = person.namedThisWeek ? `Named ${person.namedThisWeek} of at most ${person.capacity} times this week` : "Not named this week";
  item.append(
    make("p", { class: "small named" }, named),
    make(
      "details",
      { open: count < 3 },
      make("summary", {}, count === 1 ? "Answered 1 question" : `Answered ${count} questions`),
      make("ul", {}, ...person.shown.map((one) => make("li", {}, button({ class: "link", title: "Show the answer" }, () => wishes.go(one.spot), short(one.question)), make("p", { class: "small" }, `${one.where}, `, stamp(one.at, shortDay(one.at)), one.helped && " · it helped")))),
    ),
  );
  return item;
}

/** @param {string} text one line of it, never cut within a word */
function short(text) {
  const flat = text.replace(/\s+/g, " ").trim();
  return flat.length <= 110 ? flat : `${flat.slice(0, 110).replace(/\s+\S*$/, "")} …`;
}

/** @param {Happening[]} lines @returns {(Happening | string)[]} */
function withDays(lines) {
  return lines.flatMap((line, index) => {
    const before = lines[index - 1];
    return before && longDay(before.at) === longDay(line.at) ? [line] : [longDay(line.at), line];
  });
}

/** @param {Happening} line @param {Wishes} wishes */
function happeningItem(line, wishes) {
  const { spot } = line;
  const sign = line.kind === "cairn" ? cairn() : icon(/** @type {"question"} */ (line.kind));
  return make(
    "li",
    { class: `happening ${line.kind}` },
    make("span", { class: "sign" }, sign),
    make("div", {}, make("p", {}, line.text), make("p", { class: "small" }, stamp(line.at, hour(line.at)), line.where && ` · ${line.where}`, spot && " · ", spot && button({ class: "link", "aria-label": `Show: ${line.text}` }, () => wishes.go(spot), "Show"))),
  );
}
