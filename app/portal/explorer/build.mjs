// Makes ../built: the explorer and everything it needs, each file named by its content, and the page that begins it.

import { readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const BUILT = join(HERE, "..", "built");
const ARRIVING = `${BUILT}.arriving`;
const ENTRY = "explorer.jsx";
const WORKERS = {
  editor: "monaco-editor/esm/vs/editor/editor.worker.js",
  graphql: "monaco-graphql/esm/graphql.worker.js",
  json: "monaco-editor/esm/vs/language/json/json.worker.js",
};

/** GraphiQL's one style sheet holds the editor's own too; of its fonts we keep only the icons. */
const STYLES = {
  name: "styles",
  setup({ onLoad }) {
    onLoad({ filter: /monaco-editor[\\/]esm[\\/].*\.css$/ }, () => ({ contents: "", loader: "empty" }));
    onLoad({ filter: /graphiql[\\/]dist[\\/]style\.css$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      const contents = text.replace(/@font-face\s*\{[^}]*\}/g, (face) => (face.includes("codicon") ? face : ""));
      return { contents, loader: "css" };
    });
  },
};
const SHARED = {
  absWorkingDir: HERE,
  outdir: ARRIVING,
  bundle: true,
  minify: true,
  metafile: true,
  target: ["chrome111", "firefox113", "safari16.4"],
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  define: { "process.env.NODE_ENV": '"production"' },
  // The old names lead to a form whose exports a bundler cannot see by their names; without these nothing is set in form.
  alias: { "prettier/parser-babel": "prettier/plugins/babel", "prettier/parser-graphql": "prettier/plugins/graphql" },
  legalComments: "none",
  banner: { js: "/* licenses.txt, beside this file, names whose work is in it. */" },
  logLevel: "warning",
};

await rm(ARRIVING, { recursive: true, force: true });
const workers = await build({ ...SHARED, entryPoints: WORKERS, format: "iife" });
const explorer = await build({
  ...SHARED,
  entryPoints: [ENTRY],
  format: "esm",
  splitting: true,
  jsx: "automatic",
  loader: { ".graphql": "text" },
  plugins: [STYLES],
  define: { ...SHARED.define, WORKERS: JSON.stringify(workerNames(workers)) },
});
await writeFile(join(ARRIVING, "page.html"), await page(explorer));
await writeFile(join(ARRIVING, "licenses.txt"), await licenses(workers, explorer));
await rm(BUILT, { recursive: true, force: true });
await rename(ARRIVING, BUILT);

/** The file of each worker, by its label. */
function workerNames({ metafile }) {
  const files = Object.keys(metafile.outputs).map((path) => basename(path));
  return Object.fromEntries(Object.keys(WORKERS).map((label) => [label, files.find((file) => file.startsWith(label))]));
}

async function page({ metafile }) {
  const [[script, { cssBundle }]] = Object.entries(metafile.outputs).filter(([, made]) => made.entryPoint === ENTRY);
  const text = await readFile(join(HERE, "page.html"), "utf8");
  return text.replace("{{script}}", `explorer/${basename(script)}`).replace("{{style}}", `explorer/${basename(cssBundle)}`);
}

/** The licence of each package that something came in from; each asks for that. */
async function licenses(...builds) {
  const inputs = builds.flatMap(({ metafile }) => Object.keys(metafile.inputs));
  const folders = new Set(inputs.map((path) => path.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0]).filter(Boolean));
  const texts = await Promise.all([...folders].sort().map(license));
  return texts.join(`\n${"-".repeat(80)}\n\n`);
}

async function license(folder) {
  const { name, version, license: kind } = JSON.parse(await readFile(join(HERE, folder, "package.json"), "utf8"));
  const files = (await readdir(join(HERE, folder))).filter((file) => /^(licen[cs]e|notice|thirdpartynotices)/i.test(file));
  const texts = await Promise.all(files.sort().map((file) => readFile(join(HERE, folder, file), "utf8")));
  return `${name} ${version} (${kind})\n\n${texts.join("\n").trim()}\n`;
}
