// The whole table: what the network answers rightly, filling in as one plays.
import { axes, heat, scale, text, ticks, toldCells } from "./canvas.js";
import { css, viridis } from "./colours.js";
import { nearest, stepsOf } from "./data.js";
import { digits, listed, percent } from "./dom.js";
import { figure } from "./figure.js";
import { change } from "./state.js";

const TITLES = { now: "Right at this step", since: "Right for good since …" };
const SETS = ["", "trained on", "held out", "in neither set"];

/* The index of the first step from which each cell is right to the end, or -1; of what
 * is no example -2. */
function rightSince(part, sets, right) {
    const since = new Int32Array(sets.length).fill(-1);
    const last = part.length - 1;
    for (let cell = 0; cell < sets.length; cell++) {
        if (!sets[cell]) since[cell] = -2;
        if (!sets[cell] || !right.row(last)[cell]) continue;
        let at = last;
        while (at > 0 && right.row(at - 1)[cell]) at--;
        since[cell] = at;
    }
    return since;
}

function partOf(report, run) {
    const { answers } = run;
    const steps = stepsOf(report, answers);
    const sets = report.tensor(answers.sets).raw;
    const right = report.tensor(answers.right);
    const [rows, columns] = report.tensor(answers.sets).shape;
    let since = null;
    return {
        steps,
        sets,
        rows,
        columns,
        pairs: answers.of === "pairs",
        at: (view) => nearest(steps, view.at),
        right: (view) => right.row(nearest(steps, view.at)),
        get since() {
            return (since ??= rightSince(steps, sets, right));
        },
    };
}

/* Shares of each set that are right. */
function shares(part, view) {
    const right = part.right(view);
    const count = [0, 0, 0, 0];
    const good = [0, 0, 0, 0];
    part.sets.forEach((set, cell) => {
        count[set]++;
        good[set] += right[cell];
    });
    return [1, 2]
        .filter((set) => count[set])
        .map((set) => ({ set, count: count[set], share: good[set] / count[set] }));
}

/* ---- Colours ---- */

function rgb(colour) {
    const hex = colour.replace("#", "");
    return [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16));
}

function mixed(colour, share) {
    const [from, to] = [rgb(css("--card")), rgb(colour)];
    return from.map((c, i) => Math.round(c + (to[i] - c) * share));
}

/* A table of 256 colours for heat(): what a cell's number stands for comes first. */
function palette(colours) {
    const table = new Uint8Array(256 * 3);
    colours.forEach((colour, i) => table.set(colour, 3 * i));
    return table;
}

/* 0: no example; then wrong and right of what was trained on, held out, neither. */
function setColours() {
    const of = (name) => [mixed(css(name), 0.16), mixed(css(name), 1)];
    return palette([rgb(css("--paper")), ...of("--c0"), ...of("--c1"), ...of("--c7")]);
}

function sinceColours() {
    const table = viridis.slice();
    table.set(rgb(css("--paper")), 0);
    table.set(mixed(css("--ink3"), 0.35), 3);
    return table;
}

/* ---- Drawing ---- */

const MARGIN = { left: 42, top: 20, bottom: 36, key: 76 };

/* Two maps, side by side where there is room. */
function boxesOf(width, part) {
    const two = width > 640;
    const each = two ? (width - 24) / 2 : width;
    const side = Math.max(60, Math.min(each - MARGIN.left - 8, 520));
    const height = MARGIN.top + side + MARGIN.bottom + MARGIN.key;
    const box = (i) => ({
        kind: i ? "since" : "now",
        x: (two ? i * (each + 24) : 0) + MARGIN.left,
        y: MARGIN.top + (two ? 0 : i * height),
        width: side,
        height: (side * part.rows) / part.columns,
    });
    return { boxes: [box(0), box(1)], height: two ? height : 2 * height };
}

function drawCells(g, box, part, view) {
    const right = part.right(view);
    const { sets, since } = part;
    const numbers = new Float32Array(sets.length);
    if (box.kind === "now") {
        sets.forEach((set, cell) => {
            numbers[cell] = set ? 2 * set - 1 + right[cell] : 0;
        });
        heat(g, box, numbers, part.rows, part.columns, setColours(), 0, 255);
        return;
    }
    const last = Math.max(1, part.steps.length - 1);
    since.forEach((at, cell) => {
        const known = at <= part.at(view) ? 20 + Math.round((235 * at) / last) : 1;
        numbers[cell] = at === -2 ? 0 : at === -1 ? 1 : known;
    });
    heat(g, box, numbers, part.rows, part.columns, sinceColours(), 0, 255);
}

function drawAxes(g, box, part) {
    const x = scale(0, part.columns, box.x, box.x + box.width);
    const y = scale(0, part.rows, box.y, box.y + box.height);
    text(g, TITLES[box.kind], box.x, box.y - 7, { colour: css("--ink") });
    if (!part.pairs) return;
    const places = ticks(0, part.rows - 1, 5).filter(Number.isInteger);
    axes(g, box, { scale: x, label: "b" }, { scale: y, label: "a" });
    for (const place of places) {
        text(g, String(place), x(place + 0.5), box.y + box.height + 5, {
            align: "center",
            base: "top",
        });
        text(g, String(place), box.x - 5, y(place + 0.5), {
            align: "right",
            base: "middle",
        });
    }
}

