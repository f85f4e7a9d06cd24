// The page of a sweep: its phase diagram, the curves of a cell, and how long each arm
// takes to know.
import { armsLegend, timesFigure } from "./arms.js";
import { curvesFigure } from "./cell_curves.js";
import { Diagram, cellsOf, controlsOf, isSeed, legendOf } from "./diagram.js";
import { digits, el } from "./dom.js";
import { charts } from "./panel.js";
import { change, onChange, state, subject } from "./state.js";

function sentence(diagram) {
    const done = diagram.runs.filter((run) => run.regime);
    return `${digits(done.length)} runs: ${diagram.told(done)}, by the rule of ${diagram.rule.source}.`;
}

/* Which of the state's names the thresholds are. */
function moved(changed, diagram) {
    return [...changed].some(
        (name) => name === "rule" || name === "all" || name.startsWith(`${diagram.rule.name}-`),
    );
}

/* What the address keeps: all that was chosen, by the names of the state. */
const KEPT = ["rule", "x", "y", "cell", "by"];

function address(diagram) {
    const own = Object.keys(diagram.rule.thresholds).map((n) => `${diagram.rule.name}-${n}`);
    const names = [...KEPT, ...own.filter((name) => state[name] !== undefined)];
    return `#${names.map((name) => `${name}=${state[name]}`).join("&")}`;
}

function fromAddress(sweep) {
    const given = new URLSearchParams(location.hash.slice(1));
    const most = { rule: sweep.rules.length - 1, cell: sweep.runs.length - 1 };
    const found = {};
    for (const [name, written] of given) {
        const value = Number(written);
        const known =
            KEPT.includes(name) || sweep.rules.some((r) => name.startsWith(`${r.name}-`));
        const limit = most[name] ?? (KEPT.includes(name) ? sweep.options.length - 1 : Infinity);
        if (known && value >= -1 && value <= limit && !Number.isNaN(value))
            found[name] = value;
    }
    return found;
}

/* Where there is most to see: a cell that groks. */
function interesting(diagram) {
    const at = diagram.cells.findIndex((runs) => diagram.most(runs) === "grokking");
    return Math.max(at, 0);
}

/* Whether two options change together. */
function isTied(sweep, a, b) {
    const pairs = new Set(sweep.runs.map((run) => JSON.stringify([run.values[a], run.values[b]])));
    const count = (option) => new Set(sweep.runs.map((run) => run.values[option])).size;
    return pairs.size === count(a) && pairs.size === count(b);
}

export function sweepSections(report) {
    const { sweep } = report;
    const varied = sweep.options.flatMap((o, i) => (isSeed(o) ? [] : [i]));
    const second = varied.find((i) => !isTied(sweep, i, varied[0]));
    const defaults = { rule: 0, x: varied[0] ?? -1, y: second ?? -1, cell: 0 };
    const found = fromAddress(sweep);
    Object.assign(state, defaults, { curve: "accuracy", by: varied[0] ?? -1, judged: 0 });
    Object.assign(state, found);
    const diagram = new Diagram(report);
    if (found.cell === undefined) state.cell = interesting(diagram);
    subject.hash = () => address(diagram);
    const run = { name: sweep.name, at: [0] };
    Object.assign(subject, { run, p: 0 });
    const said = el("p", { class: "lead", "aria-live": "polite" });
    const holder = el("div");
    const legend = el("div");
    const controls = el("div");
    const arms = el("ul", { class: "regimes" });
    const draw = () => {
        diagram.renew();
        said.textContent = sentence(diagram);
        holder.replaceChildren(cellsOf(diagram));
        legend.replaceChildren(legendOf(diagram));
        arms.replaceChildren(...armsLegend(diagram));
    };
    const renew = () => {
        controls.replaceChildren(controlsOf(diagram, renew));
        draw();
    };
    renew();
    onChange((changed) => {
        if (moved(changed, diagram) || changed.has("x") || changed.has("y")) {
            draw();
            change({ judged: state.judged + 1 });
        } else if (changed.has("cell")) {
            holder
                .querySelectorAll(".cell")
                .forEach((one) => one.setAttribute("aria-pressed", "false"));
            const cells = [...holder.querySelectorAll(".cell")];
            const { length } = diagram.xs;
            const row = diagram.ys.length - 1 - Math.floor(state.cell / length);
            cells[row * length + (state.cell % length)]?.setAttribute("aria-pressed", "true");
        }
        if (changed.has("by")) arms.replaceChildren(...armsLegend(diagram));
    });
    const section = (id, title, ...children) =>
        el(
            "section",
            { id, "aria-labelledby": `${id}-title` },
            el("h2", { id: `${id}-title` }, title),
            ...children,
        );
    return [
        section(
            "diagram",
            "Phase diagram",
            said,
            controls,
            el("div", { class: "beside" }, el("div", {}, holder, legend), charts(curvesFigure(report, diagram, run))),
        ),
        section(
            "times",
            "How long it takes",
            el(
                "p",
                { class: "lead" },
                "Some networks never know. They are not left out: they have not, by their " +
                    "last step.",
            ),
            el("div", { class: "beside" }, charts(timesFigure(diagram, run)), arms),
        ),
    ];
}
