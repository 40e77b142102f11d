// Cards, drawn by Microsoft's own renderer. Its colours are the theme's tokens, so a card follows the theme by itself.
import { safe } from "./markup.js";

/** @typedef {import("../types.d.ts").Wishes} Wishes */

const SIZES = { small: 12, default: 14, medium: 14, large: 16, extraLarge: 20 };
const WEIGHTS = { lighter: 400, default: 400, bolder: 600 };

/** @param {string} name */
const token = (name) => `var(--${name})`;
/** @param {string} name @param {string} [subtle] */
const shades = (name, subtle = name) => ({ default: token(name), subtle: token(subtle) });
const TEXT = {
  default: shades("colorNeutralForeground1", "colorNeutralForeground3"),
  dark: shades("colorNeutralForeground1"),
  light: shades("colorNeutralForeground3"),
  accent: shades("colorBrandForegroundLink"),
  good: shades("colorStatusSuccessForeground1"),
  warning: shades("colorStatusWarningForeground1"),
  attention: shades("colorStatusDangerForeground1"),
};
/** @param {string} background @param {string} line */
const style = (background, line) => ({ backgroundColor: token(background), borderColor: token(line), foregroundColors: TEXT });

const CONTAINERS = {
  default: style("colorNeutralBackground1", "colorTransparentStroke"),
  emphasis: style("colorNeutralBackground3", "colorTransparentStroke"),
  accent: style("colorBrandBackground2", "colorBrandStroke1"),
  good: style("colorStatusSuccessBackground1", "colorStatusSuccessBorder1"),
  warning: style("colorStatusWarningBackground1", "colorStatusWarningBorder1"),
  attention: style("colorStatusDangerBackground1", "colorStatusDangerBorder1"),
};

/** @param {number} headingLevel */
function hostConfig(headingLevel) {
  return new AdaptiveCards.HostConfig({
    fontTypes: {
      default: { fontFamily: "inherit", fontSizes: SIZES, fontWeights: WEIGHTS },
      monospace: { fontFamily: token("fontFamilyMonospace"), fontSizes: SIZES, fontWeights: WEIGHTS },
    },
    spacing: { small: 8, default: 12, medium: 16, large: 20, extraLarge: 24, padding: 12 },
    separator: { lineThickness: 1, lineColor: token("colorNeutralStroke2") },
    supportsInteractivity: true,
    textBlock: { headingLevel },
    containerStyles: CONTAINERS,
    inputs: { label: { inputSpacing: 4, requiredInputs: { suffix: " *" }, optionalInputs: {} }, errorMessage: { spacing: 4 } },
    actions: {
      maxActions: 6, spacing: "default", buttonSpacing: 8, actionsOrientation: "horizontal", actionAlignment: "left",
      showCard: { actionMode: "inline", inlineTopMargin: 12, style: "emphasis" },
    },
  });
}

let prepared = false;

/** Markdown in our own words is rendered by markdown-it, without HTML, and cleaned once more. */
function prepare() {
  if (prepared) return;
  prepared = true;
  const markdown = markdownit({ html: false, linkify: false });
  AdaptiveCards.AdaptiveCard.onProcessMarkdown = (text, result) => {
    // Teams' mentions stand between <at> and </at>, in any text of a card.
    result.outputHtml = safe(markdown.render(text).replace(/&lt;(\/?at)&gt;/g, "<$1>"));
    result.didProcess = true;
  };
}

/**
 * A card as an element; `press` is called with a button's verb and its data, what was typed included.
 * @param {object} json
 * @param {number} headingLevel of the card's headings on the page
 * @param {(verb: string, data: object) => void} press
 */
export function drawn(json, headingLevel, press) {
  prepare();
  const card = new AdaptiveCards.AdaptiveCard();
  card.hostConfig = hostConfig(headingLevel);
  card.onExecuteAction = (action) => {
    if (action instanceof AdaptiveCards.OpenUrlAction && action.url) window.open(action.url, "_blank", "noopener,noreferrer");
    else if (action instanceof AdaptiveCards.ExecuteAction) press(action.verb ?? "", action.data ?? {});
  };
  card.parse(json, new AdaptiveCards.SerializationContext(AdaptiveCards.Versions.v1_5));
  const holder = document.createElement("div");
  holder.className = "card";
  const element = card.render();
  if (element) holder.append(element);
  return holder;
}
