// Attention from the answer's position over pairs (a, b), a map a head.
import { colourBar, grid, heat, scale, text } from "./canvas.js";
import { css, viridis } from "./colours.js";
import { nearest, stepsOf } from "./data.js";
import { choice, digits, listed } from "./dom.js";
import { again, figure } from "./figure.js";
import { residue, roundCircle } from "./residues.js";
import { change } from "./state.js";

/* Rows and columns in this order of the places. */
function arranged(values, order) {
    const p = order.length;
    const found = new Float32Array(p * p);
    for (let i = 0; i < p; i++)
        for (let j = 0; j < p; j++) found[i * p + j] = values[order[i] * p + order[j]];
    return found;
}

function drawHead(g, box, values, order, head, view) {
    const p = order.length;
    heat(g, box, arranged(values, order), p, p, viridis, 0, 1);
    const x = scale(0, p, box.x, box.x + box.width);
    const y = scale(0, p, box.y, box.y + box.height);
    text(g, `head ${head}`, box.x, box.y - 5, { colour: css("--ink") });
    const weight = digits(values[view.a * p + view.b], 3);
    text(g, weight, box.x + box.width, box.y - 5, { align: "right" });
    g.strokeStyle = "#fff";
    g.lineWidth = 1.5;
    const cell = box.width / p;
    const half = Math.max(4, cell);
    const left = x(order.indexOf(view.b)) + cell / 2 - half;
    const top = y(order.indexOf(view.a)) + cell / 2 - half;
    g.strokeRect(left, top, 2 * half, 2 * half);
    g.strokeStyle = "#000";
    g.lineWidth = 0.75;
    g.strokeRect(left - 1, top - 1, 2 * half + 2, 2 * half + 2);
}

function attention(report, run) {
    const { attention: part, p } = run;
    const steps = stepsOf(report, part);
    const to = part.to.length;
    let target = 0;
    let order = roundCircle(0, p);
    const circles = [["0", "in their order"]].concat(
        (run.planes?.frequencies ?? []).map((k) => [String(k), `round circle ${k}`]),
    );
    const maps = (view) => {
        const row = report.tensor(part.values).row(nearest(steps, view.at));
        return Array.from({ length: part.heads }, (_, head) => {
            const from = (head * to + target) * p * p;
            return row.subarray(from, from + p * p);
        });
    };
    const layout = (width) => grid(width - 60, part.heads, 130, 330, 1, 20);
    const element = figure({
        run,
        title: "Attention from the answer",
        caption: "Rows are a, columns b; the square is the chosen pair, its weight above. Click to choose another.",
        follows: ["step", "a", "b"],
        controls: [
            choice("weight on", part.to.map((name, i) => [String(i), name]), "0", (value) => {
                target = Number(value);
                again(element);
            }),
            choice("rows and columns", circles, "0", (value) => {
                order = roundCircle(Number(value), p);
                again(element);
            }),
        ],
        kept: (view) => steps[nearest(steps, view.at)],
        height: (width) => layout(width).height,
        draw: (g, size, view) => {
            const { boxes } = layout(size.width);
            maps(view).forEach((values, head) => drawHead(g, boxes[head], values, order, head, view));
            const bar = { x: size.width - 40, y: boxes[0].y, width: 10, height: boxes[0].height };
            colourBar(g, bar, viridis, 0, 1);
        },
        click: (x, y, view, size) => {
            const box = layout(size.width).boxes.find(
                (one) => x >= one.x && x < one.x + one.width && y >= one.y && y < one.y + one.height,
            );
            if (!box) return;
            change({
                a: order[Math.floor(((y - box.y) / box.height) * p)],
                b: order[Math.floor(((x - box.x) / box.width) * p)],
            });
        },
        describe: (view) => {
            const words = maps(view).map((values, head) => `head ${head} ${digits(values[view.a * p + view.b], 3)}`);
            return (
                `Attention from the answer's position to ${part.to[target]}, a map a head. At step ` +
                `${digits(steps[nearest(steps, view.at)])}, a = ${residue(run, view.a)}, b = ${residue(run, view.b)}: ${listed(words)}.`
            );
        },
        table: (view) => {
            const all = maps(view);
            const rows = [];
            for (let i = 0; i < p * p; i++)
                rows.push([residue(run, Math.floor(i / p)), residue(run, i % p), ...all.map((values) => values[i])]);
            return {
                columns: ["a", "b", ...all.map((_, head) => `head_${head}_to_${part.to[target]}`)],
                rows,
                current: view.a * p + view.b,
            };
        },
    });
    return element;
}

export function attentionPanel(report) {
    return {
        id: "attention",
        title: "Attention",
        lead:
            "Where the answer's position looks, for every pair. Weights that go up and down along a are waves too: " +
            "softmax of a score that is a wave (Nanda et al., section 4). Even attention to a and b is what a pizza needs (Zhong et al.).",
        of: (run) => run.attention,
        build: (run) => [attention(report, run)],
    };
}
