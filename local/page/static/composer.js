// Writing as the chosen person.
import { byId } from "./dom.js";
import { icon } from "./icons.js";

/** @typedef {import("../types.d.ts").Said} Said */
/** @typedef {import("../types.d.ts").Place} Place */

const form = /** @type {HTMLFormElement} */ (byId("composer"));
const text = /** @type {HTMLTextAreaElement} */ (byId("text"));
const send = /** @type {HTMLButtonElement} */ (byId("send"));

/** @type {Said | null} */
let answered = null;

/** @param {(words: string, answered: string | null) => Promise<boolean>} write */
export function startComposer(write) {
  send.append(icon("send"));
  const submit = async () => {
    const words = text.value.trim();
    if (!words || form.ariaBusy === "true") return;
    form.ariaBusy = "true";
    const done = await write(words, answered?.key ?? null);
    form.ariaBusy = "false";
    if (done) text.value = "";
    if (done) replyTo(null);
    grow();
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      submit();
    }
    if (event.key === "Escape") replyTo(null);
  });
  text.addEventListener("input", grow);
  byId("not-replying").addEventListener("click", () => replyTo(null));
}

/** As tall as what is written, up to a limit set by the styles. */
function grow() {
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight}px`;
}

/**
 * Answer a message from now on; null answers none.
 * @param {Said | null} said
 */
export function replyTo(said) {
  answered = said;
  const line = byId("replying");
  line.hidden = said === null;
  if (line.firstElementChild) line.firstElementChild.textContent = said ? `Replying to ${said.author}` : "";
  if (said) text.focus();
}

/**
 * What may be written where: nothing while the story is told, or in a place that is not this person's.
 * @param {Place | undefined} place
 * @param {{ name: string, open: boolean, told: boolean }} state
 */
export function drawComposer(place, { name, open, told }) {
  form.hidden = !open;
  text.disabled = send.disabled = !told;
  const to = place?.kind === "personal" ? "Cairn" : place?.name ?? "";
  const hint = place?.kind === "personal" ? "Write to Cairn, for example “opt out”" : `Ask something in ${to} as ${name}`;
  text.placeholder = told ? hint : "You can write as soon as the story is told";
  byId("text-label").textContent = `Write to ${to} as ${name}`;
}
