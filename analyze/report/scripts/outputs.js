// Loss and accuracy of each output by itself, where there are several.
import { ofIndex } from "./colours.js";
import { charts } from "./panel.js";
import { lineFigure } from "./series.js";

const KINDS = { loss: "Loss", accuracy: "Accuracy" };

/* The columns of outputs that have names; the first goes without one, and is above. */
function named(run, kind, set) {
    return (run.history?.columns ?? []).filter(
        (column) => column.output && column.kind === kind && column.set === set,
    );
}

/* The outputs of one set of examples, a line each, in their order. */
function linesOf(report, run, columns) {
    run.history.at ??= Array.from(report.tensor(run.history.step).column());
    return columns.map((column, i) => ({
        label: column.output.replaceAll("_", " "),
        name: column.name,
        steps: run.history.at,
        values: (column.numbers ??= report.tensor(column.values).column()),
        seldom: true,
        colour: () => ofIndex(i).colour,
        dash: ofIndex(i).dash,
    }));
}

function chart(report, run, kind, set) {
    const columns = named(run, kind, set);
    if (!columns.length) return null;
    return lineFigure({
        run,
        title: `${KINDS[kind]} by output`,
        from: `history, ${columns[0].label}`,
        caption: `${columns[0].label}.`,
        height: 190,
        y: kind === "loss" ? { log: true } : { range: [-0.02, 1.04] },
        series: () => linesOf(report, run, columns),
    });
}

export function outputsPanel(report) {
    return {
        id: "outputs",
        title: "Outputs",
        lead:
            "Each output by itself: some may be learned long before others. Outputs of " +
            "weight 0 are reported and not minimised.",
        of: (run) => run.history?.columns.some((column) => column.output) ?? false,
        build: (run) =>
            Object.keys(KINDS).map((kind) => {
                const sets = ["train", "batch", "test"];
                const all = sets.map((set) => chart(report, run, kind, set));
                return charts(...all.filter(Boolean));
            }),
    };
}
