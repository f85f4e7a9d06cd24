// Neurons over all pairs (a, b): stripes of the waves that they are made of.
import { colourBar, grid, heat, text, toldCells } from "./canvas.js";
import { choosePair, markPair } from "./chosen_pair.js";
import { css, viridis } from "./colours.js";
import { nearest, stepsOf } from "./data.js";
import { digits, listed, percent } from "./dom.js";
import { figure } from "./figure.js";
import { residue, roundCircle } from "./residues.js";

/* One neuron; the chosen pair is marked. */
function drawNeuron(g, box, values, neuron, run, order, high, view) {
    const { p } = run;
    heat(g, box, values, p, p, viridis, 0, high);
    toldCells(
        g,
        box,
        p,
        p,
        (a, b) =>
            `neuron ${neuron.neuron}, a = ${residue(run, a)}, b = ${residue(run, b)}: ` +
            `${digits(values[a * p + b], 3)}`,
    );
    text(g, `${neuron.neuron}: k = ${neuron.frequency}`, box.x, box.y - 5, {
        colour: css("--ink"),
    });
    text(g, percent(neuron.fve), box.x + box.width, box.y - 5, { align: "right" });
    markPair(g, box, order, view);
}

export function neuronMaps(report, run) {
    const part = run.neuron_maps;
    if (!part) return null;
    const steps = stepsOf(report, part);
    const tensor = report.tensor(part.values);
    const { p } = run;
    const order = roundCircle(0, p);
    const at = (view) => nearest(steps, view.at);
    const of = (view, i) => tensor.row(at(view)).subarray(i * p * p, (i + 1) * p * p);
    // Of all steps, so that a neuron's colours can be compared.
    const high = steps.reduce(
        (most, _, t) => tensor.row(t).reduce((m, v) => (v > m ? v : m), most),
        1e-9,
    );
    const layout = (width) => grid(width - 60, part.neurons.length, 130, 330, 1, 20);
    return figure({
        run,
        title: "Neurons over all pairs",
        caption:
            "Rows are a, columns b. Of each of the commonest frequencies the neuron " +
            "that has most of it, and how much. Click to choose a pair.",
        follows: ["step", "a", "b"],
        kept: (view) => steps[at(view)],
        height: (width) => layout(width).height,
        draw: (g, size, view) => {
            const { boxes } = layout(size.width);
            part.neurons.forEach((neuron, i) =>
                drawNeuron(g, boxes[i], of(view, i), neuron, run, order, high, view),
            );
            colourBar(g, { ...boxes[0], x: size.width - 44, width: 10 }, viridis, 0, high);
        },
        click: (x, y, view, size) => choosePair(layout(size.width).boxes, order, x, y),
        describe: (view) => {
            const words = part.neurons.map(
                (neuron, i) =>
                    `neuron ${neuron.neuron} of frequency ${neuron.frequency} ` +
                    `${digits(of(view, i)[view.a * p + view.b], 3)}`,
            );
            return (
                `Neurons over all pairs at step ${digits(steps[at(view)])}; at the chosen ` +
                `pair: ${listed(words)}.`
            );
        },
        table: (view) => ({
            columns: ["a", "b", ...part.neurons.map((n) => `neuron_${n.neuron}`)],
            rows: Array.from({ length: p * p }, (_, i) => [
                residue(run, Math.floor(i / p)),
                residue(run, i % p),
                ...part.neurons.map((_, j) => of(view, j)[i]),
            ]),
            current: view.a * p + view.b,
        }),
    });
}
