// What the run is and what became of it; at the end, where all this comes from.
import { button, copy, digits, el } from "./dom.js";
import { folded } from "./panel.js";

/* Verdicts of papers, which may speak of a whole network what holds of a circle. */
const VERDICTS = ["verdict", "verdict by planes"];

function facts(run, wanted) {
    return el(
        "dl",
        { class: "facts" },
        ...(run.facts ?? []).filter(wanted).map((fact) =>
            el(
                "div",
                {},
                el("dt", {}, fact.name),
                el("dd", {}, fact.value),
                el("dd", { class: "help" }, fact.help ?? ""),
            ),
        ),
    );
}

function value(given) {
    if (given === null) return "null";
    return typeof given === "object" ? JSON.stringify(given) : String(given);
}

/* {"task": {"p": 113}} and {"task.p": 113} are both one line. */
function flat(config, before = "") {
    return Object.entries(config).flatMap(([name, given]) =>
        given && typeof given === "object" && !Array.isArray(given)
            ? flat(given, `${before}${name}.`)
            : [[`${before}${name}`, value(given)]],
    );
}

function config(run) {
    const rows = flat(run.config ?? {});
    if (!rows.length) return null;
    return el(
        "details",
        {},
        el("summary", {}, `Configuration: ${digits(rows.length)} keys`),
        el(
            "div",
            {
                class: "rows",
                tabindex: 0,
                role: "region",
                "aria-label": "Configuration",
            },
            el(
                "table",
                { class: "keys" },
                el(
                    "tbody",
                    {},
                    ...rows.map(([name, given]) =>
                        el(
                            "tr",
                            {},
                            el("th", { scope: "row" }, name),
                            el("td", {}, given),
                        ),
                    ),
                ),
            ),
        ),
    );
}

export function summary(report) {
    return {
        id: "summary",
        title: "Summary",
        lead: "What was trained, and when it began to answer what it had never seen.",
        of: () => true,
        build: (run) => [
            facts(run, (fact) => !VERDICTS.includes(fact.name)),
            run.facts?.some((fact) => VERDICTS.includes(fact.name))
                ? folded(
                      "Verdicts of the papers",
                      facts(run, (fact) => VERDICTS.includes(fact.name)),
                  )
                : null,
            run === report.main ? command(report) : null,
            config(run),
        ],
    };
}

export function notes(report) {
    if (!report.notes?.length) return null;
    return el(
        "aside",
        { class: "notes", "aria-label": "Notes" },
        ...report.notes.map((note) => el("p", {}, note)),
    );
}

export function command(report) {
    const code = el("code", { tabindex: 0 }, report.command);
    const press = button("Copy", "Copy the command", async () => {
        await copy(report.command);
        press.textContent = "Copied";
        setTimeout(() => (press.textContent = "Copy"), 1500);
    });
    press.setAttribute("aria-label", "Copy the command");
    return el("div", { class: "command" }, code, press);
}

export function provenance(report) {
    return {
        id: "provenance",
        title: "Provenance",
        lead: "Where these numbers come from. This page is one file and asks the network for nothing.",
        of: (run) => run === report.main,
        build: () => [
            el(
                "dl",
                { class: "facts" },
                ...[
                    [
                        "program",
                        `grokscope-report ${report.version}`,
                        "that wrote this page",
                    ],
                    ...report.runs.map((run) => [
                        `${run.role} run`,
                        run.name,
                        `${run.path}: ${digits(run.at.length)} checkpoints, steps ` +
                            `${digits(run.at[0])} to ` +
                            `${digits(run.at[run.at.length - 1])}`,
                    ]),
                    [
                        "data",
                        `${digits(report.packed / 1e6, 3)} MB`,
                        `${digits(Object.keys(report.arrays).length)} arrays, ` +
                            `${digits(report.unpacked / 1e6, 3)} MB unpacked; each ` +
                            `chart ` +
                            "gives its numbers as TSV",
                    ],
                    ["line charts", `uPlot ${libraries.uplot}`, "Leon Sorokin, MIT licence"],
                    [
                        "pictures as SVG",
                        `svgcanvas ${libraries.svgcanvas}`,
                        "Gliffy Inc. and Zeno Zeng, MIT licence",
                    ],
                ].map(([name, given, help]) =>
                    el(
                        "div",
                        {},
                        el("dt", {}, name),
                        el("dd", {}, given),
                        el("dd", { class: "help" }, help),
                    ),
                ),
            ),
        ],
    };
}
