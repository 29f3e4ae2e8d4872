// Bundles the page into one file: node build.mjs TARGET [DATA], where DATA is data.json, or a page
// whose data is taken.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { build } from "esbuild";

const [target = "page.html", source = "data.json"] = process.argv.slice(2);
const given = readFileSync(source, "utf8");
const within = /<script id="data" type="application\/json">(.*?)<\/script>/s;
const data = source.endsWith(".html") ? within.exec(given)[1] : given.trim().replaceAll("</", "<\\/");
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
  .replace("/* data */", () => data)
  .replace("/* script */", () => script);
mkdirSync(dirname(target), { recursive: true });
writeFileSync(target, html);
console.log(`${target}: ${(html.length / 1e6).toFixed(2)} MB`);
