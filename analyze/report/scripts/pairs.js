// The two-dimensional spectrum over pairs (a, b).
import { axes, colourBar, extent, heat, scale, text, ticks, toldCells } from "./canvas.js";
import { redBlue, viridis } from "./colours.js";
import { nearest, stepsOf } from "./data.js";
import { charts } from "./panel.js";
import { choice, digits, listed } from "./dom.js";
import { again, figure } from "./figure.js";

/* Roots make small components visible beside large ones; signs stay. */
const SCALES = { root: "square root", plain: "as they are" };

function squeezed(values, kind) {
    if (kind === "plain") return values;
    return values.map((v) => Math.sign(v) * Math.sqrt(Math.abs(v)));
}

/* Places of the cosines of round frequencies among the rows 1, cos 1, sin 1, … */
function places(rows, count) {
    const last = Math.floor((rows.length - 1) / 2);
    return ticks(1, last, count)
        .filter((k) => Number.isInteger(k) && k > 0)
        .map((k) => [2 * k - 0.5, String(k)]);
}

function square(size) {
    const side = Math.min(size.width - 44 - 60, size.height - 50);
    return { x: 44, y: 10, width: side, height: side };
}

function drawSpectrum(report, run, kind, row, g, size) {
    const { rows } = run.dft2;
    const n = rows.length;
    const values = squeezed(row, kind);
    const [low, high] = extent(values);
    const signed = low < 0;
    const most = signed ? Math.max(-low, high) : high;
    const box = square(size);
    const colours = signed ? redBlue : viridis;
    heat(g, box, values, n, n, colours, signed ? -most : 0, most);
    toldCells(
        g,
        box,
        n,
        n,
        (i, j) => `${rows[i]} over a × ${rows[j]} over b: ${digits(row[i * n + j])}`,
    );
    const at = scale(0, n, box.x, box.x + box.width);
    const down = scale(0, n, box.y, box.y + box.height);
    axes(
        g,
        box,
        { scale: at, label: "over b: cos k, sin k" },
        { scale: down, label: "over a: cos k, sin k" },
    );
    for (const [place, name] of places(rows, 6)) {
        text(g, name, at(place), box.y + box.height + 5, {
            align: "center",
            base: "top",
        });
        text(g, name, box.x - 5, down(place), { align: "right", base: "middle" });
    }
    const bar = { x: box.x + box.width + 10, y: box.y, width: 10, height: box.height };
    colourBar(
        g,
        bar,
        colours,
        signed ? -most : 0,
        most,
        kind === "root" ? "square root" : "",
    );
}

function strongest(rows, values, count) {
    const n = rows.length;
    const size = (i) => Math.abs(values[i]);
    const first = [0]; // to sort all of them takes longer than to draw them
    for (let i = 1; i < values.length; i++) {
        if (first.length === count && !(size(i) > size(first[count - 1]))) continue;
        first.push(i);
        first.sort((x, y) => size(y) - size(x));
        first.length = Math.min(first.length, count);
    }
    return first.map(
        (i) => `${rows[Math.floor(i / n)]} × ${rows[i % n]} (${digits(values[i], 3)})`,
    );
}

function spectrum(report, run) {
    const { dft2 } = run;
    const steps = stepsOf(report, dft2);
    const row = (view) => report.tensor(dft2.values).row(nearest(steps, view.at));
    let kind = "root";
    const element = figure({
        run,
        title: "Two-dimensional spectrum",
        caption: `${dft2.what}; rows are waves over a, columns waves over b.`,
        controls: [
            choice("values", Object.entries(SCALES), kind, (value) => {
                kind = value;
                again(element);
            }),
        ],
        kept: (view) => steps[nearest(steps, view.at)],
        height: (width) => Math.min(width - 54, 560),
        draw: (g, size, view) => drawSpectrum(report, run, kind, row(view), g, size),
        describe: (view) =>
            `Two-dimensional spectrum, ${dft2.what}. At step ` +
            `${digits(steps[nearest(steps, view.at)])} ` +
            `the largest are ${listed(strongest(dft2.rows, row(view), 4))}.`,
        table: (view) => {
            const values = row(view);
            const n = dft2.rows.length;
            return {
                columns: ["over a \\ over b", ...dft2.rows],
                rows: dft2.rows.map((name, i) => [
                    name,
                    ...values.subarray(i * n, (i + 1) * n),
                ]),
            };
        },
    });
    return element;
}

export function pairSpectrumPanel(report) {
    return {
        id: "dft2",
        title: "Spectrum over pairs",
        lead:
            "A sum a + b leaves products of waves of the same frequency, cos ka · " +
            "cos kb and sin ka · sin kb: " +
            "small blocks on the diagonal. A line along the edge is what depends on " +
            "only a or b " +
            "(Nanda et al., arXiv 2301.05217, figure 3).",
        of: (run) => run.dft2,
        build: (run) => [charts(spectrum(report, run))],
    };
}
