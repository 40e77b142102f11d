// The page: what the simulated Teams shows one person, beside what Cairn knows.
/* global DOMPurify */
import { drawn } from "/static/cards.js";

const $ = (id) => document.getElementById(id);
const token = document.querySelector('meta[name="page-token"]').content;
const state = { viewer: "", place: "", places: [], tab: "answers", replyTo: null, version: -1, told: false };
const AVATARS = ["#8e2a6e", "#4f52b2", "#0f6c4b", "#9a3b00", "#0b5cad", "#6b4c9a", "#7a5c00", "#a4262c"];

const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children.filter((child) => child !== null && child !== ""));
  return element;
};
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", timeZone: "UTC" });
const moment = (iso) => make("time", { dateTime: iso, textContent: day.format(new Date(iso)) });

async function ask(path, parameters) {
  const response = await fetch(`${path}?${new URLSearchParams(parameters)}`);
  return response.ok ? response.json() : null;
}

async function act(path, wanted) {
  document.body.setAttribute("aria-busy", "true");
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Page-Token": token },
    body: JSON.stringify(wanted),
  });
  const answer = await response.json().catch(() => ({ error: "That did not work." }));
  document.body.removeAttribute("aria-busy");
  const said = answer.error ?? answer.notice;
  if (said) notify(said);
  await refresh(true);
  return response.ok;
}

let hiding = 0;
function notify(text) {
  $("notice").textContent = text;
  $("notice").hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => { $("notice").hidden = true; }, 8000);
}

function theme() {
  const chosen = $("theme").value;
  if (chosen !== "system") return chosen;
  if (matchMedia("(forced-colors: active)").matches) return "contrast";
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "default";
}

function showTheme() {
  document.documentElement.dataset.theme = theme();
}

async function refresh(force = false) {
  const overview = await ask("/api/overview", { as: state.viewer });
  if (!overview) return;
  if (!state.viewer) choosePeople(overview.people);
  showStory(overview);
  const changed = overview.progress.version !== state.version;
  if (!force && !changed) return;
  state.version = overview.progress.version;
  const places = (await ask("/api/overview", { as: state.viewer })).places;
  showPlaces(places);
  await Promise.all([showConversation(), showKnowledge()]);
}

function choosePeople(people) {
  for (const person of people) {
    $("viewer").append(make("option", { value: person.key, textContent: `${person.name}, ${person.department}` }));
  }
  const remembered = people.find((p) => p.name === "Hannah Whitlock") ?? people[0];
  if (remembered) state.viewer = $("viewer").value = remembered.key;
}

function showStory({ progress, now }) {
  state.told = progress.told;
  $("bar").max = progress.total || 1;
  $("bar").value = progress.done;
  $("bar").hidden = progress.told;
  $("why").textContent = progress.told ? "The story is told. Look around, press buttons, ask something." : progress.why;
  $("clock").textContent = `It is ${day.format(new Date(now))}`;
  for (const control of document.querySelectorAll(".composer button, .composer textarea")) control.disabled = !progress.told;
}

function showPlaces(places) {
  state.places = places;
  if (!places.some((place) => place.key === state.place)) state.place = places[0]?.key ?? "";
  const groups = new Map();
  for (const place of places) groups.set(place.group, [...(groups.get(place.group) ?? []), place]);
  $("places").replaceChildren(
    ...[...groups].flatMap(([group, members]) => [
      make("h3", { textContent: group }),
      make("ul", {}, ...members.map(placeButton)),
    ]),
  );
}

function placeButton(place) {
  const button = make("button", { type: "button" }, make("span", { textContent: place.name }), make("small", { textContent: place.kind }));
  if (place.key === state.place) button.setAttribute("aria-current", "true");
  button.addEventListener("click", () => {
    state.place = place.key;
    stopReplying();
    showPane("talk");
    showPlaces(state.places);
    showConversation(true);
  });
  return make("li", {}, button);
}

