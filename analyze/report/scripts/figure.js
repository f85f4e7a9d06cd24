// What every chart has: a caption, a description for those who do not see it, a table
// of its numbers, TSV, PNG and SVG; and that it is drawn only while it can be seen.
import { prepare, wordsAt } from "./canvas.js";
import { nearest } from "./data.js";
import { button, digits, download, el } from "./dom.js";
import { bitmap, vectorDrawing, vectorLines } from "./picture.js";
import { onChange, state } from "./state.js";
import { hideTip, showTip } from "./tip.js";

const figures = [];
const MOST_ROWS = 200;

/* Where a run stands at the slider's step: its nearest checkpoint i, of step `at`. */
export function viewOf(run) {
    const i = nearest(run.at, state.step);
    return { run, i, at: run.at[i], step: state.step, a: state.a, b: state.b };
}

const watch = new IntersectionObserver(
    (entries) => {
        for (const entry of entries) {
            const one = figures.find((f) => f.body === entry.target);
            one.visible = entry.isIntersecting;
            if (one.visible) draw(one);
        }
    },
    { rootMargin: "120px" },
);

const sizes = new ResizeObserver((entries) => {
    for (const entry of entries) {
        const one = figures.find((f) => f.body === entry.target);
        if (!one.drawn && entry.contentRect.width)
            reserve(one, entry.contentRect.width);
        if (!one.drawn || Math.abs(entry.contentRect.width - one.width) < 1) continue;
        one.dirty = true;
        if (one.visible) draw(one);
    }
});

/* A chart has its height before it is drawn: what is below does not move then. */
function reserve(one, width) {
    const { height } = one.spec;
    const needed =
        typeof height === "function" ? height(width, viewOf(one.spec.run)) : height;
    one.body.style.minHeight = `${needed}px`;
}

/* ---- Tables ---- */

function cell(value) {
    if (typeof value !== "number") return String(value ?? "");
    return Number.isNaN(value) ? "nan" : String(value);
}

/* What a table of lines and tabs cannot hold, a terminal takes as a command, or a reader
 * takes as a quoted cell; escaped as in the programs' tables. */
