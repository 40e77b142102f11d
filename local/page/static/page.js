// The page: chooses what to show, asks for it, and carries out what the visitor wants.
import { act, ask } from "./api.js";
import { drawComposer, replyTo, startComposer } from "./composer.js";
import { byId, make } from "./dom.js";
import { drawKnown } from "./known.js";
import { drawPlaces } from "./places.js";
import { announce, note } from "./saying.js";
import { drawStory, setSteps } from "./story.js";
import { drawClosed, drawTalk, show } from "./talk.js";
import { startTheme } from "./theme.js";

/** @typedef {import("../types.d.ts").Conversation} Conversation */
/** @typedef {import("../types.d.ts").Knowledge} Knowledge */
/** @typedef {import("../types.d.ts").Overview} Overview */
/** @typedef {import("../types.d.ts").Said} Said */
/** @typedef {import("../types.d.ts").Spot} Spot */
/** @typedef {import("../types.d.ts").Step} Step */
/** @typedef {import("../types.d.ts").Wishes} Wishes */
/** @typedef {import("./known.js").Tab} Tab */

const AT_END = 80;
const TABS = /** @type {Tab[]} */ (["answers", "people", "happenings"]);
const viewerBox = /** @type {HTMLSelectElement} */ (byId("viewer"));

const state = {
  viewer: "",
  place: "",
  tab: /** @type {Tab} */ ("answers"),
  everything: true,
  /** Whether the visitor has gone anywhere yet. */
  touched: false,
  /** Keys of the cards that were seen in the place, so that a new one is announced. */
  cards: new Set(/** @type {string[]} */ ([])),
  overview: /** @type {Overview | null} */ (null),
  known: /** @type {Knowledge | null} */ (null),
};

/** @type {Wishes} */
const wishes = { go, press, replyTo, become };

/** @returns {import("../types.d.ts").Person | undefined} */
const me = () => state.overview?.people.find((person) => person.key === state.viewer);
const here = () => state.overview?.places.find((place) => place.key === state.place);

async function refresh() {
  const overview = /** @type {Overview | null} */ (await ask("/api/overview", { as: state.viewer }));
  if (!overview) return;
  const ended = overview.telling.told && state.overview !== null && !state.overview.telling.told;
  state.overview = overview;
  if (!state.viewer) {
    choosePeople(overview);
    return refresh();
  }
  if (!state.place || (ended && !state.touched)) state.place = firstPlace(overview);
  if (overview.telling.told && overview.steps) setSteps((await ask("/api/story")) ?? []);
  drawStory(overview, walk);
  drawAll(overview);
  await Promise.all([refreshTalk(), refreshKnown()]);
  if (ended && !state.touched) showLastCard();
}

/** @param {Overview} overview */
function drawAll(overview) {
  const name = me()?.name ?? "";
  drawPlaces(overview.places, state.place, state.viewer, (place) => go({ place: place.key, message: "", viewer: "" }));
  drawComposer(here(), { name, open: here()?.members.includes(state.viewer) ?? false, told: overview.telling.told });
  byId("scope-mine").textContent = `As ${name.split(" ")[0]} sees it`;
}

/** @param {Overview} overview the place with most of Cairn's cards, so that a visitor sees some at once */
function firstPlace({ places }) {
  const open = places.filter((place) => place.members.includes(state.viewer));
  const [best] = open.filter((place) => place.kind !== "personal").sort((one, other) => other.cards - one.cards);
  return (best ?? open[0])?.key ?? "";
}

/** @param {Overview} overview */
function choosePeople({ people, places }) {
  const departments = [...new Set(people.map((person) => person.department))];
  for (const department of departments) {
    const group = make("optgroup", { label: department || "Everybody" });
    for (const person of people.filter((one) => one.department === department)) {
      group.append(make("option", { value: person.key }, department ? `${person.name}, ${department}` : person.name));
    }
    viewerBox.append(group);
  }
  state.viewer = viewerBox.value = firstViewer(people, places);
}

/** @param {import("../types.d.ts").Person[]} people @param {import("../types.d.ts").Place[]} places whoever sees most of them */
function firstViewer(people, places) {
  const seen = (/** @type {string} */ key) => places.filter((place) => place.members.includes(key)).length;
  return [...people].sort((one, other) => seen(other.key) - seen(one.key))[0]?.key ?? "";
}

async function refreshTalk() {
  const place = here();
  if (!place) return;
  if (!place.members.includes(state.viewer)) {
    const members = (state.overview?.people ?? []).filter((person) => place.members.includes(person.key));
    drawClosed(place, me()?.name ?? "", members, wishes);
    return;
  }
  const [key, viewer] = [place.key, state.viewer];
  const talk = /** @type {Conversation | null} */ (await ask(`/api/spaces/${encodeURIComponent(key)}/messages`, { as: viewer }));
  if (!talk || key !== state.place || viewer !== state.viewer) return;
  const list = byId("messages");
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < AT_END;
  const focused = document.activeElement?.closest("[data-message]");
  drawTalk(talk, wishes);
  if (focused instanceof HTMLElement && !focused.isConnected) focusMessage(focused.dataset.message ?? "");
  announceCards(talk);
  if (atEnd) list.scrollTop = list.scrollHeight;
}

/** @param {string} key a message that was renewed while something in it had the focus */
function focusMessage(key) {
  const found = [...document.querySelectorAll("[data-message]")].find((one) => /** @type {HTMLElement} */ (one).dataset.message === key);
  if (found instanceof HTMLElement) found.focus({ preventScroll: true });
}

