// The curves of the runs of a phase diagram's cell.
import { axes, scale, text } from "./canvas.js";
import { choice } from "./dom.js";
import { figure } from "./figure.js";
import { stepName } from "./lines.js";
import { firstAt } from "./regimes.js";
import { change, state } from "./state.js";

const CURVES = [
    ["accuracy", "accuracy"],
    ["loss", "loss"],
];

function curveOf(report, name, i) {
    return report.tensor(report.sweep.curves[name]).row(i);
}

/* Steps on a logarithmic axis that begins half way before the first one after 0. */
export function stepAxis(box, runs) {
    const known = runs.filter((run) => !Number.isNaN(run.last));
    const last = Math.max(...known.map((run) => run.last), 2);
    const steps = known.flatMap((run) => [...run.train.steps, ...run.test.steps]);
    const first = steps.reduce((m, step) => (step > 0 && step < m ? step : m), last) / 2;
    const x = scale(first, last, box.x, box.x + box.width, true);
    const ticks = [1, 2, 5]
        .flatMap((m) => Array.from({ length: 12 }, (_, p) => m * 10 ** p))
        .filter((step) => step >= first && step <= last)
        .filter((step) => last / first < 100 || Number.isInteger(Math.log10(step)));
    return {
        scale: (step) => x(Math.max(step, first)),
        ticks,
        name: stepName,
        label: "step",
    };
}

function valueAxis(box, rows, kind) {
    if (kind === "accuracy") {
        const ticks = [0, 0.25, 0.5, 0.75, 1];
        return { scale: scale(0, 1, box.y + box.height, box.y), ticks };
    }
    const all = rows.flatMap((row) => [...row].filter((v) => v > 0));
    const low = all.length ? Math.min(...all) : 1;
    const high = all.length ? Math.max(...all) : 10;
    const ticks = [];
    for (let p = Math.ceil(Math.log10(low)); 10 ** p <= high; p++) ticks.push(10 ** p);
    const place = scale(low, Math.max(high, low * 2), box.y + box.height, box.y, true);
    return { scale: place, ticks: ticks.slice(-8), name: (v) => v.toExponential(0) };
}

export function drawLine(g, steps, row, x, y, colour, dash) {
    g.strokeStyle = colour;
    g.setLineDash(dash);
    g.lineWidth = 1.8;
    g.beginPath();
    let begun = false;
    for (let i = 0; i < row.length; i++) {
        if (!Number.isFinite(row[i])) continue;
        const at = [x.scale(steps[i]), y.scale(row[i])];
        if (begun) g.lineTo(...at);
        else g.moveTo(...at);
        begun = true;
    }
    g.stroke();
    g.setLineDash([]);
}

function drawCurves(g, size, report, diagram) {
    const box = { x: 52, y: 8, width: size.width - 64, height: size.height - 52 };
    const runs = diagram.cells[state.cell] ?? [];
    const steps = report.tensor(report.sweep.curves.step).column();
    const kind = state.curve;
    const test = runs.map((run) => curveOf(report, `test_${kind}`, run.index));
    const train = runs.map((run) => curveOf(report, `train_${kind}`, run.index));
    const x = stepAxis(box, runs);
    const y = valueAxis(box, [...test, ...train], kind);
    axes(g, box, x, { ...y, label: kind, room: 38 });
    runs.forEach((run, i) => {
        const colour = diagram.colour(run.regime);
        drawLine(g, steps, train[i], x, y, colour, [3, 3]);
        drawLine(g, steps, test[i], x, y, colour, []);
    });
    if (!runs.length) text(g, "no run", box.x + 8, box.y + 14);
}

function tableOfCell(report, diagram) {
    const names = report.sweep.options.map((option) => option.name);
    const known = diagram.thresholds().accuracy;
    return {
        columns: [
            "run",
            ...names,
            "regime",
            "memorized_step",
            "generalized_step",
            "train_accuracy",
            "test_accuracy",
        ],
        rows: (diagram.cells[state.cell] ?? []).map((run) => [
            run.name,
            ...run.values,
            run.regime ?? "",
            firstAt(run.train, known),
            firstAt(run.test, known),
            run.lastTrain,
            run.lastTest,
        ]),
    };
}

const FOLLOWED = ["cell", "curve", "rule", "x", "y", "judged"];

export function curvesFigure(report, diagram, run) {
    const told = () =>
        `${diagram.place(state.cell)}: ${diagram.told(diagram.cells[state.cell] ?? [])}`;
    return figure({
        run,
        timeless: true,
        title: "Curves of the cell",
        caption: "Solid: test examples; dotted: training examples; the colour is the regime's.",
        controls: [choice("of", CURVES, state.curve, (curve) => change({ curve }))],
        follows: FOLLOWED,
        height: () => 300,
        describe: told,
        table: () => tableOfCell(report, diagram),
        draw: (g, size) => drawCurves(g, size, report, diagram),
    });
}
