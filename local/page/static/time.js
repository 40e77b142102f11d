// How the page says when: the story plays in UTC, whatever the visitor's own time is.
import { make } from "./dom.js";

/** @param {Intl.DateTimeFormatOptions} options */
const format = (options) => new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...options });
const clock = format({ hour: "2-digit", minute: "2-digit" });
const date = format({ day: "numeric", month: "short" });
const weekday = format({ weekday: "long", day: "numeric", month: "long" });
const whole = format({ weekday: "short", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" });

/** @param {string} at `14:05` */
export const hour = (at) => clock.format(new Date(at));
/** @param {string} at `3 Mar` */
export const shortDay = (at) => date.format(new Date(at));
/** @param {string} at `Tuesday, 3 March` */
export const longDay = (at) => weekday.format(new Date(at));
/** @param {string} at `Tue, 3 March, 14:05` */
export const moment = (at) => whole.format(new Date(at));

/**
 * A <time> that shows `text` and says the whole moment when pointed at.
 * @param {string} at
 * @param {string} text
 */
export const stamp = (at, text) => make("time", { datetime: at, title: moment(at) }, text);
