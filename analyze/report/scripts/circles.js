// Circles of the embedding and what each does: r_k over steps, the plane of the
// gradient and of r, and which output each circle writes.
import { axes, scale, text, ticks, toldDots } from "./canvas.js";
import { css, ofFrequency } from "./colours.js";
import { charts } from "./panel.js";
import { choice, digits, listed, percent } from "./dom.js";
import { again, figure } from "./figure.js";
import { lineFigure } from "./series.js";

const MARKS = { birth: "▲", conversion: "◆", death: "▼" };
const NONE = 255;

function labelAt(report, circles, i, j) {
    const value = report.tensor(circles.label).row(i)[j];
    return value === NONE ? null : circles.labels[value];
}

/* Circles that are there at this step, strongest first: [j, …]. */
function present(report, circles, i) {
    const share = report.tensor(circles.power_share).row(i);
    const r = report.tensor(circles.r).row(i);
    return [...circles.frequencies.keys()]
        .filter((j) => !Number.isNaN(share[j]) || !Number.isNaN(r[j]))
        .sort((x, y) => (share[y] || 0) - (share[x] || 0));
}

/* ---- r over steps ---- */

function drawEvents(run, range) {
    return (u, x) => {
        const g = u.ctx;
        const ratio = devicePixelRatio || 1;
        const { top, height, left, width } = u.bbox;
        g.save();
        g.font = `${9 * ratio}px system-ui, sans-serif`;
        g.textAlign = "center";
        g.textBaseline = "middle";
        for (const event of run.events ?? []) {
            const j = run.circles.frequencies.indexOf(event.frequency);
            const at = run.at.indexOf(event.step);
            if (j < 0 || at < 0) continue;
            const values = run.rColumns[j];
            // A circle that is gone has no value any more: its last one has the mark.
            let i = at;
            while (i > 0 && Number.isNaN(values[i])) i--;
            if (Number.isNaN(values[i])) continue;
            const y = u.valToPos(
                Math.min(Math.max(values[i], range[0]), range[1]),
                "y",
                true,
            );
            const px = u.valToPos(x(event.step), "x", true);
            if (px < left || px > left + width || y < top || y > top + height) continue;
            g.fillStyle = ofFrequency(event.frequency).colour;
            g.fillText(MARKS[event.kind] ?? "•", px, y);
        }
        g.restore();
    };
}

/* A circle that hardly writes anything has a wild r: the axis holds what has a meaning.
 * */
const RANGE = [-2, 1.6];

function ratios(report, run) {
    const { circles } = run;
    run.rColumns = circles.frequencies.map((_, j) =>
        report.tensor(circles.r).column(j),
    );
    const levels = Object.entries(circles.thresholds ?? {}).map(([name, value]) => ({
        name: `${name}: ${name === "clock" ? "above" : "below"} ${value}`,
        value,
    }));
    return lineFigure({
        run,
        title: "r of each circle",
        caption:
            "One line a circle. ▲ it appears, ◆ it changes its kind, ▼ it goes. " +
            `Dashed: where the labels end. What is outside ${RANGE[0]} … ` +
            `${RANGE[1]} is not drawn.`,
        height: 320,
        y: { range: RANGE },
        levels,
        marks: drawEvents(run, RANGE),
        series: () =>
            circles.frequencies.map((k, j) => ({
                label: `k = ${k}`,
                name: `r_${k}`,
                steps: run.at,
                values: run.rColumns[j],
                colour: () => ofFrequency(k).colour,
                dash: ofFrequency(k).dash,
                clip: RANGE,
                width: ofFrequency(k).ranked ? 1.8 : 0.8,
                wanted: (view) => present(report, circles, view.i).includes(j),
                reading: (view) => {
                    const label = labelAt(report, circles, view.i, j);
                    return `${label ?? "no label"}, r ${digits(run.rColumns[j][view.i], 3)}`;
                },
            })),
    });
}

/* ---- The plane of gradient symmetricity and r ---- */

const KINDS = { gs_constant: "constant part", gs_cosine: "cosine part" };
const TRAIL = 25;

/* Where circle j is; NaN where there is none or r is beyond what is drawn. */
function planeRow(report, circles, kind, i, j) {
    const r = report.tensor(circles.r).row(i)[j];
    const drawn = r >= RANGE[0] && r <= RANGE[1];
    return [report.tensor(circles[kind]).row(i)[j], drawn ? r : NaN];
}

