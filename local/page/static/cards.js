// Cards, drawn by Microsoft's own renderer in Teams' look for each theme.
/* global AdaptiveCards, markdownit */

const PALETTES = {
  default: { text: "#242424", subtle: "#595959", accent: "#4f52b2", good: "#0e6027", warning: "#8a3707", attention: "#a4262c", plain: "#ffffff", emphasis: "#f0f0f0", line: "#d1d1d1" },
  dark: { text: "#ffffff", subtle: "#c2c2c2", accent: "#aab1fa", good: "#9fd89f", warning: "#faa06b", attention: "#f1bbbc", plain: "#333333", emphasis: "#3d3d3d", line: "#525252" },
  contrast: { text: "#ffffff", subtle: "#ffffff", accent: "#1aebff", good: "#3ff23f", warning: "#ffff01", attention: "#ff8080", plain: "#000000", emphasis: "#000000", line: "#ffffff" },
};

const SIZES = { small: 12, default: 14, medium: 14, large: 18, extraLarge: 24 };
const WEIGHTS = { lighter: 400, default: 400, bolder: 600 };

const markdown = markdownit({ html: false, linkify: false });
/** Of the card that is being drawn: what its text may name as a mention. @type {Set<string>} */
let mentions = new Set();
AdaptiveCards.AdaptiveCard.onProcessMarkdown = (text, result) => {
  const html = markdown.render(text);
  result.outputHtml = html.replace(/&lt;at&gt;(.*?)&lt;\/at&gt;/g, (all, name) => (mentions.has(name) ? `<at>${name}</at>` : all));
  result.didProcess = true;
};

/** The names, as Markdown leaves them, in the card's `msteams.entities`. @param {object} card */
function mentioned(card) {
  const texts = (card.msteams?.entities ?? []).map((entity) => entity.text ?? "");
  return new Set(texts.map((text) => markdown.utils.escapeHtml(text.replace(/^<at>|<\/at>$/g, ""))));
}

/** @param {string} theme */
function hostConfig(theme) {
  const p = PALETTES[theme];
  const shade = (color) => ({ default: color, subtle: color });
  const foregroundColors = {
    default: { default: p.text, subtle: p.subtle }, dark: shade(p.text), light: shade(p.subtle), accent: shade(p.accent),
    good: shade(p.good), warning: shade(p.warning), attention: shade(p.attention),
  };
  const style = (backgroundColor) => ({ backgroundColor, borderColor: p.line, foregroundColors });
  return new AdaptiveCards.HostConfig({
    fontTypes: {
      default: { fontFamily: "inherit", fontSizes: SIZES, fontWeights: WEIGHTS },
      monospace: { fontFamily: "Consolas, 'DejaVu Sans Mono', monospace", fontSizes: SIZES, fontWeights: WEIGHTS },
    },
    spacing: { small: 8, default: 10, medium: 16, large: 20, extraLarge: 24, padding: 12 },
    separator: { lineThickness: 1, lineColor: p.line },
    supportsInteractivity: true,
    containerStyles: { default: style(p.plain), emphasis: style(p.emphasis), good: style(p.emphasis), warning: style(p.emphasis), attention: style(p.emphasis), accent: style(p.emphasis) },
    actions: { maxActions: 6, spacing: "default", buttonSpacing: 8, showCard: { actionMode: "inline", inlineTopMargin: 8 }, actionsOrientation: "horizontal", actionAlignment: "left" },
  });
}

/**
 * A card as an element.
 * @param {object} card @param {string} theme
 * @param {{press: (verb: string, data: object) => void, open: (url: string) => void}} acts
 *   called for a button that asks something of Cairn, with its verb and data, and for a link
 */
export function drawn(card, theme, acts) {
  const made = new AdaptiveCards.AdaptiveCard();
  made.hostConfig = hostConfig(theme);
  made.onExecuteAction = (action) => {
    if (action instanceof AdaptiveCards.OpenUrlAction) acts.open(action.url ?? "");
    else if (action instanceof AdaptiveCards.ExecuteAction) acts.press(action.verb ?? "", action.data ?? {});
  };
  made.onAnchorClicked = (_, anchor) => {
    acts.open(anchor.href);
    return true;
  };
  made.parse(card, new AdaptiveCards.SerializationContext(AdaptiveCards.Versions.v1_5));
  const holder = document.createElement("div");
  holder.className = "card";
  mentions = mentioned(card);
  const element = made.render();
  if (element) holder.append(element);
  return holder;
}
