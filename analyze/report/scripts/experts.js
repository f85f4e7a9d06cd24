// How the load is shared by a mixture's experts.
import { axes, colourBar, heat, scale, text, toldCells } from "./canvas.js";
import { viridis } from "./colours.js";
import { digits, listed, percent } from "./dom.js";
import { figure } from "./figure.js";

/* Entropy of a block's load, of the logarithm of its experts: 1 is even. */
function evenness(load) {
    let sum = 0;
    for (const share of load) if (share > 0) sum -= share * Math.log(share);
    return load.length > 1 ? sum / Math.log(load.length) : 1;
}

function blocksOf(report, run, view) {
    const tensor = report.tensor(run.experts.load);
    const [, blocks, experts] = tensor.shape;
    const row = tensor.row(view.i);
    return Array.from({ length: blocks }, (_, b) =>
        row.subarray(b * experts, (b + 1) * experts),
    );
}

function draw(report, run, g, size, view) {
    const loads = blocksOf(report, run, view);
    const experts = loads[0].length;
    const most = Math.max(2 / experts, ...loads.flatMap((load) => [...load]));
    const box = { x: 60, y: 8, width: size.width - 60 - 150, height: size.height - 46 };
    const values = Float32Array.from(loads.flatMap((load) => [...load]));
    heat(g, box, values, loads.length, experts, viridis, 0, most);
    toldCells(
        g,
        box,
        loads.length,
        experts,
        (b, e) => `block ${b}, expert ${e}: ${percent(loads[b][e])} of the choices`,
    );
    const x = scale(0, experts, box.x, box.x + box.width);
    const y = scale(0, loads.length, box.y, box.y + box.height);
    axes(g, box, { scale: x, label: "expert" }, { scale: y });
    const every = Math.ceil(experts / 16);
    for (let e = 0; e < experts; e += every)
        text(g, String(e), x(e + 0.5), box.y + box.height + 5, {
            align: "center",
            base: "top",
        });
    loads.forEach((load, b) => {
        text(g, `block ${b}`, box.x - 6, y(b + 0.5), { align: "right", base: "middle" });
        text(g, `even: ${digits(evenness(load), 3)}`, box.x + box.width + 8, y(b + 0.5), {
            base: "middle",
        });
    });
    const bar = { x: size.width - 46, y: box.y, width: 10, height: box.height };
    colourBar(g, bar, viridis, 0, most);
}

function chart(report, run) {
    return figure({
        run,
        title: "Load of the experts",
        caption:
            "Each expert's share of the choices of its block, at the position that " +
            "answers; beside it the entropy of the load, 1 where it is even.",
        height: () => 46 + Math.max(60, Math.min(320, 34 * blocksOf(report, run, { i: 0 }).length)),
        draw: (g, size, view) => draw(report, run, g, size, view),
        describe: (view) => {
            const words = blocksOf(report, run, view).map(
                (load, b) => `block ${b} ${digits(evenness(load), 3)}`,
            );
            return (
                `Load of the experts. At step ${digits(view.at)} its entropy, of that of ` +
                `an even load: ${listed(words)}.`
            );
        },
        table: (view) => ({
            columns: ["block", "expert", "share"],
            rows: blocksOf(report, run, view).flatMap((load, b) =>
                [...load].map((share, e) => [b, e, share]),
            ),
        }),
    });
}

export function expertsPanel(report) {
    return {
        id: "experts",
        title: "Experts",
        lead:
            "A router sends each position through a few experts of a block. Where it has " +
            "collapsed, a few experts have all of the load, and pathways say nothing.",
        of: (run) => run.experts,
        build: (run) => [chart(report, run)],
    };
}
