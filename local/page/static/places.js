// The list of places: channels by team, group chats, and each person's own chat with Cairn.
import { avatar } from "./avatars.js";
import { button, byId, make, renew } from "./dom.js";
import { cairn, icon } from "./icons.js";

/** @typedef {import("../types.d.ts").Place} Place */

/**
 * @param {Place[]} places
 * @param {string} chosen the chosen place's key
 * @param {string} viewer a person's key
 * @param {(place: Place) => void} choose
 */
export function drawPlaces(places, chosen, viewer, choose) {
  /** @type {Map<string, Place[]>} */
  const groups = new Map();
  for (const place of places) groups.set(place.group, [...(groups.get(place.group) ?? []), place]);
  const build = (/** @type {[string, Place[]]} */ [group, members]) => {
    const team = members.some((place) => !["chat", "personal"].includes(place.kind));
    const list = make("ul", {}, ...members.map((place) => make("li", {}, entry(place, chosen, viewer, choose))));
    return make("section", {}, make("h3", {}, team && avatar(group, { square: true }), group), list);
  };
  renew(byId("places"), [...groups], ([group]) => group, build, `${chosen} ${viewer}`);
}

/** @param {Place} place @param {string} chosen @param {string} viewer @param {(place: Place) => void} choose */
function entry(place, chosen, viewer, choose) {
  const open = place.members.includes(viewer);
  const own = place.kind === "personal" && open;
  const sign = own ? cairn() : place.kind === "personal" ? avatar(place.name, { small: true }) : icon(place.kind === "private" ? "lock" : place.kind === "chat" ? "chat" : "channel");
  const aside = own ? "Private, with you" : [place.privacy, !open && place.kind !== "personal" && "you are not in it"].filter(Boolean).join(", ");
  return button(
    { class: `place${open ? "" : " closed"}`, "aria-current": place.key === chosen ? "true" : null },
    () => choose(place),
    sign,
    make("span", { class: "name" }, place.name, aside && make("small", {}, aside.charAt(0).toUpperCase() + aside.slice(1))),
    place.cards > 0 && make("span", { class: "count", title: "Cards of Cairn’s" }, String(place.cards), make("span", { class: "unseen" }, " cards of Cairn’s")),
  );
}