/** @param {Conversation} talk */
function announceCards(talk) {
  const cards = talk.items.flatMap((said) => [said, ...said.replies]).filter((said) => said.card);
  const fresh = cards.filter((said) => !state.cards.has(said.key));
  if (state.cards.size && fresh.length) announce(`Cairn posted a card in ${talk.name}`);
  state.cards = new Set(cards.map((said) => said.key));
  if (!cards.length) state.cards.add(talk.key);
}

async function refreshKnown() {
  const as = state.everything ? "" : state.viewer;
  const known = /** @type {Knowledge | null} */ (await ask("/api/knowledge", as ? { as } : {}));
  if (!known || as !== (state.everything ? "" : state.viewer)) return;
  state.known = known;
  drawKnownNow();
}

function drawKnownNow() {
  if (state.known) drawKnown(state.known, state.tab, wishes);
  byId("scope-note").textContent = state.everything
    ? "For this demo only: in Teams nobody sees more than their own channels and chats hold."
    : `From the channels and chats that ${me()?.name ?? ""} is in.`;
}

/**
 * Go to a place, or to a message in it; as somebody who is there when the visitor is not.
 * @param {Spot} spot
 */
async function go(spot) {
  state.touched = true;
  const place = state.overview?.places.find((one) => one.key === spot.place);
  const open = place?.members.includes(state.viewer);
  const other = spot.viewer || (spot.message && !open ? place?.members[0] : "");
  if (other && other !== state.viewer) {
    state.viewer = viewerBox.value = other;
    note(`You are now ${me()?.name ?? "somebody else"}, who is in that place.`);
  }
  if (spot.place !== state.place) {
    state.place = spot.place;
    state.cards = new Set();
    byId("messages").replaceChildren();
    replyTo(null);
  }
  showPane("talk");
  await refresh();
  if (spot.message && show(spot.message)) return;
  byId("messages").scrollTop = byId("messages").scrollHeight;
}

/** @param {Step} step */
function walk(step) {
  state.viewer = viewerBox.value = step.who;
  replyTo(null);
  go({ ...step.spot, viewer: step.who }).then(() => byId("step-on").focus({ preventScroll: true }));
}

/** @param {string} person @param {string} place */
function become(person, place) {
  state.viewer = viewerBox.value = person;
  go({ place, message: "", viewer: "" });
}

/** @param {Said} message @param {string} verb @param {object} data */
async function press(message, verb, data) {
  const card = document.activeElement?.closest(".card");
  card?.setAttribute("aria-busy", "true");
  const { said } = await act("/api/press", { viewer: state.viewer, place: state.place, message: message.key, verb, data });
  card?.removeAttribute("aria-busy");
  await refresh();
  if (said) note(said);
  else announce("Cairn updated the card.");
}

/** @param {string} text @param {string | null} answered */
async function write(text, answered) {
  const wanted = { viewer: state.viewer, place: state.place, text };
  const { said, done } = answered
    ? await act("/api/reply", { ...wanted, message: answered })
    : await act("/api/post", wanted);
  if (said) note(said);
  await refresh();
  if (done && !answered) byId("messages").scrollTop = byId("messages").scrollHeight;
  return done;
}

/** Begin where Cairn last did something; else at the end. */
function showLastCard() {
  const list = byId("messages");
  const card = [...list.querySelectorAll(".card")].at(-1)?.closest("li.post, li.bubble");
  if (card) card.scrollIntoView({ block: "start" });
  else list.scrollTop = list.scrollHeight;
}

/** @param {string} name */
function showPane(name) {
  const columns = document.querySelector(".columns");
  if (columns instanceof HTMLElement) columns.dataset.pane = name;
  for (const button of document.querySelectorAll(".panes button")) {
    button.setAttribute("aria-pressed", String(/** @type {HTMLElement} */ (button).dataset.pane === name));
  }
}

/** @param {Tab} name */
function showTab(name) {
  state.tab = name;
  for (const tab of TABS.map((one) => byId(`tab-${one}`))) {
    const chosen = tab.id === `tab-${name}`;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
  }
  drawKnownNow();
}

function startControls() {
  viewerBox.addEventListener("change", () => {
    state.viewer = viewerBox.value;
    replyTo(null);
    refresh();
  });
  for (const radio of document.querySelectorAll('input[name="scope"]')) {
    radio.addEventListener("change", () => {
      state.everything = /** @type {HTMLInputElement} */ (radio).value === "all";
      refreshKnown();
    });
  }
  for (const control of document.querySelectorAll("[data-span]")) {
    control.addEventListener("click", async () => {
      const { said } = await act("/api/wait", { span: /** @type {HTMLElement} */ (control).dataset.span });
      if (said) note(said);
      await refresh();
      announce(`It is now ${byId("now").textContent}`);
    });
  }
  for (const button of document.querySelectorAll(".panes button")) {
    button.addEventListener("click", () => showPane(/** @type {HTMLElement} */ (button).dataset.pane ?? "talk"));
  }
  for (const name of TABS) {
    const tab = byId(`tab-${name}`);
    tab.addEventListener("click", () => showTab(name));
    tab.addEventListener("keydown", (event) => {
      const step = /** @type {Record<string, number>} */ ({ ArrowRight: 1, ArrowLeft: -1 })[event.key];
      if (!step) return;
      const next = TABS[(TABS.indexOf(name) + step + TABS.length) % TABS.length] ?? name;
      showTab(next);
      byId(`tab-${next}`).focus();
    });
  }
}

/** Follow what happens: one refresh at a time, and the last news never missed. */
function follow() {
  let busy = false;
  let again = false;
  new EventSource("/api/events").addEventListener("message", async () => {
    again = true;
    if (busy) return;
    busy = true;
    while (again) {
      again = false;
      await refresh().catch(() => {});
    }
    busy = false;
  });
}

startTheme(/** @type {HTMLSelectElement} */ (byId("theme")));
startComposer(write);
startControls();
await refresh();
showLastCard();
follow();
