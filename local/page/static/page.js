// The page: what the simulated Teams shows one person, beside what Cairn knows.
import { act, changedOverview, read } from "/static/api.js";
import { reveal, showConversation } from "/static/conversation.js";
import { $, make, words } from "/static/elements.js";
import { panel } from "/static/knowledge.js";

const FIRST = "Marta Kowalczyk";
const TOLD = "Cairn remembers what colleagues answer each other in Teams, and brings it to whoever asks next. Press a card's button, or ask something yourself.";
const TABS = ["answers", "people", "log"];
const NAMES = { answers: "Answers", people: "People", log: "What happened" };

const state = { viewer: "", people: [], place: "", places: [], tab: "answers", scope: "all", replyTo: null, known: null, version: -1, told: false, busy: false };
const each = (selector, act_) => document.querySelectorAll(selector).forEach(act_);
const name = () => state.people.find((person) => person.key === state.viewer)?.name ?? "you";

// Looking again: once a second, and after whatever the visitor does.

async function refresh() {
  const overview = await changedOverview(state.viewer);
  if (!overview) return;
  if (overview.people.length !== state.people.length) {
    showPeople(overview.people);
    return refresh();
  }
  showStory(overview);
  showPlaces(overview.places);
  if (overview.progress.version === state.version) return;
  state.version = overview.progress.version;
  await Promise.all([converse(), know()]);
}

function showPeople(people) {
  state.people = people;
  const departments = Map.groupBy ? Map.groupBy(people, (person) => person.department) : new Map([["Everybody", people]]);
  $("viewer").replaceChildren(...[...departments].map(([department, members]) => make("optgroup", { label: department || "Others" },
    ...members.map((person) => make("option", { value: person.key, textContent: person.name })))));
  const chosen = people.find((person) => person.key === state.viewer) ?? people.find((person) => person.name === FIRST) ?? people[0];
  state.viewer = chosen?.key ?? "";
  $("viewer").value = state.viewer;
}

function showStory({ progress, now }) {
  state.told = progress.told;
  Object.assign($("bar"), { max: progress.total || 1, value: progress.done, hidden: progress.told });
  $("story-moment").textContent = progress.told ? "" : progress.moment;
  $("why").textContent = progress.told ? TOLD : progress.why;
  $("clock").textContent = `Now: ${words(now)}`;
  $("text").placeholder = progress.told ? `Write as ${name()} …` : "Wait until the story has been played …";
  enable();
}

function enable() {
  each(".composer button, .composer textarea", (control) => { control.disabled = !state.told || state.busy; });
}

// Places.

function showPlaces(places) {
  state.places = places;
  if (!places.some((place) => place.key === state.place)) state.place = places[0]?.key ?? "";
  const shown = JSON.stringify([places, state.place]);
  if ($("places").dataset.shows === shown) return;
  $("places").dataset.shows = shown;
  const focused = document.activeElement?.dataset?.place;
  const groups = new Map();
  for (const place of places) groups.set(place.group, [...(groups.get(place.group) ?? []), place]);
  $("places").replaceChildren(...[...groups].flatMap(([group, members]) => [make("h2", { textContent: group }), make("ul", {}, ...members.map(placeButton))]));
  if (focused) each("#places button", (button) => { if (button.dataset.place === focused) button.focus(); });
}

function placeButton(place) {
  const sign = place.cairn ? make("img", { src: "/static/cairn.svg", alt: "", width: 18, height: 18 }) : make("span", { className: "sign", ariaHidden: "true", textContent: place.channel ? "#" : "💬" });
  const button = make("button", { type: "button" }, sign, make("span", { className: "name", textContent: place.name }),
    place.private ? make("span", { className: "badge", textContent: "Private" }) : null);
  button.dataset.place = place.key;
  if (place.key === state.place) button.setAttribute("aria-current", "true");
  button.addEventListener("click", () => go(place.key));
  return make("li", {}, button);
}

async function go(place) {
  state.place = place;
  stopReplying();
  showPane("talk");
  showPlaces(state.places);
  await converse(true);
}

/** Show a message in its place, if this person is there. */
function jump(place, message) {
  if (!state.places.some((one) => one.key === place)) {
    notify(`${name()} is not where this was said, so Teams would not show it.`);
    return;
  }
  go(place).then(() => reveal(message));
}

// The conversation.

async function converse(toEnd = false) {
  const [place, viewer] = [state.place, state.viewer];
  const found = place ? await read("/api/conversation", { place, as: viewer }) : null;
  if (place !== state.place || viewer !== state.viewer) return;
  showConversation(found, theme(), toEnd, { press, reply: startReplying, jump });
}

async function press(message, verb, data) {
  if (await perform("press", { as: state.viewer, place: state.place, message: message.key, verb, data })) reveal(message.key);
}

