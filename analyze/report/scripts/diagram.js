// A phase diagram: the runs of a sweep by two of their options, each judged by a rule.
import { css } from "./colours.js";
import { choice, el, listed } from "./dom.js";
import { regimeOf } from "./regimes.js";
import { change, state } from "./state.js";

const NAMES = {
    accuracy: "a split is known from an accuracy of",
    delay: "late from a delay of steps",
    ratio: "late from a ratio of steps",
    rising: "rising from a test accuracy of",
    low: "none at the end below",
    high: "all at the end from",
};
export const isSeed = (option) => option.name === "seed" || option.name === "data_seed";

/* ---- Runs ---- */

function recordsOf(report, part, i) {
    const start = report.tensor(part.start).column();
    const cut = (name) =>
        report.tensor(part[name]).column().slice(start[i], start[i + 1]);
    return { steps: cut("step"), values: cut("value") };
}

function runsOf(report) {
    const { sweep } = report;
    const ends = report.tensor(sweep.ends);
    return sweep.runs.map((run, i) => {
        const [firstTrain, lastTrain, firstTest, lastTest, last] = ends.row(i);
        return {
            ...run,
            index: i,
            train: recordsOf(report, sweep.train, i),
            test: recordsOf(report, sweep.test, i),
            ...{ firstTrain, lastTrain, firstTest, lastTest, last },
        };
    });
}

/* What varied options there are to choose from: [[index, name], …]. */
export function options(sweep, none) {
    const all = sweep.options.map((option, i) => [String(i), option.name]);
    return none ? [["-1", "—"], ...all] : all;
}

export function valuesOf(sweep, option) {
    if (option < 0) return [""];
    const values = [...new Set(sweep.runs.map((run) => run.values[option]))];
    return sweep.options[option].is_number
        ? values.sort((a, b) => Number(a) - Number(b))
        : values;
}

/* ---- What is shown of it ---- */

/* The runs as they are judged now, by cell: renewed where the state changes. */
export class Diagram {
    constructor(report) {
        this.sweep = report.sweep;
        this.runs = runsOf(report);
        this.renew();
    }

    get rule() {
        return this.sweep.rules[state.rule];
    }

    thresholds() {
        const own = this.rule.thresholds;
        return Object.fromEntries(
            Object.keys(own).map((name) => [
                name,
                state[`${this.rule.name}-${name}`] ?? own[name],
            ]),
        );
    }

    renew() {
        const thresholds = this.thresholds();
        this.xs = valuesOf(this.sweep, state.x);
        this.ys = valuesOf(this.sweep, state.y);
        this.cells = Array.from({ length: this.xs.length * this.ys.length }, () => []);
        for (const run of this.runs) {
            run.regime = regimeOf(this.rule, run, thresholds);
            const x = state.x < 0 ? 0 : this.xs.indexOf(run.values[state.x]);
            const y = state.y < 0 ? 0 : this.ys.indexOf(run.values[state.y]);
            this.cells[y * this.xs.length + x].push(run);
        }
    }

    colour(name) {
        return this.rule.regimes.find((r) => r.name === name)?.colour ?? css("--faint");
    }

    count(runs, name) {
        return runs.filter((run) => run.regime === name).length;
    }

    /* The regime of most runs of a cell; the first of equals. */
    most(runs) {
        const counts = this.rule.regimes.map((r) => this.count(runs, r.name));
        const most = Math.max(...counts);
        return most > 0 ? this.rule.regimes[counts.indexOf(most)].name : null;
    }

    place(cell) {
        const x = this.xs[cell % this.xs.length];
        const y = this.ys[Math.floor(cell / this.xs.length)];
        return [
            state.x >= 0 && `${this.sweep.options[state.x].name} ${x}`,
            state.y >= 0 && `${this.sweep.options[state.y].name} ${y}`,
        ]
            .filter(Boolean)
            .join(", ");
    }

    told(runs) {
        const said = this.rule.regimes
            .map((r) => [this.count(runs, r.name), r.name])
            .filter(([count]) => count)
            .map(([count, name]) => `${count} ${name}`);
        return said.length ? listed(said) : "none is done";
    }
}

/* ---- The diagram ---- */

function cellButton(diagram, cell) {
    const runs = diagram.cells[cell];
    const most = diagram.most(runs);
    const said = `${diagram.place(cell)}: ${diagram.told(runs)}`;
    const several = runs.length > 1;
    const tint = Math.round(several ? 38 : 92);
    const back = most
        ? `color-mix(in srgb, ${diagram.colour(most)} ${tint}%, var(--card))`
        : "var(--card)";
    const choose = () => change({ cell });
    return el(
        "button",
        {
            type: "button",
            class: "cell",
            style: `background: ${back}`,
            title: said,
            "aria-label": said,
            "aria-pressed": String(state.cell === cell),
            "data-regime": most ?? "",
            click: choose,
            mouseenter: choose,
            focus: choose,
        },
        ...(several ? runs : [])
            .filter((run) => run.regime)
            .map((run) =>
                el("i", { style: `background: ${diagram.colour(run.regime)}` }),
            ),
    );
}

function rowOf(diagram, y) {
    const cells = diagram.xs.map((_, x) => cellButton(diagram, y * diagram.xs.length + x));
    return [el("span", { class: "y" }, diagram.ys[y]), ...cells];
}

export function cellsOf(diagram) {
    const { sweep, xs, ys } = diagram;
    const rows = ys.map((_, y) => rowOf(diagram, ys.length - 1 - y)).flat();
    const name = (option) => (option < 0 ? "" : sweep.options[option].name);
    return el(
        "div",
        { class: "diagram" },
        el("div", { class: "y-name" }, name(state.y)),
        el(
            "div",
            {
                class: "cells",
                style: `grid-template-columns: auto repeat(${xs.length}, minmax(16px, 52px))`,
            },
            ...rows,
            el("span"),
            ...xs.map((x) => el("span", { class: "x" }, x)),
            el("span"),
            el("span", { class: "x-name" }, name(state.x)),
        ),
    );
}

export function legendOf(diagram) {
    return el(
        "ul",
        { class: "regimes" },
        ...diagram.rule.regimes.map((r) =>
            el(
                "li",
                {},
                el("i", { style: `background: ${r.colour}` }),
                el("b", {}, `${diagram.count(diagram.runs, r.name)} ${r.name}`),
                ` ${r.meaning}`,
            ),
        ),
    );
}

function thresholdInput(diagram, name) {
    const key = `${diagram.rule.name}-${name}`;
    const large = name === "delay" || name === "ratio";
    const input = el("input", {
        type: "number",
        min: 0,
        max: large ? false : 1,
        step: name === "delay" ? 100 : large ? 0.5 : 0.01,
        value: diagram.thresholds()[name],
        "data-threshold": name,
        input: () => {
            const value = Number(input.value);
            if (input.value !== "" && value >= 0) change({ [key]: value });
        },
    });
    return el("label", { class: "choice" }, `${NAMES[name]} `, input);
}

export function controlsOf(diagram, renew) {
    const { sweep } = diagram;
    const rules = sweep.rules.map((rule, i) => [String(i), rule.source]);
    const set = (name) => (value) => {
        change({ [name]: Number(value), cell: 0 });
        renew();
    };
    return el(
        "div",
        { class: "chooser" },
        choice("rule of", rules, String(state.rule), set("rule")),
        choice("x", options(sweep, true), String(state.x), set("x")),
        choice("y", options(sweep, true), String(state.y), set("y")),
        ...Object.keys(diagram.rule.thresholds).map((name) =>
            thresholdInput(diagram, name),
        ),
    );
}
