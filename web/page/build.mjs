// Builds the page (`make page`): node build.mjs FOLDER. The same sources give the same bytes.

import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

import { build, transform } from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const DESK = join(HERE, "../../cli/idcard_cli/desk");
const ZXING = join(HERE, "../node_modules/zxing-wasm");
const NOBLE = join(HERE, "../node_modules/@noble");
const MAX_SIZE = 600_000; // bytes, gzipped, all in
const OPTIONS = { bundle: true, minify: true, write: false, target: ["es2022", "safari16"], charset: "utf8", legalComments: "none" };

// What the desk shows and hears is the page's too. There it comes from the root of its server.
const desk = {
  name: "desk",
  setup({ onResolve }) {
    onResolve({ filter: /^\/[a-z_]+\.js$/ }, ({ path }) => ({ path: join(DESK, path) }));
  },
};

// zxing-wasm would fetch its decoder from a network of strangers, were it not told where it is.
const noAddress = {
  name: "no-address",
  setup({ onLoad }) {
    onLoad({ filter: /zxing-wasm\/dist\/es\/share\.js$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const contents = source.replace(/`https:\/\/[^`]*`/, '""');
      if (contents === source) throw new Error("zxing-wasm has its address elsewhere");
      return { contents };
    });
  },
};

async function bundled(entry, format) {
  const { outputFiles } = await build({ ...OPTIONS, entryPoints: [join(HERE, entry)], format, plugins: [desk, noAddress] });
  return outputFiles[0].text.trimEnd();
}

async function written() {
  const styles = await Promise.all([join(DESK, "desk.css"), join(HERE, "page.css")].map((path) => readFile(path, "utf8")));
  const { code: style } = await transform(styles.join("\n"), { loader: "css", minify: true, charset: "utf8" });
  const script = (await bundled("src/page.js", "esm")).replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--");
  const page = await readFile(join(HERE, "index.html"), "utf8");
  const licences = await Promise.all(
    [["zxing-wasm", join(ZXING, "LICENSE")], ["@noble/ed25519", join(NOBLE, "ed25519/LICENSE")], ["@noble/hashes", join(NOBLE, "hashes/LICENSE")]]
      .map(async ([name, path]) => `${name}\n\n${await readFile(path, "utf8")}`),
  );
  return new Map([
    ["index.html", page
      .replace("<style></style>", () => `<style>${style.trimEnd()}</style>`)
      .replace('<script type="module"></script>', () => `<script type="module">${script}</script>`)],
    ["decoder.js", `${await bundled("src/decoder/worker.js", "iife")}\n`],
    ["zxing_reader.wasm", await readFile(join(ZXING, "dist/reader/zxing_reader.wasm"))],
    ["icon.svg", await readFile(join(DESK, "icon.svg"))],
    ["LICENCES.txt", `${await readFile(join(HERE, "licences.txt"), "utf8")}\n${licences.join("\n")}`],
  ]);
}

const folder = process.argv[2];
const files = await written();
files.set("service.js", await readFile(join(HERE, "src/service/service.js"), "utf8"));
for (const name of await readdir(join(HERE, "icons"))) files.set(name, await readFile(join(HERE, "icons", name)));
await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
let size = 0;
for (const [name, content] of files) {
  const others = String(name.endsWith(".js") || name.endsWith(".html") ? content : "").match(/https?:\/\/(?!www\.w3\.org\/)[^\s"'`]*/g);
  if (others) throw new Error(`${name} names an address: ${others.join(" ")}`);
  await writeFile(join(folder, name), content);
  size += gzipSync(content, { level: 9 }).length;
}
if (size > MAX_SIZE) throw new Error(`the page has ${size} bytes, gzipped; ${MAX_SIZE} are allowed`);
console.log(`${folder}: ${size} bytes, gzipped`);