function swatch(g, x, y, colour, words) {
    g.fillStyle = `rgb(${colour.join(",")})`;
    g.fillRect(x, y, 11, 11);
    g.strokeStyle = css("--rule");
    g.strokeRect(x + 0.5, y + 0.5, 10, 10);
    text(g, words, x + 17, y + 6, { base: "middle" });
}

function colourAt(table, i) {
    return [...table.slice(3 * i, 3 * i + 3)];
}

/* What the colours mean, with the shares at this step. */
function keyOf(part, view, kind) {
    if (kind === "now") {
        const table = setColours();
        return shares(part, view).flatMap(({ set, share }) => [
            [colourAt(table, 2 * set), `${SETS[set]}: ${percent(share)} right`],
            [colourAt(table, 2 * set - 1), `${SETS[set]}, wrong`],
        ]);
    }
    const table = sinceColours();
    const last = part.steps.length - 1;
    const marks = [0, 1 / 3, 2 / 3, 1].map((share) => Math.round(share * last));
    return [
        ...[...new Set(marks)].map((at) => [
            colourAt(table, 20 + Math.round((235 * at) / Math.max(1, last))),
            `step ${digits(part.steps[at])}`,
        ]),
        [colourAt(table, 1), "not yet, or not in the end"],
    ];
}

function drawKey(g, box, part, view) {
    const top = box.y + box.height + (part.pairs ? MARGIN.bottom : 12);
    keyOf(part, view, box.kind).forEach(([colour, words], i) =>
        swatch(g, box.x + (i % 2) * (box.width / 2), top + 17 * (i >> 1), colour, words),
    );
}

/* ---- Reading ---- */

function cellAt(part, box, x, y) {
    const column = Math.floor(((x - box.x) / box.width) * part.columns);
    const row = Math.floor(((y - box.y) / box.height) * part.rows);
    if (column < 0 || row < 0 || column >= part.columns || row >= part.rows) return -1;
    return row * part.columns + column;
}

function said(part, cell, view) {
    if (cell < 0 || !part.sets[cell]) return null;
    const where = part.pairs
        ? `a = ${Math.floor(cell / part.columns)}, b = ${cell % part.columns}`
        : `example ${cell}`;
    const at = part.since[cell];
    const now = part.right(view)[cell] ? "right" : "wrong";
    const since =
        at < 0
            ? "not right in the end"
            : at === 0
              ? "right at every step shown"
              : `right for good from step ${digits(part.steps[at])} on`;
    return `${where}, ${SETS[part.sets[cell]]}: ${now}; ${since}`;
}

function table(part, view) {
    const right = part.right(view);
    const where = part.pairs ? ["a", "b"] : ["example"];
    const rows = [];
    part.sets.forEach((set, cell) => {
        if (!set) return;
        const at = part.since[cell];
        const place = part.pairs
            ? [Math.floor(cell / part.columns), cell % part.columns]
            : [cell];
        rows.push([
            ...place,
            SETS[set],
            right[cell] ? "yes" : "no",
            at < 0 ? NaN : part.steps[at],
        ]);
    });
    return { columns: [...where, "set", "right", "right_since"], rows };
}

function wholeTable(report, run) {
    const part = partOf(report, run);
    const over = (x, y, width) =>
        Math.max(...boxesOf(width, part).boxes.map((box) => cellAt(part, box, x, y)));
    return figure({
        run,
        title: part.pairs ? "Every pair" : "Examples",
        caption: part.pairs
            ? "A cell a pair: rows are a, columns b."
            : "A cell an example, those that were trained on first.",
        kept: (view) => part.steps[part.at(view)],
        height: (width) => boxesOf(width, part).height,
        draw: (g, size, view) => {
            for (const box of boxesOf(size.width, part).boxes) {
                drawCells(g, box, part, view);
                drawAxes(g, box, part);
                drawKey(g, box, part, view);
                toldCells(g, box, part.rows, part.columns, (row, column) =>
                    said(part, row * part.columns + column, view),
                );
            }
        },
        click: (x, y, view, size) => {
            const cell = over(x, y, size.width);
            if (cell < 0 || !part.pairs || run.residues || !run.p) return;
            change({ a: Math.floor(cell / part.columns), b: cell % part.columns });
        },
        describe: (view) => {
            const words = shares(part, view).map(
                ({ set, share, count }) =>
                    `${percent(share)} of the ${digits(count)} ${SETS[set]}`,
            );
            return `At step ${digits(part.steps[part.at(view)])} right: ${listed(words)}.`;
        },
        table: (view) => table(part, view),
    });
}

export function answersPanel(report) {
    const pairs = report.shown.some((run) => run.answers?.of === "pairs");
    return {
        id: "answers",
        title: pairs ? "The whole table" : "Example by example",
        lead: pairs
            ? "All pairs at once. What was trained on fills in first, by memory; what " +
              "was held out comes later, and a circuit fills it in all over the table. " +
              "Play, or hold the pointer over a cell."
            : "Examples at once: those that were trained on fill in first, the others " +
              "later. Play, or hold the pointer over a cell.",
        of: (run) => run.answers,
        build: (run) => [wholeTable(report, run)],
    };
}