const UNSHOWN =
    /["\\\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
const NAMED = { "\t": "\\t", "\n": "\\n", "\r": "\\r", "\\": "\\\\" };

function escaped(letter) {
    if (NAMED[letter]) return NAMED[letter];
    return Array.from(
        new TextEncoder().encode(letter),
        (byte) => `\\x${byte.toString(16).padStart(2, "0")}`,
    ).join("");
}

function tsv({ columns, rows }) {
    const line = (row) =>
        row.map((one) => cell(one).replace(UNSHOWN, escaped)).join("\t");
    return [columns, ...rows].map(line).join("\n") + "\n";
}

function shownTable(table, title) {
    const middle = table.current ?? 0;
    const first = Math.max(
        0,
        Math.min(middle - MOST_ROWS / 2, table.rows.length - MOST_ROWS),
    );
    const rows = table.rows.slice(first, first + MOST_ROWS);
    const less = rows.length < table.rows.length;
    return el(
        "div",
        { class: "rows", tabindex: 0, role: "region", "aria-label": `Table: ${title}` },
        el(
            "table",
            {},
            el(
                "caption",
                {},
                less
                    ? `${digits(rows.length)} of ${digits(table.rows.length)} rows; the TSV has all`
                    : `${digits(rows.length)} rows`,
            ),
            el(
                "thead",
                {},
                el(
                    "tr",
                    {},
                    ...table.columns.map((c) => el("th", { scope: "col" }, c)),
                ),
            ),
            el(
                "tbody",
                {},
                ...rows.map((row, i) =>
                    el(
                        "tr",
                        { "aria-current": first + i === table.current && "true" },
                        ...row.map((v) =>
                            el(
                                "td",
                                {},
                                typeof v === "number" ? digits(v, 5) : cell(v),
                            ),
                        ),
                    ),
                ),
            ),
        ),
    );
}

function fillTable(one) {
    one.holder.replaceChildren(
        shownTable(one.spec.table(viewOf(one.spec.run)), one.name),
    );
}

/* ---- Files ---- */

function fileName(one, ending) {
    const { run, from, title, timeless } = one.spec;
    const at = timeless ? [] : ["step", viewOf(run).at];
    const name = [run.name, from, title, ...at]
        .filter(Boolean)
        .join("-");
    return `${name.replace(/[^\p{L}\p{N}.-]+/gu, "-")}.${ending}`;
}

/* What stands beside the drawing in a picture of it. */
function titled(one) {
    const { run, title, timeless } = one.spec;
    const at = timeless ? "" : `, step ${digits(viewOf(run).at)}`;
    return {
        title: `${run.name}: ${title}${at}`,
        legend: one.legend ? [...one.legend.querySelectorAll("li")] : [],
    };
}

function savePng(one) {
    draw(one);
    const canvas = bitmap(one.canvas, one.chart, titled(one));
    canvas.toBlob((blob) => download(fileName(one, "png"), blob));
}

/* A canvas is drawn once more; of a line chart the same lines are. */
async function saveSvg(one) {
    draw(one);
    const again = (g) => one.spec.draw(g, one.size, viewOf(one.spec.run));
    const text = one.chart
        ? await vectorLines(one.chart, titled(one))
        : vectorDrawing(one.size, again, titled(one));
    download(fileName(one, "svg"), new Blob([text], { type: "image/svg+xml" }));
}

/* ---- Drawing ---- */

/* Of which step a figure is that has fewer than its run, and how many it has. */
function keptWords(spec, view) {
    const kept = spec.kept(view);
    spec.count ??= new Set(spec.run.at.map((at) => spec.kept({ ...view, at }))).size;
    const { count } = spec;
    const of = ` Drawn at ${digits(count)} of ${digits(spec.run.at.length)} checkpoints`;
    if (count === spec.run.at.length) return "";
    return kept === view.at ? `${of}.` : `${of}; here: step ${digits(kept)}.`;
}

function draw(one) {
    if (!one.dirty) return;
    one.dirty = false;
    const { spec } = one;
    const view = viewOf(spec.run);
    const width = one.body.clientWidth;
    if (!width) return;
    const resized = width !== one.width;
    one.width = width;
    one.paint(one, view, width, resized);
    if (spec.kept) one.kept.textContent = keptWords(spec, view);
    one.drawn = true;
    one.body.style.minHeight = "";
    if (one.canvas) one.canvas.setAttribute("aria-label", spec.describe(view));
    if (!one.holder.hidden) fillTable(one);
}

function mark(changed) {
    for (const one of figures) {
        const again = changed.has("theme") || changed.has("log") || changed.has("all");
        if (changed.has("log") || changed.has("theme")) one.stale = true;
        if (again || one.follows.some((name) => changed.has(name))) one.dirty = true;
        if (one.visible) draw(one);
    }
}
onChange(mark);

/* Draw everything anew and at once, seen or not: for print. */
export function drawAll() {
    for (const one of figures) {
        one.dirty = one.stale = true;
        draw(one);
    }
}

/* Draw this figure again: a choice of its own has changed. */
export function again(element) {
    const one = figures.find((f) => f.element === element);
    one.dirty = true;
    one.stale = true;
    draw(one);
}

function paintCanvas(one, view, width) {
    const height = Math.round(one.spec.height(width, view));
    const g = prepare(one.canvas, width, height);
    one.size = { width, height };
    one.spec.draw(g, one.size, view);
}

function placeIn(one, event) {
    const box = one.canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
}

function click(one, event) {
    one.spec.click(...placeIn(one, event), viewOf(one.spec.run), one.size);
}

/* What the pointer is over says so. */
function follow(one) {
    const tell = (event) =>
        showTip(wordsAt(one.canvas, ...placeIn(one, event)), event);
    one.canvas.addEventListener("pointermove", tell);
    one.canvas.addEventListener("pointerdown", tell);
    one.canvas.addEventListener("pointerleave", hideTip);
}

/* A chart. spec:
 *     run, title        what of; few words, which name its files as well
 *     from              the measure that it is of, where several have one title
 *     caption           what one sees, in a sentence
 *     controls          elements beside the buttons
 *     kept(view)        the step of its numbers, where it has fewer steps than the run
 *     timeless          its numbers are of no step
 *     follows           names of the state that it depends on; the step by default
 *     describe(view)    a sentence that names the numbers at this step
 *     table(view)       {columns, rows, current: index of the step's row}
 *     height            in pixels, or a function of width and view
 *     draw(g, size, view), click(x, y, view, size)      of a canvas
 *     paint(one, view, width, resized)       in place of these, for lines */
export function figure(spec) {
    const name = [spec.title, spec.from, spec.run.name].filter(Boolean).join(", ");
    const body = el("div", { class: "plot" });
    const holder = el("div", { hidden: true });
    const one = {
        spec,
        name,
        body,
        holder,
        follows: spec.follows ?? ["step"],
        paint: spec.paint ?? paintCanvas,
        visible: false,
        dirty: true,
        kept: el("span", { class: "kept" }),
        legend: spec.paint ? el("ul", { class: "legend" }) : null,
    };
    if (!spec.paint) {
        one.canvas = el("canvas", { role: "img", "aria-label": name });
        if (spec.click)
            one.canvas.addEventListener("click", (event) => click(one, event));
        follow(one);
        body.append(one.canvas);
    }
    one.element = el(
        "figure",
        { class: spec.paint ? "lines" : "drawing" },
        el(
            "figcaption",
            {},
            el("strong", {}, spec.title),
            spec.caption ? ` ${spec.caption}` : null,
            one.kept,
        ),
        body,
        one.legend,
        tools(one),
        holder,
    );
    figures.push(one);
    watch.observe(body);
    sizes.observe(body);
    return one.element;
}

function tools(one) {
    const { name, spec, holder } = one;
    const toggle = button(
        "Table",
        `Table of ${name}`,
        () => {
            holder.hidden = !holder.hidden;
            toggle.setAttribute("aria-expanded", String(!holder.hidden));
            if (holder.hidden) holder.replaceChildren();
            else fillTable(one);
        },
        { "aria-expanded": "false", "aria-label": `Table of ${name}` },
    );
    const text = button(
        "TSV",
        `Download the numbers of ${name}`,
        () =>
            download(
                fileName(one, "tsv"),
                new Blob([tsv(spec.table(viewOf(spec.run)))], {
                    type: "text/tab-separated-values",
                }),
            ),
        { "aria-label": `Download TSV of ${name}` },
    );
    const picture = (form, save, help) =>
        button(form, `Download the picture of ${name}, ${help}`, () => save(one), {
            "aria-label": `Download ${form} of ${name}`,
        });
    return el(
        "div",
        { class: "tools" },
        ...(spec.controls ?? []),
        toggle,
        text,
        picture("PNG", savePng, "in dots"),
        picture("SVG", saveSvg, "in lines and letters, for papers"),
    );
}
