// Writes static/tokens.css: the Fluent design tokens that the page uses, for Teams' three themes (`npm run tokens`).
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { teamsDarkTheme, teamsHighContrastTheme, teamsLightTheme } from "@fluentui/tokens";

const folder = new URL("./static/", import.meta.url);
const TARGET = "tokens.css";

/** The names of all tokens that the page's styles and scripts mention, in order. */
function used() {
  const sources = readdirSync(folder).filter((name) => /\.(css|js)$/.test(name) && name !== TARGET);
  const text = sources.map((name) => readFileSync(new URL(name, folder), "utf8")).join("\n");
  const names = [...text.matchAll(/--([a-z]+[A-Za-z0-9]*)/g)].map((found) => found[1]);
  // Avatars are coloured by name: `--colorPalette${colour}Background2`.
  const palette = Object.keys(teamsLightTheme).filter((name) => /^colorPalette\w+(Background2|Foreground2)$/.test(name));
  return [...new Set([...names, ...palette])].filter((name) => name in teamsLightTheme).sort();
}

/** One rule; with `base`, of what differs from it alone. */
function rule(selector, theme, base) {
  const lines = used().filter((name) => theme[name] !== base?.[name]).map((name) => `  --${name}: ${theme[name]};`);
  return `${selector} {\n${lines.join("\n")}\n}`;
}

export function css() {
  const [light, dark, contrast] = [teamsLightTheme, teamsDarkTheme, teamsHighContrastTheme];
  return [
    "/* Written by tokens.mjs from @fluentui/tokens: Teams' light, dark and high-contrast themes. */",
    rule(":root", light),
    `@media (prefers-color-scheme: dark) {\n${rule(":root:not([data-theme])", dark, light)}\n}`,
    `@media (prefers-contrast: more) {\n${rule(":root:not([data-theme])", contrast)}\n}`,
    rule('[data-theme="dark"]', dark, light),
    rule('[data-theme="contrast"]', contrast, light),
    "",
  ].join("\n");
}

if (process.argv[2] === "--check") {
  if (readFileSync(new URL(TARGET, folder), "utf8") !== css()) {
    console.error("static/tokens.css is out of date: npm run tokens");
    process.exit(1);
  }
} else {
  writeFileSync(new URL(TARGET, folder), css());
}