async function showConversation(toEnd = false) {
  const found = state.place ? await ask("/api/conversation", { place: state.place, as: state.viewer }) : null;
  const list = $("conversation");
  const atEnd = toEnd || list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  $("place-name").textContent = found?.name ?? "Nothing to see yet";
  $("place-kind").textContent = found?.kind ?? "";
  const items = (found?.items ?? []).map((item) => (found.threaded ? thread(item) : make("div", { className: "bubble" }, message(item))));
  list.replaceChildren(...(items.length ? items : [make("p", { className: "empty", textContent: "Nothing has been said here yet." })]));
  if (atEnd) list.scrollTop = list.scrollHeight;
}

function thread(root) {
  const reply = make("button", { type: "button", className: "reply", textContent: "Reply" });
  reply.setAttribute("aria-label", `Reply to ${root.author}`);
  reply.addEventListener("click", () => startReplying(root));
  const replies = root.replies.length ? make("div", { className: "replies" }, ...root.replies.map(message)) : "";
  return make("article", { className: "thread", ariaLabel: `Thread of ${root.author}` }, message(root), replies, reply);
}

function message(item) {
  const element = make("div", { className: "message" }, avatar(item), meta(item));
  element.dataset.message = item.key;
  if (item.deleted) element.append(make("div", { className: "said gone", textContent: "This message was deleted." }));
  if (item.html) {
    const said = make("div", { className: "said" });
    said.innerHTML = DOMPurify.sanitize(item.html, {
      ALLOWED_TAGS: ["p", "br", "b", "strong", "i", "em", "u", "s", "code", "pre", "codeblock", "ul", "ol", "li", "a", "at", "blockquote", "table", "tbody", "tr", "td", "th", "div", "span", "h1", "h2", "h3"],
      ALLOWED_ATTR: ["href"],
    });
    for (const link of said.querySelectorAll("a")) Object.assign(link, { target: "_blank", rel: "noopener noreferrer" });
    element.append(said);
  }
  if (item.card) element.append(drawn(item.card, theme(), (verb, data) => press(item, verb, data)));
  const reactions = Object.entries(item.reactions);
  if (reactions.length) element.append(make("div", { className: "reactions" }, ...reactions.map(([kind, count]) => make("span", { textContent: `${kind} ${count}` }))));
  return element;
}

function avatar(item) {
  if (item.bot) return make("img", { className: "avatar bot", src: "/static/cairn.svg", alt: "", width: 32, height: 32 });
  const initials = item.author.split(" ").map((part) => part[0]).slice(0, 2).join("");
  const place = [...item.author].reduce((sum, letter) => sum + letter.codePointAt(0), 0) % AVATARS.length;
  const element = make("div", { className: "avatar", textContent: initials, ariaHidden: "true" });
  element.style.background = AVATARS[place];
  return element;
}

function meta(item) {
  const notes = [];
  if (item.edited) notes.push(make("span", { textContent: "Edited" }));
  if (item.quoted) notes.push(make("span", { textContent: `answering ${item.quoted}` }));
  return make("div", { className: "meta" }, make("strong", { textContent: item.author }), moment(item.at), ...notes);
}

const press = (item, verb, data) => act("/api/press", { as: state.viewer, place: state.place, message: item.key, verb, data });

function startReplying(root) {
  state.replyTo = root.key;
  $("replying").hidden = false;
  $("replying").firstElementChild.textContent = `Replying to ${root.author}`;
  $("text").focus();
}

function stopReplying() {
  state.replyTo = null;
  $("replying").hidden = true;
}

async function showKnowledge() {
  const found = await ask("/api/knowledge", $("scope").value === "mine" ? { as: state.viewer } : {});
  if (!found) return;
  const drawing = { answers: answersList, people: peopleList, log: logList }[state.tab];
  $("panel").replaceChildren(drawing(found[state.tab]));
  $("panel").setAttribute("aria-labelledby", `tab-${state.tab}`);
  $("tab-answers").textContent = `Answers (${found.answers.length})`;
}

