// What Cairn knows: answers, people, and what happened and why.
import { avatar, make, moment } from "/static/elements.js";

const ICONS = {
  suggested: "↩", helpers_named: "👥", helper_asked: "✉", drafted: "+", asked: "?", answered: "💬", resolved: "✓", helped: "👍", not_helped: "👎",
  verified: "✓", edited: "✎", rejected: "✕", merged: "⇄", withdrawn: "✕", redrafted: "✎", restored: "↺", recall: "✉", opted_out: "🔒",
  opted_in: "🔓", refused: "🔒", capture_on: "●", capture_off: "○",
};
const nothing = (text) => make("p", { className: "empty", textContent: text });

/**
 * @typedef {(jump: {place: string, message: string} | null) => (() => void) | null} Jumper
 * What leads to a message on this page; null when this person can't see it there.
 */

/**
 * @param {object} found what the server knows @param {"answers" | "people" | "log"} tab
 * @param {Jumper} jumper @param {(name: string) => string} department
 * @returns {HTMLElement}
 */
export function panel(found, tab, jumper, department) {
  if (tab === "answers") return answers(found.answers, jumper);
  if (tab === "people") return people(found.people, found.optedOut, department);
  return log(found.log, jumper);
}

/** Text that leads to where something was said, or plain text when this person can't go there. */
function source(text, jump, jumper) {
  const go = jumper(jump);
  if (!go) return make("span", { textContent: text });
  const button = make("button", { type: "button", className: "link", textContent: text, title: "Show it in the conversation" });
  button.addEventListener("click", go);
  return button;
}

function answers(list, jumper) {
  if (!list.length) return nothing("No answers yet. They appear when colleagues answer each other.");
  return make("ul", { className: "cards" }, ...list.map((answer) => answerCard(answer, jumper)));
}

function answerCard(answer, jumper) {
  const many = answer.approaches.length > 1;
  const notes = [];
  if (answer.redactions) notes.push("A secret or personal detail was taken out before this was kept.");
  if (answer.struck) notes.push("A curator took out another answer.");
  return make("li", { className: "answer" },
    make("h3", { textContent: answer.question }),
    make("p", { className: "small" }, `${answer.asker} asked in `, source(answer.where, answer.jump, jumper), ", ", moment(answer.at)),
    make("p", { className: `trust ${answer.trust}` }, make("strong", { textContent: answer.trustWord }), answer.trustReason),
    many ? make("p", { className: "small", textContent: `${answer.approaches.length} ways to do it:` }) : null,
    make("div", { className: many ? "ways many" : "ways" }, ...answer.approaches.map((one) => way(one, jumper))),
    ...notes.map((text) => make("p", { className: "small", textContent: text })),
  );
}

function way(approach, jumper) {
  const outcomes = [];
  if (approach.helped) outcomes.push(`👍 helped ${approach.helped}`);
  if (approach.notHelped) outcomes.push(`👎 did not help ${approach.notHelped}`);
  return make("div", { className: "way" },
    make("p", { className: "text", textContent: approach.text.trim() }),
    approach.conditions ? make("p", { className: "small", textContent: `When: ${approach.conditions}` }) : null,
    approach.disputed.length ? make("p", { className: "small disputed", textContent: `${approach.disputed.join(" and ")} disagreed with this.` }) : null,
    make("p", { className: "small" }, source(approach.by, approach.jump, jumper), ", ", moment(approach.at),
      approach.editedBy ? `, edited by ${approach.editedBy}` : ""),
    outcomes.length ? make("p", { className: "small", textContent: outcomes.join("  ") }) : null,
  );
}

function people(list, optedOut, department) {
  const out = optedOut ? make("p", { className: "small out", textContent: `${optedOut === 1 ? "One person" : `${optedOut} people`} opted out: nothing of theirs is kept or shown.` }) : null;
  if (!list.length) return make("div", {}, nothing("Nobody has answered anything yet."), out);
  return make("div", {}, make("ul", { className: "cards" }, ...list.map((person) => personCard(person, department))), out);
}

function personCard(person, department) {
  const count = person.answered.length;
  const facts = [department(person.name)];
  if (person.namedThisWeek) facts.push(`named as somebody to ask ${person.namedThisWeek === 1 ? "once" : `${person.namedThisWeek} times`} this week`);
  return make("li", { className: "answer person" },
    make("div", { className: "who-line" }, avatar(person.name),
      make("div", {}, make("h3", { textContent: person.name }), make("p", { className: "small", textContent: facts.filter(Boolean).join(" · ") }))),
    make("details", {}, make("summary", { textContent: `Answered ${count} question${count === 1 ? "" : "s"}` }),
      make("ul", { className: "plain" }, ...person.answered.map((question) => make("li", { className: "small", textContent: question })))));
}

function log(lines, jumper) {
  if (!lines.length) return nothing("Nothing has happened yet.");
  return make("ol", { className: "log" }, ...lines.map((line) => make("li", {},
    make("span", { className: "icon", ariaHidden: "true", textContent: ICONS[line.icon] ?? "•" }),
    make("div", {},
      make("p", { textContent: line.text }),
      make("p", { className: "small" }, moment(line.at), line.where ? " · " : "", line.where ? source(line.where, line.jump, jumper) : "")))));
}
