// Attention from the answer's position over pairs (a, b), one map for each head.
import { colourBar, grid, heat, text, toldCells } from "./canvas.js";
import { choosePair, markPair } from "./chosen_pair.js";
import { css, viridis } from "./colours.js";
import { nearest, stepsOf } from "./data.js";
import { choice, digits, listed } from "./dom.js";
import { again, figure } from "./figure.js";
import { residue, roundCircle } from "./residues.js";

/* Rows and columns in this order of the places. */
function arranged(values, order) {
    const p = order.length;
    if (order.every((place, i) => place === i)) return values;
    const found = new Float32Array(p * p);
    for (let i = 0; i < p; i++)
        for (let j = 0; j < p; j++) found[i * p + j] = values[order[i] * p + order[j]];
    return found;
}

function drawHead(g, box, values, order, head, view) {
    const p = order.length;
    heat(g, box, arranged(values, order), p, p, viridis, 0, 1);
    toldCells(g, box, p, p, (i, j) => {
        const [a, b] = [order[i], order[j]];
        const pair = `a = ${residue(view.run, a)}, b = ${residue(view.run, b)}`;
        return `head ${head}, ${pair}: ${digits(values[a * p + b], 3)}`;
    });
    text(g, `head ${head}`, box.x, box.y - 5, { colour: css("--ink") });
    const weight = digits(values[view.a * p + view.b], 3);
    text(g, weight, box.x + box.width, box.y - 5, { align: "right" });
    markPair(g, box, order, view);
}

/* What is chosen of the maps, and what they are at a step. */
function chosenMaps(report, run) {
    const { attention: part, p } = run;
    const steps = stepsOf(report, part);
    const tensor = report.tensor(part.values);
    return {
        target: 0,
        order: roundCircle(0, p),
        step: (view) => steps[nearest(steps, view.at)],
        /* [p p] a head: the weight on the target. */
        of(view) {
            const row = tensor.row(nearest(steps, view.at));
            return Array.from({ length: part.heads }, (_, head) => {
                const from = (head * part.to.length + this.target) * p * p;
                return row.subarray(from, from + p * p);
            });
        },
    };
}

function choices(run, maps, draw) {
    const targets = run.attention.to.map((name, i) => [String(i), name]);
    const circles = (run.planes?.frequencies ?? []).map((k) => [
        String(k),
        `round circle ${k}`,
    ]);
    return [
        choice("weight on", targets, "0", (value) => {
            maps.target = Number(value);
            draw();
        }),
        choice(
            "rows and columns",
            [["0", "in their order"], ...circles],
            "0",
            (value) => {
                maps.order = roundCircle(Number(value), run.p);
                draw();
            },
        ),
    ];
}

function describe(run, maps, view) {
    const words = maps
        .of(view)
        .map(
            (values, head) =>
                `head ${head} ${digits(values[view.a * run.p + view.b], 3)}`,
        );
    const pair = `a = ${residue(run, view.a)}, b = ${residue(run, view.b)}`;
    return (
        `Attention from the answer's position to ${run.attention.to[maps.target]}, ` +
        `a map ` +
        `a head. At step ${digits(maps.step(view))}, ${pair}: ${listed(words)}.`
    );
}

function table(run, maps, view) {
    const { p } = run;
    const all = maps.of(view);
    const rows = Array.from({ length: p * p }, (_, i) => [
        residue(run, Math.floor(i / p)),
        residue(run, i % p),
        ...all.map((values) => values[i]),
    ]);
    const name = run.attention.to[maps.target];
    const columns = ["a", "b", ...all.map((_, head) => `head_${head}_to_${name}`)];
    return { columns, rows, current: view.a * p + view.b };
}

function attention(report, run) {
    const maps = chosenMaps(report, run);
    const layout = (width) => grid(width - 60, run.attention.heads, 130, 330, 1, 20);
    const element = figure({
        run,
        title: "Attention from the answer",
        caption:
            "Rows are a, columns b; the square is the chosen pair, its weight above. " +
            "Click to choose another.",
        follows: ["step", "a", "b"],
        controls: choices(run, maps, () => again(element)),
        kept: maps.step,
        height: (width) => layout(width).height,
        draw: (g, size, view) => {
            const { boxes } = layout(size.width);
            maps.of(view).forEach((values, head) =>
                drawHead(g, boxes[head], values, maps.order, head, view),
            );
            const bar = { ...boxes[0], x: size.width - 40, width: 10 };
            colourBar(g, bar, viridis, 0, 1);
        },
        click: (x, y, view, size) =>
            choosePair(layout(size.width).boxes, maps.order, x, y),
        describe: (view) => describe(run, maps, view),
        table: (view) => table(run, maps, view),
    });
    return element;
}

export function attentionPanel(report) {
    return {
        id: "attention",
        title: "Attention",
        lead:
            "Where the answer's position looks, for every pair. Weights that go up " +
            "and down along a are waves too: " +
            "softmax of a score that is a wave (Nanda et al., section 4). Even " +
            "attention to a and b is what a pizza needs (Zhong et al.).",
        of: (run) => run.attention,
        build: (run) => [attention(report, run)],
    };
}