const nothing = (text) => make("p", { className: "empty", textContent: text });

function answersList(answers) {
  if (!answers.length) return nothing("No answers yet.");
  return make("ul", {}, ...answers.map((answer) => make("li", { className: "answer" },
    make("h3", { textContent: answer.question }),
    make("p", { className: "small", textContent: `${answer.asker} asked in ${answer.where}` }),
    make("span", { className: `trust ${answer.trust}`, textContent: answer.reason }),
    make("div", { className: "ways" }, ...answer.approaches.map(way)),
    answer.redactions ? make("p", { className: "small", textContent: `${answer.redactions} secrets or personal details were taken out.` }) : "",
  )));
}

function way(approach) {
  const outcome = approach.helped ? ` · helped ${approach.helped}` : "";
  return make("div", { className: "way" },
    make("div", { textContent: approach.text }),
    approach.conditions ? make("div", { className: "small", textContent: `When: ${approach.conditions}` }) : "",
    approach.disputed.length ? make("div", { className: "disputed", textContent: `${approach.disputed.join(" and ")} disagreed with this` }) : "",
    make("div", { className: "small" }, `${approach.by}, `, moment(approach.at), outcome, approach.editedBy ? ` · edited by ${approach.editedBy}` : ""),
  );
}

function peopleList(people) {
  if (!people.length) return nothing("Nobody has shown anything yet.");
  return make("ul", {}, ...people.map((person) => make("li", { className: "answer person" },
    make("h3", { textContent: person.name }),
    person.namedThisWeek ? make("p", { className: "small", textContent: `Named as somebody who may help this week: ${person.namedThisWeek}` }) : "",
    make("details", {}, make("summary", { textContent: `Answered ${person.answered.length} question${person.answered.length === 1 ? "" : "s"}` }),
      make("ul", {}, ...person.answered.map((question) => make("li", { className: "small", textContent: question })))),
  )));
}

function logList(lines) {
  if (!lines.length) return nothing("Nothing has happened yet.");
  return make("ul", { className: "log" }, ...lines.map((line) => make("li", {},
    make("span", { className: "small" }, moment(line.at)),
    make("div", {}, make("div", { textContent: line.text }), make("div", { className: "small", textContent: line.where })))));
}

function showPane(name) {
  document.querySelector(".columns").dataset.pane = name;
  for (const button of document.querySelectorAll(".tabs button")) button.setAttribute("aria-pressed", String(button.dataset.pane === name));
}

function showTab(name) {
  state.tab = name;
  for (const tab of document.querySelectorAll('[role="tab"]')) {
    const chosen = tab.id === `tab-${name}`;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
  }
  showKnowledge();
}

$("viewer").addEventListener("change", () => { state.viewer = $("viewer").value; stopReplying(); refresh(true); });
$("theme").addEventListener("change", () => { showTheme(); showConversation(); });
$("scope").addEventListener("change", showKnowledge);
$("not-replying").addEventListener("click", stopReplying);
$("composer").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = $("text").value.trim();
  if (text && await act("/api/say", { as: state.viewer, place: state.place, text, replyTo: state.replyTo })) {
    $("text").value = "";
    stopReplying();
    await showConversation(true);
  }
});
for (const button of document.querySelectorAll("[data-step]")) button.addEventListener("click", () => act("/api/wait", { step: button.dataset.step }));
for (const button of document.querySelectorAll(".tabs button")) button.addEventListener("click", () => showPane(button.dataset.pane));
for (const tab of document.querySelectorAll('[role="tab"]')) {
  tab.addEventListener("click", () => showTab(tab.id.replace("tab-", "")));
  tab.addEventListener("keydown", (event) => {
    const order = ["answers", "people", "log"];
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = order[(order.indexOf(state.tab) + step + order.length) % order.length];
    showTab(next);
    $(`tab-${next}`).focus();
  });
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { showTheme(); showConversation(); });

showTheme();
await refresh(true);
await showConversation(true);
setInterval(() => refresh().catch(() => {}), 1000);
