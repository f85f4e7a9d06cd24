// What neurons do as a goes round: waves, those of one frequency together.
import { axes, extent, grid, scale, text, ticks, told } from "./canvas.js";
import { css, ofFrequency } from "./colours.js";
import { nearest, stepsOf } from "./data.js";
import { choice, digits, listed } from "./dom.js";
import { again, figure } from "./figure.js";
import { neuronMaps } from "./neurons.js";
import { residue, roundCircle } from "./residues.js";

const ORDERS = { circle: "round their own circle", plain: "in their order" };

function groupsOf(neurons) {
    const groups = new Map();
    neurons.forEach((neuron, i) => {
        if (!groups.has(neuron.frequency)) groups.set(neuron.frequency, []);
        groups.get(neuron.frequency).push(i);
    });
    return [...groups].sort((x, y) => x[0] - y[0]);
}

/* Of how many neurons the waves are drawn, and how many there are. */
function countOf(run, k, members) {
    const all = run.waves.alike[k];
    const words = `${digits(all)} neuron${all === 1 ? "" : "s"}`;
    return all > members.length ? `${members.length} of ${words}` : words;
}

/* Along a as it is, or once round the circle of the frequency. */
function drawGroup(g, box, values, members, k, run, range, kind) {
    const { p } = run;
    const order = roundCircle(kind === "circle" ? k : 0, p);
    const names = (at) => String(residue(run, at));
    const { colour } = ofFrequency(k);
    const inner = {
        x: box.x + 34,
        y: box.y,
        width: box.width - 42,
        height: box.height - 18,
    };
    const x = scale(0, p - 1, inner.x, inner.x + inner.width);
    const y = scale(range[0], range[1], inner.y + inner.height, inner.y);
    axes(
        g,
        inner,
        {
            scale: x,
            ticks: kind === "circle" ? [0, (p - 1) / 2, p - 1] : ticks(0, p - 1, 4),
            name:
                kind === "circle"
                    ? (at) => ["0", "½", "1"][Math.round((2 * at) / (p - 1))]
                    : names,
        },
        { scale: y, ticks: ticks(range[0], range[1], 3) },
    );
    text(g, `k = ${k}: ${countOf(run, k, members)}`, box.x, box.y - 5, {
        colour: css("--ink"),
    });
    told(g, inner, (u, v) => {
        const a = order[Math.round(u * (p - 1))];
        const value = range[1] + (range[0] - range[1]) * v;
        const off = (i) => Math.abs(values[i * p + a] - value);
        const i = members.reduce((one, other) => (off(other) < off(one) ? other : one));
        const { neuron } = run.waves.neurons[i];
        return `neuron ${neuron}, a = ${residue(run, a)}: ${digits(values[i * p + a], 3)}`;
    });
    g.save();
    g.beginPath();
    g.rect(inner.x, inner.y - 1, inner.width, inner.height + 2);
    g.clip();
    g.strokeStyle = colour;
    g.globalAlpha = Math.max(0.25, Math.min(0.8, 6 / members.length));
    for (const i of members) {
        g.beginPath();
        order.forEach((a, at) => g.lineTo(x(at), y(values[i * p + a])));
        g.stroke();
    }
    g.restore();
}

function table(run, values, step) {
    const { p } = run;
    const places = Array.from({ length: p }, (_, a) => `a_${residue(run, a)}`);
    return {
        columns: ["neuron", "frequency", "fve", "step", ...places],
        rows: run.waves.neurons.map((n, i) => [
            n.neuron,
            n.frequency,
            n.fve,
            step,
            ...values.subarray(i * p, (i + 1) * p),
        ]),
    };
}

function chart(report, run) {
    const { waves } = run;
    const steps = stepsOf(report, waves);
    const groups = groupsOf(waves.neurons);
    const values = report.tensor(waves.values);
    // Two in a row on a phone.
    const layout = (width) =>
        grid(width, groups.length, Math.min(215, (width - 16) / 2), 420, 0.55, 20, 16);
    const at = (view) => nearest(steps, view.at);
    let kind = "circle";
    const element = figure({
        run,
        title: "Waves of neurons",
        caption:
            "A line a neuron: its mean over b at each a. All boxes have the same " +
            "scale. " +
            "Round its own circle, in the order of ka modulo p, a wave goes up and " +
            "down once.",
        controls: [
            choice("residues", Object.entries(ORDERS), kind, (value) => {
                kind = value;
                again(element);
            }),
        ],
        kept: (view) => steps[at(view)],
        height: (width) => layout(width).height,
        draw: (g, size, view) => {
            const row = values.row(at(view));
            const [low, high] = extent(row);
            const room = 0.05 * (high - low) || 1;
            layout(size.width).boxes.forEach((box, j) =>
                drawGroup(
                    g,
                    box,
                    row,
                    groups[j][1],
                    groups[j][0],
                    run,
                    [low - room, high + room],
                    kind,
                ),
            );
        },
        describe: (view) => {
            const [low, high] = extent(values.row(at(view)));
            const words = groups.map(
                ([k, members]) => `of frequency ${k} ${countOf(run, k, members)}`,
            );
            return (
                `Waves of neurons: ${listed(words)}. At step ` +
                `${digits(steps[at(view)])} they lie between ${digits(low, 3)} and ` +
                `${digits(high, 3)}.`
            );
        },
        table: (view) => table(run, values.row(at(view)), steps[at(view)]),
    });
    return element;
}

export function wavesPanel(report) {
    return {
        id: "waves",
        title: "Neurons",
        lead:
            "A neuron of a network that has generalised rises and falls with one " +
            "frequency. Neurons are put " +
            "together by the frequency that they have at the last step, so one sees " +
            "where each came from " +
            "(neurons that do little are left out).",
        of: (run) => run.waves?.neurons.length > 0,
        build: (run) => [chart(report, run), neuronMaps(report, run)],
    };
}
