// Representations of a group over steps.
import { css, ofIndex } from "./colours.js";
import { lineFigure } from "./series.js";

function chart(report, run) {
    const { names, dimension, similarity } = run.irreps;
    const columns = names.map((_, j) => report.tensor(similarity).column(j));
    const last = columns.map((values) => values[values.length - 1]);
    const order = [...names.keys()].sort((x, y) => last[y] - last[x]);
    const rank = new Map(order.map((j, i) => [j, i]));
    const style = (j) =>
        rank.get(j) < 24 ? ofIndex(rank.get(j)) : { colour: css("--faint"), dash: [] };
    return lineFigure({
        run,
        title: "Logit similarity of representations",
        caption: "One line a representation. About 0: the network does not use it.",
        height: 300,
        series: () =>
            order.map((j) => ({
                label: `${names[j]} (dimension ${dimension[j]})`,
                name: names[j],
                steps: run.at,
                values: columns[j],
                colour: () => style(j).colour,
                dash: style(j).dash,
            })),
    });
}

export function irrepsPanel(report) {
    return {
        id: "irreps",
        title: "Representations of the group",
        lead:
            "A group's elements can be written as matrices in a few essentially " +
            "different ways, its irreducible " +
            "representations. A network that composes elements can multiply such " +
            "matrices: the similarity says how much of its " +
            "logits is the character of each representation (Chughtai et al., arXiv " +
            "2302.03025).",
        of: (run) => run.irreps?.names.length > 0,
        build: (run) => [chart(report, run)],
    };
}
