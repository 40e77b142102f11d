import js from "@eslint/js";

export default [
  { ignores: ["node_modules/"] },
  js.configs.recommended,
  // Names that nobody defines are tsc's to find: it knows the browser's.
  { rules: { "no-undef": "off", eqeqeq: "error", "prefer-const": "error", "no-var": "error" } },
];