/** Do something and show what came of it; returns whether it was done. */
async function perform(what, wanted) {
  if (!state.told) notify("Please wait until the story has been played.");
  if (state.busy || !state.told) return false;
  state.busy = true;
  document.body.setAttribute("aria-busy", "true");
  enable();
  const { done, said } = await act(what, wanted);
  state.busy = false;
  document.body.removeAttribute("aria-busy");
  enable();
  if (said) notify(said);
  await refresh();
  return done;
}

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

async function send() {
  const text = $("text").value.trim();
  if (!text || !(await perform("say", { as: state.viewer, place: state.place, text, replyTo: state.replyTo }))) return;
  $("text").value = "";
  stopReplying();
  await converse(true);
  $("text").focus();
}

// What Cairn knows.

async function know() {
  const found = await read("/api/knowledge", state.scope === "mine" ? { as: state.viewer } : {});
  if (!found) return;
  state.known = found;
  showKnowledge();
}

function showKnowledge() {
  const found = state.known;
  if (!found) return;
  const department = (person) => state.people.find((one) => one.name === person)?.department ?? "";
  const jumper = (to) => (to && state.places.some((place) => place.key === to.place) ? () => jump(to.place, to.message) : null);
  const top = $("panel").dataset.shows === state.tab ? $("panel").scrollTop : 0;
  $("panel").replaceChildren(panel(found, state.tab, jumper, department));
  $("panel").dataset.shows = state.tab;
  $("panel").scrollTop = top;
  $("panel").setAttribute("aria-labelledby", `tab-${state.tab}`);
  for (const tab of TABS) {
    const count = tab === "log" ? "" : ` (${found[tab].length})`;
    $(`tab-${tab}`).textContent = `${NAMES[tab]}${count}`;
  }
  document.querySelector('[data-scope="mine"]').textContent = `As ${name()} sees it`;
}

function showTab(chosen) {
  state.tab = chosen;
  for (const tab of TABS) {
    $(`tab-${tab}`).setAttribute("aria-selected", String(tab === chosen));
    $(`tab-${tab}`).tabIndex = tab === chosen ? 0 : -1;
  }
  showKnowledge();
}

// Theme, notices, panes.

function theme() {
  const chosen = $("theme").value;
  if (chosen !== "system") return chosen;
  if (matchMedia("(forced-colors: active)").matches || matchMedia("(prefers-contrast: more)").matches) return "contrast";
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "default";
}

function showTheme() {
  document.documentElement.dataset.theme = theme();
  return converse();
}

let hiding = 0;
function notify(text) {
  $("notice").firstElementChild.textContent = text;
  $("notice").hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => { $("notice").hidden = true; }, 12000);
}

function pressed(selector, key, chosen) {
  each(selector, (button) => button.setAttribute("aria-pressed", String(button.dataset[key] === chosen)));
}

function showPane(chosen) {
  document.querySelector(".columns").dataset.pane = chosen;
  pressed("[data-pane][type]", "pane", chosen);
}

// Hands on.

$("viewer").addEventListener("change", async () => {
  state.viewer = $("viewer").value;
  stopReplying();
  await refresh();
  await Promise.all([converse(true), know()]);
});
$("theme").addEventListener("change", showTheme);
for (const query of ["(prefers-color-scheme: dark)", "(prefers-contrast: more)", "(forced-colors: active)"]) matchMedia(query).addEventListener("change", showTheme);
$("dismiss").addEventListener("click", () => { $("notice").hidden = true; $("conversation").focus(); });
$("not-replying").addEventListener("click", () => { stopReplying(); $("text").focus(); });
$("composer").addEventListener("submit", (event) => { event.preventDefault(); send(); });
$("text").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  send();
});
each("[data-step]", (button) => button.addEventListener("click", () => perform("wait", { step: button.dataset.step })));
each("[data-pane][type]", (button) => button.addEventListener("click", () => showPane(button.dataset.pane)));
each("[data-scope]", (button) => button.addEventListener("click", () => {
  state.scope = button.dataset.scope;
  pressed("[data-scope]", "scope", state.scope);
  know();
}));
each('[role="tab"]', (tab) => {
  tab.addEventListener("click", () => showTab(tab.id.replace("tab-", "")));
  tab.addEventListener("keydown", (event) => {
    const places = { ArrowRight: TABS.indexOf(state.tab) + 1, ArrowLeft: TABS.indexOf(state.tab) - 1 + TABS.length, Home: 0, End: TABS.length - 1 };
    if (!(event.key in places)) return;
    event.preventDefault();
    const next = TABS[places[event.key] % TABS.length];
    showTab(next);
    $(`tab-${next}`).focus();
  });
});

document.documentElement.dataset.theme = theme();
await refresh();
await converse(true);
setInterval(() => refresh().catch(() => {}), 1000);
