// What people wrote, as HTML that cannot do anything.

const TAGS = [
  "a", "at", "b", "blockquote", "br", "code", "codeblock", "div", "em", "h1", "h2", "h3", "hr", "i", "li", "ol", "p",
  "pre", "s", "span", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "u", "ul",
];

/**
 * The text with nothing in it but plain formatting, and links that open elsewhere.
 * @param {string} html
 */
export function safe(html) {
  const fragment = DOMPurify.sanitize(html, { ALLOWED_TAGS: TAGS, ALLOWED_ATTR: ["href"], RETURN_DOM_FRAGMENT: true });
  for (const link of fragment.querySelectorAll("a")) {
    link.setAttribute("target", "_blank");
    link.setAttribute("rel", "noopener noreferrer");
  }
  // A person's headings are no headings of the page.
  for (const heading of fragment.querySelectorAll("h1, h2, h3")) heading.replaceWith(strong(heading));
  for (const mention of fragment.querySelectorAll("at")) mention.replaceWith(named(mention));
  const holder = document.createElement("div");
  holder.append(fragment);
  return holder.innerHTML;
}

/** @param {Element} heading */
function strong(heading) {
  const element = document.createElement("strong");
  element.append(...heading.childNodes);
  const paragraph = document.createElement("p");
  paragraph.append(element);
  return paragraph;
}

/** @param {Element} mention */
function named(mention) {
  const element = document.createElement("span");
  element.className = "mention";
  element.append(...mention.childNodes);
  return element;
}
