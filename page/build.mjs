// Bundles the page into one file: node build.mjs ../results/page.html
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { build } from "esbuild";

const [target = "page.html"] = process.argv.slice(2);
const { outputFiles } = await build({
  entryPoints: ["src/main.ts"],
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  legalComments: "none",
  charset: "utf8",
  write: false,
});
const script = outputFiles[0].text.replaceAll("</script", "<\\/script");
const style = readFileSync("src/style.css", "utf8");
const html = readFileSync("src/page.html", "utf8")
  .replace("/* style */", () => style)
  .replace("/* script */", () => script);
mkdirSync(dirname(target), { recursive: true });
writeFileSync(target, html);
console.log(`${target}: ${(html.length / 1e6).toFixed(2)} MB`);
