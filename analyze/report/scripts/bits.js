// Which bits a network of bits reads: the weights of each in its first layer.
import { css, ofIndex } from "./colours.js";
import { charts } from "./panel.js";
import { lineFigure } from "./series.js";

/* A line each relevant bit, and what the others have: the mean and the largest. */
function linesOf(report, run) {
    const norm = report.tensor(run.bits.norm);
    const relevant = new Set(run.bits.relevant);
    const rows = run.at.map((_, t) => norm.row(t));
    const others = rows.map((row) => [...row].filter((_, i) => !relevant.has(i)));
    const line = (label, values, style) => ({
        label,
        name: label.replaceAll(" ", "_"),
        steps: run.at,
        values: Float64Array.from(values),
        ...style,
    });
    const lines = run.bits.relevant.map((bit, i) =>
        line(`bit ${bit}`, norm.column(bit), {
            colour: () => ofIndex(i).colour,
            dash: ofIndex(i).dash,
        }),
    );
    if (!others[0].length) return lines;
    const grey = (dash) => ({ colour: () => css("--ink3"), dash });
    return [
        ...lines,
        line(
            "mean of the others",
            others.map((row) => row.reduce((sum, v) => sum + v, 0) / row.length),
            grey([3, 3]),
        ),
        line(
            "largest of the others",
            others.map((row) => Math.max(...row)),
            grey([7, 3]),
        ),
    ];
}

export function bitsPanel(report) {
    return {
        id: "bits",
        title: "Bits",
        lead:
            "The answer is the product of a few relevant bits. How much the first layer " +
            "reads of each bit shows when the network finds them: Barak et al. (arXiv " +
            "2207.08799) call what grows unseen by the loss hidden progress.",
        of: (run) => Boolean(run.bits),
        build: (run) => [
            charts(
                lineFigure({
                    run,
                    title: "First layer by bit",
                    caption: "l2 norm of the weights that read the bit.",
                    height: 220,
                    y: {},
                    series: () => linesOf(report, run),
                }),
            ),
        ],
    };
}