function drawPlane(report, run, kind, g, size, view) {
    const { circles } = run;
    const box = { x: 46, y: 12, width: size.width - 60, height: size.height - 56 };
    const sx = scale(-0.4, 1.2, box.x, box.x + box.width);
    const sy = scale(RANGE[0], RANGE[1], box.y + box.height, box.y);
    axes(
        g,
        box,
        { scale: sx, ticks: ticks(-0.4, 1.2, 6), label: `GS, ${KINDS[kind]}` },
        { scale: sy, ticks: ticks(-2, 1.5, 7), label: "r" },
    );
    g.save();
    g.beginPath();
    g.rect(box.x, box.y, box.width, box.height);
    g.clip();
    const dots = [];
    toldDots(g, box, dots);
    for (const j of present(report, circles, view.i).reverse()) {
        const { colour } = ofFrequency(circles.frequencies[j]);
        g.strokeStyle = g.fillStyle = colour;
        g.globalAlpha = 0.35;
        g.beginPath();
        let drawn = false;
        for (let i = Math.max(0, view.i - TRAIL); i <= view.i; i++) {
            const [x, y] = planeRow(report, circles, kind, i, j);
            if (Number.isNaN(x) || Number.isNaN(y)) drawn = false;
            else if (drawn) g.lineTo(sx(x), sy(y));
            else g.moveTo(sx(x), sy(y));
            drawn = !Number.isNaN(x) && !Number.isNaN(y);
        }
        g.stroke();
        g.globalAlpha = 1;
        const [x, y] = planeRow(report, circles, kind, view.i, j);
        if (Number.isNaN(x) || Number.isNaN(y)) continue;
        const share = report.tensor(circles.power_share).row(view.i)[j] || 0;
        const label = labelAt(report, circles, view.i, j) ?? "no label";
        dots.push([
            sx(x),
            sy(y),
            `circle ${circles.frequencies[j]}, ${label}: GS ${digits(x, 3)}, r ` +
                `${digits(y, 3)}, ${percent(share)} of the power`,
        ]);
        g.beginPath();
        g.arc(sx(x), sy(y), 3 + 12 * Math.sqrt(share), 0, 2 * Math.PI);
        g.globalAlpha = 0.75;
        g.fill();
        g.globalAlpha = 1;
        text(
            g,
            String(circles.frequencies[j]),
            sx(x) + 6 + 12 * Math.sqrt(share),
            sy(y),
            {
                base: "middle",
                colour: css("--ink"),
            },
        );
    }
    g.restore();
}

function table(report, run, view) {
    const { circles } = run;
    const columns = [
        "frequency",
        "label",
        "r",
        "gs_constant",
        "gs_cosine",
        "circularity",
        "power_share",
        "effect",
        "output",
    ];
    const rows = present(report, circles, view.i).map((j) => [
        circles.frequencies[j],
        labelAt(report, circles, view.i, j) ?? "",
        ...columns.slice(2).map((name) => report.tensor(circles[name]).row(view.i)[j]),
    ]);
    return { columns, rows };
}

function said(report, run, view) {
    const { circles } = run;
    const words = present(report, circles, view.i)
        .slice(0, 6)
        .map((j) => {
            const r = report.tensor(circles.r).row(view.i)[j];
            return `${circles.frequencies[j]} (${labelAt(report, circles, view.i, j) ?? "no label"}, r ${digits(r, 3)})`;
        });
    return words.length
        ? `the strongest circles are ${listed(words)}`
        : "there is no circle";
}

function plane(report, run) {
    let kind = "gs_constant";
    const element = figure({
        run,
        title: "Gradient symmetricity and r",
        caption:
            "A dot a circle, as large as its share of the embedding's power; its " +
            "tail is " +
            "where it was at the steps before. A pizza is at (1, 0), a clock at (0, " +
            "1).",
        controls: [
            choice("across", Object.entries(KINDS), kind, (value) => {
                kind = value;
                again(element);
            }),
        ],
        height: (width) => Math.min(380, Math.max(280, width * 0.75)),
        draw: (g, size, view) => drawPlane(report, run, kind, g, size, view),
        describe: (view) =>
            `Circles on the plane of gradient symmetricity and r. At step ` +
            `${digits(view.at)} ${said(report, run, view)}.`,
        table: (view) => table(report, run, view),
    });
    return element;
}

