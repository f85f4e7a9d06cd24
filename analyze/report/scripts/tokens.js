// The loss of each token of a sequence: its mean by position, and one sequence.
import { axes, colourBar, extent, heat, scale, text, ticks, told, toldCells } from "./canvas.js";
import { css, viridis } from "./colours.js";
import { nearest, stepsOf } from "./data.js";
import { digits } from "./dom.js";
import { figure } from "./figure.js";

/* The largest loss that is drawn: of all steps, so that colours and axes stay. */
function mostOf(report, name) {
    const values = Array.from(report.tensor(name).raw).filter(Number.isFinite);
    return Math.max(1e-6, extent(values)[1]);
}

/* ---- By position ---- */

function byPosition(report, run, steps) {
    const { tokens } = run;
    const mean = report.tensor(tokens.mean);
    const counted = report.tensor(tokens.counted);
    const [, positions] = mean.shape;
    const most = mostOf(report, tokens.mean);
    const at = (view) => nearest(steps, view.at);
    return figure({
        run,
        title: "Loss by position",
        caption:
            `The mean over ${digits(tokens.sequences)} sequences that were not trained ` +
            "on, of the answer at each position; grey: at the last step.",
        kept: (view) => steps[at(view)],
        height: () => 230,
        draw: (g, size, view) => {
            const box = { x: 50, y: 10, width: size.width - 60, height: size.height - 56 };
            const x = scale(0, Math.max(1, positions - 1), box.x, box.x + box.width);
            const y = scale(0, most, box.y + box.height, box.y);
            axes(
                g,
                box,
                { scale: x, ticks: ticks(0, positions - 1, 8), label: "position" },
                { scale: y, ticks: ticks(0, most, 4), label: "loss (nats)" },
            );
            const line = (row, colour, width) => {
                g.strokeStyle = colour;
                g.lineWidth = width;
                g.beginPath();
                let begun = false;
                row.forEach((value, i) => {
                    if (Number.isNaN(value)) begun = false;
                    else if (begun) g.lineTo(x(i), y(value));
                    else {
                        g.moveTo(x(i), y(value));
                        g.lineTo(x(i) + 0.5, y(value));
                        begun = true;
                    }
                });
                g.stroke();
            };
            line(mean.row(steps.length - 1), css("--ink3"), 1);
            line(mean.row(at(view)), css("--c0"), 1.8);
            g.lineWidth = 1;
            toldCells(g, box, 1, positions, (_, i) =>
                Number.isNaN(mean.row(at(view))[i])
                    ? `position ${i}: is not counted`
                    : `position ${i}: ${digits(mean.row(at(view))[i], 3)} nats`,
            );
        },
        describe: (view) => {
            const known = [...mean.row(at(view))].filter((v) => !Number.isNaN(v));
            const [low, high] = extent(known);
            return (
                `Loss by position at step ${digits(steps[at(view)])}: from ` +
                `${digits(low, 3)} to ${digits(high, 3)} nats.`
            );
        },
        table: (view) => ({
            columns: ["position", "sequences", "loss", "loss_at_last_step"],
            rows: [...mean.row(at(view))].map((value, i) => [
                i,
                counted.row(at(view))[i],
                value,
                mean.row(steps.length - 1)[i],
            ]),
        }),
    });
}

/* ---- One sequence ---- */

const TALL = 24;

/* Where token i stands, as text runs. */
function placesOf(count, width, each) {
    const columns = Math.max(1, Math.floor((width - 60) / each));
    return Array.from({ length: count }, (_, i) => ({
        x: 4 + (i % columns) * each,
        y: 6 + Math.floor(i / columns) * (TALL + 6),
        width: each - 2,
        height: TALL,
    }));
}

function oneSequence(report, run, steps) {
    const { tokens } = run;
    const given = Array.from(report.tensor(tokens.tokens).raw);
    const labels = Array.from(report.tensor(tokens.labels).raw);
    const short = { "(space)": "␣", "(newline)": "↵" };
    const names = (tokens.names?.split("\n") ?? []).map((one) => short[one] ?? one);
    const name = (token) => names[token] ?? String(token);
    const most = mostOf(report, tokens.own);
    const row = (which, view) =>
        report.tensor(tokens[which]).row(nearest(steps, view.at));
    const widest = Math.max(...labels.map((token) => name(token).length));
    const each = Math.min(90, 14 + 7 * widest);
    return figure({
        run,
        title: "One sequence",
        caption:
            "Each token in the colour of its loss: how surprising it is after those " +
            "before it. Empty: is not counted.",
        kept: (view) => steps[nearest(steps, view.at)],
        height: (width) => placesOf(labels.length, width, each).at(-1).y + TALL + 10,
        draw: (g, size, view) => {
            const loss = row("own", view);
            const said = row("said", view);
            const places = placesOf(labels.length, size.width, each);
            places.forEach((box, i) => {
                const value = loss[i];
                heat(g, box, Float32Array.of(value), 1, 1, viridis, 0, most);
                g.strokeStyle = css("--rule");
                g.strokeRect(box.x + 0.5, box.y + 0.5, box.width - 1, box.height - 1);
                const dark = value < 0.55 * most;
                text(g, name(labels[i]), box.x + box.width / 2, box.y + TALL / 2, {
                    align: "center",
                    base: "middle",
                    colour: Number.isNaN(value) ? css("--ink2") : dark ? "#fff" : "#000",
                });
                told(g, box, () => {
                    const place = `position ${i}, after ${name(given[tokens.first + i])}`;
                    if (Number.isNaN(value)) return `${place}: is not counted`;
                    return (
                        `${place}: ${name(labels[i])}, loss ${digits(value, 3)} nats; ` +
                        `the network says ${name(said[i])}`
                    );
                });
            });
            const last = places.at(-1);
            const bar = {
                x: size.width - 44,
                y: 6,
                width: 10,
                height: Math.max(40, Math.min(160, last.y + TALL - 6)),
            };
            colourBar(g, bar, viridis, 0, most, "nats");
        },
        describe: (view) => {
            const loss = [...row("own", view)].filter((v) => !Number.isNaN(v));
            const mean = loss.reduce((sum, v) => sum + v, 0) / loss.length;
            return (
                `One sequence of ${digits(labels.length)} answers at step ` +
                `${digits(steps[nearest(steps, view.at)])}: their mean loss is ` +
                `${digits(mean, 3)} nats.`
            );
        },
        table: (view) => ({
            columns: ["position", "token", "answer", "said", "loss"],
            rows: labels.map((label, i) => [
                i,
                name(given[tokens.first + i]),
                name(label),
                Number.isNaN(row("said", view)[i]) ? "" : name(row("said", view)[i]),
                row("own", view)[i],
            ]),
        }),
    });
}

export function tokensPanel(report) {
    return {
        id: "tokens",
        title: "Token by token",
        lead:
            "What can be known of a token depends on what stands before it: a network " +
            "that repeats what it has seen knows the second time what it could not " +
            "know the first.",
        of: (run) => run.tokens,
        build: (run) => {
            const steps = stepsOf(report, run.tokens);
            return [byPosition(report, run, steps), oneSequence(report, run, steps)];
        },
    };
}
