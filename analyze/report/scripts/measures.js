// Tables of the measuring programs over steps: a chart for each group of columns.
import { css, ofIndex } from "./colours.js";
import { charts, folded } from "./panel.js";
import { digits, el, listed } from "./dom.js";
import { viewOf } from "./figure.js";
import { lineFigure } from "./series.js";
import { onChange } from "./state.js";

/* Whether a column is a line: numbers that change, or that are others in a control. */
function isDrawn(report, column) {
    if (!["real", "integer"].includes(column.kind) || !column.values) return false;
    const all = [column.values, ...Object.values(column.controls ?? {})];
    const known = all
        .flatMap((name) => [...report.tensor(name).column()])
        .filter((v) => !Number.isNaN(v));
    return known.some((v) => v !== known[0]);
}

/* Whether there is anything to say of it at any step. */
function isKnown(report, column) {
    return (
        !column.values ||
        report.tensor(column.values).column().some((v) => !Number.isNaN(v))
    );
}

/* Lines whose name says that they are of no structure belong to what they are beside.
 * */
function isChance(column) {
    return /_(chance|gaussian)$/.test(column.name);
}

function groupsOf(report, measure) {
    const groups = new Map();
    for (const column of measure.columns) {
        const chance = isChance(column) && column.values && isKnown(report, column);
        if (!isDrawn(report, column) && !chance) continue;
        const base = column.name.replace(/_(chance|gaussian)$/, "");
        const name = column.group || (groups.has(base) ? base : column.name);
        if (!groups.has(name)) groups.set(name, []);
        groups.get(name).push(column);
    }
    return groups;
}

/* The lines of a column: itself, its controls, the same of other seeds. */
function linesOf(report, run, measure, column, i) {
    const style = ofIndex(i);
    const chance = isChance(column);
    const line = {
        label: column.name.replaceAll("_", " "),
        name: column.name,
        help: column.help,
        steps: run.at,
        values: report.tensor(column.values).column(),
        colour: chance ? () => css("--ink3") : () => ofIndex(i).colour,
        dash: chance ? [3, 3] : style.dash,
    };
    const faint = Object.entries(column.controls ?? {}).map(([name, array]) => ({
        ...line,
        label: `${line.label} (${name})`,
        name: `${column.name}_${name}`,
        values: report.tensor(array).column(),
        dash: name === "init" ? [2, 2] : [6, 4],
        faint: true,
    }));
    for (const seed of run.role === "main" ? report.seeds : []) {
        const other = seed.measures
            ?.find((m) => m.name === measure.name)
            ?.columns.find((c) => c.name === column.name);
        if (!other?.values) continue;
        faint.push({
            ...line,
            label: `${line.label}, ${seed.name}`,
            steps: seed.at,
            values: report.tensor(other.values).column(),
            faint: true,
        });
    }
    return [line, ...faint];
}

/* What the faint lines of a measure are. */
function faint(report, run, measure) {
    const controls = new Set(
        measure.columns.flatMap((c) => Object.keys(c.controls ?? {})),
    );
    const says = {
        init: "dotted, the weights that the run began with",
        shuffled: "dashed, rows in random order",
    };
    const named = [...controls].map(
        (name) => `control ${name}${says[name] ? ` (${says[name]})` : ""}`,
    );
    if (report.seeds.length && run.role === "main")
        named.push(`other seeds (${report.seeds.map((seed) => seed.name).join(", ")})`);
    return named.length ? ` Faint lines: ${listed(named)}.` : "";
}

/* Texts of a measure at this step, as which frequencies were kept. */
function reading(report, run, measure) {
    const columns = measure.columns.filter(
        (c) => !isDrawn(report, c) && !isChance(c) && isKnown(report, c),
    );
    if (!columns.length) return null;
    const line = el("dl", { class: "reading" });
    const write = () => {
        const view = viewOf(run);
        line.replaceChildren(
            ...columns.map((c) =>
                el(
                    "div",
                    {},
                    el("dt", { title: c.help }, c.name.replaceAll("_", " ")),
                    el("dd", {}, textOf(report, c, view.i)),
                ),
            ),
        );
    };
    onChange((changed) => (changed.has("step") || changed.has("all")) && write());
    return line;
}

function textOf(report, column, i) {
    if (column.texts) return column.texts[i] || "—";
    if (!column.values) return "—";
    const value = report.tensor(column.values).column()[i];
    if (column.kind !== "bool" || Number.isNaN(value)) return digits(value);
    return value ? "yes" : "no";
}

function measureCharts(report, run, measure) {
    const figures = [...groupsOf(report, measure)].map(([name, columns]) =>
        lineFigure({
            run,
            title: name.replaceAll("_", " "),
            from: measure.name,
            caption: columns.length === 1 ? `${columns[0].help}.` : "",
            height: 190,
            y: { log: columns.some((c) => c.log) },
            bands: measure.phases ?? [],
            series: () =>
                columns.flatMap((column, i) =>
                    linesOf(report, run, measure, column, i),
                ),
        }),
    );
    const options = measure.options ? ` (${measure.options})` : "";
    return [
        el(
            "p",
            { class: "measure" },
            el("b", {}, measure.name),
            `: ${measure.title}${options}.${faint(report, run, measure)}`,
        ),
        reading(report, run, measure),
        charts(...figures),
    ];
}

/* Every measure, each folded: name, words to a student by name, charts. */
export function measuresPanel(report, words) {
    return {
        id: "measures",
        title: "All measures",
        lead: "The tables of the measuring programs, a chart for each group of columns.",
        of: (run) => run.measures?.length > 0,
        build: (run) =>
            run.measures.map((measure) =>
                folded(
                    `${measure.name}: ${measure.title}`,
                    words[measure.name]
                        ? el("p", { class: "lead" }, words[measure.name])
                        : null,
                    ...measureCharts(report, run, measure),
                ),
            ),
    };
}