/* ---- From circles to outputs ---- */

function arrowRows(report, run, view) {
    const weights = report.tensor(run.arrows.weight).row(view.i);
    const { from, to } = run.arrows;
    return from
        .flatMap((k, i) => to.map((f, j) => [k, f, weights[i * to.length + j]]))
        .filter((row) => row[2] > 0.005);
}

function drawArrows(report, run, g, size, view) {
    const rows = arrowRows(report, run, view);
    const from = [...new Set(rows.map((row) => row[0]))].sort((x, y) => x - y);
    const to = [...new Set(rows.map((row) => row[1]))].sort((x, y) => x - y);
    const top = 34;
    const place = (list, value) =>
        top + ((list.indexOf(value) + 0.5) / list.length) * (size.height - top - 8);
    const left = 54;
    const right = size.width - 54;
    text(g, "circle", left - 8, 16, { align: "right" });
    text(g, "output", right + 8, 16);
    if (!rows.length)
        text(g, "no circle writes anything here", size.width / 2, 60, {
            align: "center",
        });
    for (const [k, f, weight] of rows.sort((x, y) => x[2] - y[2])) {
        const y0 = place(from, k);
        const y1 = place(to, f);
        const { colour } = ofFrequency(k);
        const middle = (left + right) / 2;
        g.strokeStyle = g.fillStyle = colour;
        g.globalAlpha = 0.25 + 0.75 * weight;
        g.lineWidth = 0.5 + 4 * weight;
        g.beginPath();
        g.moveTo(left, y0);
        g.bezierCurveTo(middle, y0, middle, y1, right - 7, y1);
        g.stroke();
        g.beginPath();
        g.moveTo(right, y1);
        g.lineTo(right - 8, y1 - 4);
        g.lineTo(right - 8, y1 + 4);
        g.fill();
        g.globalAlpha = 1;
    }
    for (const k of from)
        text(g, String(k), left - 8, place(from, k), {
            align: "right",
            base: "middle",
            colour: ofFrequency(k).colour,
        });
    for (const f of to)
        text(g, String(f), right + 8, place(to, f), {
            base: "middle",
            colour: css("--ink"),
        });
}

function arrows(report, run) {
    return figure({
        run,
        title: "What circles write",
        caption:
            "From each circle of the embedding to the frequencies of the logits that " +
            "leave with it. An accompanying pizza writes another frequency than its " +
            "own.",
        height: () => Math.min(420, Math.max(220, 22 * run.arrows.from.length + 50)),
        draw: (g, size, view) => drawArrows(report, run, g, size, view),
        describe: (view) => {
            const strong = arrowRows(report, run, view)
                .filter((row) => row[2] > 0.5)
                .slice(0, 10)
                .map(([k, f, weight]) => `${k} to ${f} (${percent(weight)})`);
            return `Arrows from circles to output frequencies. At step ${digits(view.at)}: ${listed(strong) || "none"}.`;
        },
        table: (view) => ({
            columns: ["circle", "output", "weight"],
            rows: arrowRows(report, run, view),
        }),
    });
}

export function circlesPanel(report) {
    return {
        id: "circles",
        title: "Circles: clocks and pizzas",
        lead:
            "Each circle k of the embedding is taken out, and what leaves the " +
            "logits is looked at. " +
            "r is how much of it is left where a and b lie opposite each other on " +
            "the circle: about 1 for a clock, " +
            "which adds the angles, 0 for a pizza, which averages the points, below " +
            "−0.5 for an accompanying pizza, " +
            "which fills another one's gap. Clock and pizza are those of Zhong et " +
            "al. (arXiv 2306.17844); r is " +
            "grokscope's own. Whether they are two algorithms is disputed (arXiv " +
            "2512.25060): look at r first, at the label second.",
        of: (run) => run.circles?.frequencies.length > 0,
        build: (run) => [
            ratios(report, run),
            charts(
                ...[plane(report, run), run.arrows && arrows(report, run)].filter(
                    Boolean,
                ),
            ),
        ],
    };
}
