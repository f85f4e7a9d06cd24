// How long the arms of a sweep take to know their test examples.
import { axes, scale } from "./canvas.js";
import { drawLine, stepAxis } from "./cell_curves.js";
import { ofIndex } from "./colours.js";
import { options, valuesOf } from "./diagram.js";
import { choice, digits, el, listed } from "./dom.js";
import { figure } from "./figure.js";
import { firstAt, survival } from "./regimes.js";
import { change, state } from "./state.js";

const MOST_ARMS = 8;

function armsOf(diagram) {
    const { sweep, runs } = diagram;
    const known = diagram.thresholds().accuracy;
    return valuesOf(sweep, state.by)
        .map((value) => {
            const members = runs
                .filter((run) => state.by < 0 || run.values[state.by] === value)
                .filter((run) => !Number.isNaN(run.last))
                .map((run) => {
                    const time = firstAt(run.test, known);
                    const reached = !Number.isNaN(time);
                    return { time: reached ? time : run.last, reached };
                });
            const reached = members.filter((m) => m.reached).length;
            return { value, runs: members.length, reached, ...survival(members) };
        })
        .filter((arm) => arm.runs);
}

function drawTimes(g, size, diagram) {
    const box = { x: 52, y: 8, width: size.width - 64, height: size.height - 52 };
    const arms = armsOf(diagram);
    const last = Math.max(...diagram.runs.map((run) => run.last || 0), 2);
    const x = stepAxis(box, diagram.runs);
    const y = { scale: scale(0, 1, box.y + box.height, box.y), ticks: [0, 0.25, 0.5, 0.75, 1] };
    axes(g, box, x, { ...y, label: "share that knows", room: 38 });
    arms.slice(0, MOST_ARMS).forEach((arm, i) => {
        const { colour, dash } = ofIndex(i);
        const points = [{ time: 0, share: 1 }, ...arm.points];
        const steps = points.flatMap((p, k) => (k ? [p.time, p.time] : [p.time]));
        const shares = points.flatMap((p, k) =>
            k ? [1 - points[k - 1].share, 1 - p.share] : [1 - p.share],
        );
        drawLine(g, [...steps, last], [...shares, shares.at(-1)], x, y, colour, dash);
    });
}

export function armsLegend(diagram) {
    const name = state.by < 0 ? "all runs" : diagram.sweep.options[state.by].name;
    const arms = armsOf(diagram);
    return [
        ...arms.slice(0, MOST_ARMS).map((arm, i) =>
            el(
                "li",
                {},
                el("i", { style: `background: ${ofIndex(i).colour}` }),
                el("b", {}, `${name} ${arm.value}`),
                ` median ${digits(arm.median)}; ${arm.reached} of ${arm.runs} reach it`,
            ),
        ),
        arms.length > MOST_ARMS
            ? el("li", {}, `and ${arms.length - MOST_ARMS} more, in the table`)
            : null,
    ].filter(Boolean);
}

export function timesFigure(diagram, run) {
    const { sweep } = diagram;
    return figure({
        run,
        timeless: true,
        title: "Time to know the test examples",
        caption:
            "Share of the runs that know them, by Kaplan and Meier: a run that never " +
            "does counts as not by its last step.",
        controls: [
            choice("by", options(sweep, true), String(state.by), (by) =>
                change({ by: Number(by) }),
            ),
        ],
        follows: ["by", "judged"],
        height: () => 300,
        describe: () =>
            listed(
                armsOf(diagram).map(
                    (arm) => `${arm.value || "all"}: median ${digits(arm.median)}`,
                ),
            ),
        table: () => ({
            columns: ["arm", "runs", "reached", "median"],
            rows: armsOf(diagram).map((a) => [a.value, a.runs, a.reached, a.median]),
        }),
        draw: (g, size) => drawTimes(g, size, diagram),
    });
}
