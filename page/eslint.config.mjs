import js from "@eslint/js";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["eslint.config.mjs", "build.mjs"] },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { project: "./tsconfig.json" } },
    // Indices of arrays are checked by hand: `!` after them says so (noUncheckedIndexedAccess).
    rules: { "@typescript-eslint/no-non-null-assertion": "off" },
  },
);
