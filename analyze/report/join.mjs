// Join page.html, style.css, uPlot, svgcanvas and scripts/*.js into one page:
//
//     node join.mjs SOURCE NODE_MODULES OUTPUT
//
// The scripts are modules, so that each says what it takes from which other. A page
// that opens from a file cannot import: each becomes a function that returns what it
// exports, after those that it imports.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Script } from "node:vm";

const IMPORT = /^import\s+(\{[^}]*\})\s+from\s+"\.\/([^"]+)\.js";\n/gm;
const EXPORT = /^export (?=(?:async )?(?:function|const|class) (\w+))/gm;

const [source, modules, output] = process.argv.slice(2);
const scripts = join(source, "scripts");
const read = (...names) => readFileSync(join(...names), "utf8");

/* Names of the modules, each after those that it imports. */
function ordered(names) {
    const done = [];
    const visit = (name, way) => {
        if (done.includes(name)) return;
        if (way.includes(name))
            throw new Error(`circle: ${[...way, name].join(" -> ")}`);
        for (const [, , other] of read(scripts, `${name}.js`).matchAll(IMPORT))
            visit(other, [...way, name]);
        done.push(name);
    };
    for (const name of names) visit(name, []);
    return done;
}

function exportsOf(name) {
    return [...read(scripts, `${name}.js`).matchAll(EXPORT)].map(([, found]) => found);
}

/* A misspelt import is found here, not in somebody's browser. */
function checkImports(name) {
    for (const [, list, other] of read(scripts, `${name}.js`).matchAll(IMPORT))
        for (const wanted of list.match(/\w+/g) ?? [])
            if (!exportsOf(other).includes(wanted))
                throw new Error(`${name}.js: ${other}.js exports no ${wanted}`);
}

function enclosed(name) {
    const text = read(scripts, `${name}.js`)
        .replace(IMPORT, (line, list, other) => `const ${list} = modules.${other};\n`)
        .replace(EXPORT, "");
    if (/^(import|export)\b/m.test(text))
        throw new Error(`${name}.js imports or exports in a form that join.mjs lacks`);
    const given = exportsOf(name).join(", ");
    return `modules.${name} = (() => {\n${text}return { ${given} };\n})();\n`;
}

function joined() {
    const names = readdirSync(scripts)
        .filter((name) => name.endsWith(".js"))
        .map((name) => name.slice(0, -3))
        .sort();
    names.forEach(checkImports);
    const code = `"use strict";\nconst modules = {};\n${ordered(names).map(enclosed).join("\n")}`;
    new Script(code, { filename: "scripts" }); // a syntax error ends the build
    return code;
}

function script(code) {
    if (/<\/script|<!--/i.test(code)) throw new Error("a script would end itself");
    return `<script>\n${code.trim()}\n</script>`;
}

/* What is another's says so; scripts find the versions in `libraries`. */
const libraries = Object.fromEntries(
    ["uplot", "svgcanvas"].map((name) => [
        name,
        JSON.parse(read(modules, name, "package.json")).version,
    ]),
);

function licence(name, does) {
    const words = read(modules, name, "LICENSE").trim();
    return `<!-- ${name} ${libraries[name]}, which ${does}, is under this licence:\n\n${words}\n-->`;
}

/* A library in the form of Node's modules, under a name. */
function required(name, ...file) {
    return `const ${name} = ((exports) => {\n${read(modules, name, ...file).trim()}\nreturn exports;\n})({});`;
}

const filled = {
    licence: [
        licence("uplot", "draws the line charts"),
        licence("svgcanvas", "writes charts as SVG"),
    ].join("\n"),
    style: `${read(modules, "uplot", "dist", "uPlot.min.css").trim()}\n${read(source, "style.css").trim()}`,
    scripts: [
        read(modules, "uplot", "dist", "uPlot.iife.min.js"),
        required("svgcanvas", "dist", "svgcanvas.js"),
        `const libraries = ${JSON.stringify(libraries)};`,
        joined(),
    ]
        .map(script)
        .join("\n"),
};
let page = read(source, "page.html");
for (const [name, text] of Object.entries(filled)) {
    if (!page.includes(`<!--${name}-->`))
        throw new Error(`page.html has no <!--${name}-->`);
    page = page.replace(`<!--${name}-->`, () => text);
}
mkdirSync(dirname(output), { recursive: true });
writeFileSync(output, page);
