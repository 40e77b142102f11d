// The strip at the top: the story while it is told, then its steps to walk through, and the clock.
import { button, byId, make } from "./dom.js";
import { icon } from "./icons.js";
import { moment, shortDay } from "./time.js";

/** @typedef {import("../types.d.ts").Overview} Overview */
/** @typedef {import("../types.d.ts").Step} Step */

const INTRODUCTION = "Colleagues talk in Teams; Cairn keeps what they answer each other and brings it back when somebody asks again.";

/** @type {Step[]} */
let steps = [];
let at = -1;

/** @param {Step[]} story */
export function setSteps(story) {
  steps = story;
}

/**
 * @param {Overview} overview
 * @param {(step: Step) => void} go
 */
export function drawStory({ telling, now }, go) {
  const bar = /** @type {HTMLProgressElement} */ (byId("bar"));
  bar.hidden = telling.told;
  bar.max = telling.total || 1;
  bar.value = telling.done;
  byId("now").textContent = moment(now);
  for (const control of document.querySelectorAll("[data-span]")) /** @type {HTMLButtonElement} */ (control).disabled = !telling.told;
  if (telling.told) drawSteps(go);
  else byId("telling").replaceChildren(make("p", {}, make("strong", {}, `${telling.moment} `), telling.why || "Founding the company"));
}

/** @param {(step: Step) => void} go */
function drawSteps(go) {
  const step = steps[at];
  const telling = byId("telling");
  if (telling.dataset.at === `${at} of ${steps.length}`) return;
  telling.dataset.at = `${at} of ${steps.length}`;
  const turn = (/** @type {number} */ by) => {
    at = Math.min(Math.max(at + by, 0), steps.length - 1);
    const next = steps[at];
    drawSteps(go);
    byId(by < 0 && at > 0 ? "step-back" : "step-on").focus();
    if (next) go(next);
  };
  if (!step) {
    telling.replaceChildren(
      ...(steps.length ? [button({ class: "primary", id: "step-on" }, () => turn(1), "Walk through the story")] : []),
      make("p", {}, INTRODUCTION, make("span", { class: "more-room" }, " Press a card’s buttons, or ask something yourself.")),
    );
    return;
  }
  const last = at === steps.length - 1;
  telling.replaceChildren(
    button({ class: "subtle turn", id: "step-back", "aria-label": "Step back", disabled: at === 0 }, () => turn(-1), icon("back")),
    button({ class: "primary turn", id: "step-on", "aria-label": "Step on", disabled: last }, () => turn(1), icon("on")),
    make("p", { role: "status" }, make("span", { class: "number" }, `${at + 1} of ${steps.length}, ${shortDay(step.at)} `), step.why),
  );
}
