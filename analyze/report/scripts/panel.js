// A section of the page: its title, a few words to a student, and each run's charts.
import { el } from "./dom.js";

/* spec: id, title, lead (text or elements), of(run): whether the run has it,
 * build(run): its charts. Null where no run has it. */
export function panel(report, spec) {
    const runs = report.shown.filter(spec.of);
    if (!runs.length) return null;
    const two = report.shown.length > 1;
    const sides = runs.map((run) =>
        el(
            "div",
            { class: "side" },
            two ? el("h3", { class: `side-${run.role}` }, run.name) : null,
            ...spec.build(run).filter(Boolean),
        ),
    );
    const words = Array.isArray(spec.lead) ? spec.lead : [spec.lead];
    return el(
        "section",
        { id: spec.id, "aria-labelledby": `${spec.id}-title` },
        el("h2", { id: `${spec.id}-title` }, spec.title),
        el("p", { class: "lead" }, ...words),
        el("div", { class: two ? "sides two" : "sides" }, ...sides),
    );
}

/* What opens on a click. */
export function folded(title, ...elements) {
    return el(
        "details",
        { class: "more" },
        el("summary", {}, title),
        ...elements.filter(Boolean),
    );
}

export function charts(...elements) {
    return el("div", { class: "charts" }, ...elements);
}
