// The logits of one pair: what each frequency says, and their sum.
import { axes, extent, scale, text, ticks, toldCells } from "./canvas.js";
import { css, ofFrequency } from "./colours.js";
import { nearest, stepsOf } from "./data.js";
import { digits, el, listed, percent } from "./dom.js";
import { figure } from "./figure.js";
import { placeOf, residue } from "./residues.js";
import { change, onChange, state } from "./state.js";

/* "cos a sin b" at the angles of a and b. */
function basisValue(name, angles) {
    return name
        .match(/(cos|sin) [ab]/g)
        .reduce(
            (product, factor) => product * Math[factor.slice(0, 3)](angles[factor[4]]),
            1,
        );
}

/* What each frequency adds to the logits at (a, b): [K][p]; and the sum with the mean.
 * */
function parts(report, run, view) {
    const { logits, p } = run;
    const i = nearest(logits.at, view.at);
    const coefficients = report.tensor(logits.coefficients).row(i);
    const sum = Float64Array.from(report.tensor(logits.mean).row(i));
    const each = logits.frequencies.map((k, j) => {
        const turn = (2 * Math.PI * k) / p;
        const angles = { a: turn * view.a, b: turn * view.b };
        const values = new Float64Array(p);
        logits.basis.forEach((name, n) => {
            const weight = basisValue(name, angles);
            const from = (j * logits.basis.length + n) * p;
            for (let c = 0; c < p; c++) values[c] += weight * coefficients[from + c];
        });
        for (let c = 0; c < p; c++) sum[c] += values[c];
        return values;
    });
    return { i, each, sum };
}

function answerOf(report, run, view) {
    if (!run.logits.answers) return -1;
    return report.tensor(run.logits.answers).row(view.a)[view.b];
}

function best(values) {
    return values.reduce((at, value, c) => (value > values[at] ? c : at), 0);
}

function drawBars(g, box, values, range, colour, answer, p) {
    const x = scale(-0.5, p - 0.5, box.x, box.x + box.width);
    const y = scale(range[0], range[1], box.y + box.height, box.y);
    if (answer >= 0) {
        g.fillStyle = css("--band1");
        g.fillRect(x(answer) - 5, box.y, 10, box.height);
    }
    const width = Math.max(1, box.width / p - 1);
    for (let c = 0; c < p; c++) {
        g.fillStyle = c === answer ? css("--accent") : colour;
        const top = Math.min(y(values[c]), y(0));
        g.fillRect(
            x(c) - width / 2,
            top,
            width,
            Math.max(1, Math.abs(y(values[c]) - y(0))),
        );
    }
    g.strokeStyle = css("--ink3");
    g.beginPath();
    g.moveTo(box.x, Math.round(y(0)) + 0.5);
    g.lineTo(box.x + box.width, Math.round(y(0)) + 0.5);
    g.stroke();
    return { x, y };
}

const ROW = 58;
const SUM = 130;

/* Of the variance in the end; what has less stands together. */
const LEAST = 0.01;

/* The rows: [words, indices of frequencies], those of little last and together. */
function rowsOf(report, run) {
    const share = report.tensor(run.logits.share).row(run.logits.at.length - 1);
    const isLarge = (j) => share[j] >= LEAST;
    const all = run.logits.frequencies.map((_, j) => j);
    const large = all.filter(isLarge);
    const small = all.filter((j) => !isLarge(j));
    if (small.length < 2) return all.map((j) => [`k = ${run.logits.frequencies[j]}`, [j]]);
    return [
        ...large.map((j) => [`k = ${run.logits.frequencies[j]}`, [j]]),
        [`${small.length} others below ${percent(LEAST)} in the end`, small],
    ];
}

/* The waves of a row, added. */
function added(each, members) {
    if (members.length === 1) return each[members[0]];
    return each[0].map((_, c) => members.reduce((sum, j) => sum + each[j][c], 0));
}

function height(report, run) {
    return SUM + ROW * rowsOf(report, run).length + 60;
}

function drawAll(report, run, g, size, view) {
    const { p, logits } = run;
    const { i, each, sum } = parts(report, run, view);
    const answer = answerOf(report, run, view);
    const shares = report.tensor(logits.share).row(i);
    const range = each.reduce(
        ([low, high], values) => {
            const [l, h] = extent(values);
            return [Math.min(low, l), Math.max(high, h)];
        },
        [-1e-6, 1e-6],
    );
    const left = 46;
    const width = size.width - left - 8;
    const sayC = (c) => `c = ${residue(run, c)}${c === answer ? ", the right answer" : ""}`;
    const rows = rowsOf(report, run);
    rows.forEach(([words, members], j) => {
        const values = added(each, members);
        const box = { x: left, y: 18 + j * ROW, width, height: ROW - 20 };
        const colour =
            members.length > 1
                ? css("--ink3")
                : ofFrequency(logits.frequencies[members[0]]).colour;
        const { y } = drawBars(g, box, values, range, colour, answer, p);
        axes(
            g,
            box,
            { scale: null },
            { scale: y, ticks: ticks(range[0], range[1], 2) },
        );
        text(g, words, left, box.y - 3, { colour: css("--ink") });
        toldCells(g, box, 1, p, (_, c) => `${sayC(c)}, ${words}: ${digits(values[c], 3)}`);
        const part = members.reduce((sum, member) => sum + shares[member], 0);
        const share = width < 420 ? percent(part) : `${percent(part)} of the variance`;
        text(g, share, left + width, box.y - 3, { align: "right" });
    });
    const box = { x: left, y: 30 + rows.length * ROW, width, height: SUM - 30 };
    const [low, high] = extent(sum);
    const { x, y } = drawBars(
        g,
        box,
        sum,
        [Math.min(low, 0), Math.max(high, 0)],
        css("--ink3"),
        answer,
        p,
    );
    axes(
        g,
        box,
        {
            scale: x,
            ticks: ticks(0, p - 1, Math.max(4, Math.floor(width / 80))),
            name: (c) => String(residue(run, c)),
            label: "c",
        },
        {
            scale: y,
            ticks: ticks(Math.min(low, 0), Math.max(high, 0), 4),
            label: "logit",
        },
    );
    toldCells(g, box, 1, p, (_, c) => `${sayC(c)}: ${digits(sum[c], 3)}`);
    text(g, "their sum, and the mean", left, box.y - 5, { colour: css("--ink") });
}

function sentence(report, run, view) {
    const { i, sum } = parts(report, run, view);
    const answer = answerOf(report, run, view);
    const chosen = best(sum);
    const right = answer < 0 ? "" : `; the right answer is ${residue(run, answer)}`;
    return (
        `At step ${digits(run.logits.at[i])}, a = ${residue(run, view.a)}, b = ` +
        `${residue(run, view.b)}, the largest sum of the shown ` +
        `frequencies is at c = ${residue(run, chosen)} ` +
        `(${digits(sum[chosen], 3)})${right}.`
    );
}

function chart(report, run) {
    run.logits.at = stepsOf(report, run.logits);
    return figure({
        run,
        title: "Logits of one pair",
        caption:
            "Bars over the answers c, one row for each frequency; the right answer is marked.",
        follows: ["step", "a", "b"],
        kept: (view) => run.logits.at[nearest(run.logits.at, view.at)],
        height: () => height(report, run),
        draw: (g, size, view) => drawAll(report, run, g, size, view),
        describe: (view) =>
            `Logits by frequency ${listed(run.logits.frequencies.map(String))}. ` +
            `${sentence(report, run, view)}`,
        table: (view) => {
            const { each, sum } = parts(report, run, view);
            const answer = answerOf(report, run, view);
            return {
                columns: [
                    "c",
                    ...run.logits.frequencies.map((k) => `k_${k}`),
                    "sum",
                    "right",
                ],
                rows: Array.from({ length: run.p }, (_, c) => [
                    residue(run, c),
                    ...each.map((values) => values[c]),
                    sum[c],
                    c === answer ? 1 : 0,
                ]),
                current: answer,
            };
        },
    });
}

/* A residue as a number, and its place as a slider; one state moves both. */
function operand(name, run) {
    const { p } = run;
    const go = (place) => place >= 0 && change({ [name]: place });
    const number = el("input", {
        type: "number",
        min: Math.min(residue(run, 0), 0),
        max: run.residues ? Math.max(...run.residues) : p - 1,
        step: 1,
        "aria-label": name,
        input: () => number.value !== "" && go(placeOf(run, Number(number.value), p)),
    });
    const slide = el("input", {
        type: "range",
        min: 0,
        max: p - 1,
        step: 1,
        "aria-label": `${name}, slider`,
        input: () => go(Number(slide.value)),
    });
    const write = () => {
        const value = residue(run, state[name]);
        if (document.activeElement !== number) number.value = value;
        slide.value = state[name];
        slide.setAttribute("aria-valuetext", `${name} = ${value}`);
    };
    onChange(write);
    write();
    return el("span", { class: "operand" }, `${name} = `, number, slide);
}

function chooser(report, run) {
    const said = el("output", { class: "said" });
    onChange(
        () => (said.textContent = sentence(report, run, { ...state, at: state.step })),
    );
    const title = run.operation ? el("b", {}, run.operation) : null;
    return el(
        "div",
        { class: "chooser" },
        title,
        operand("a", run),
        operand("b", run),
        said,
    );
}

export function logitsPanel(report) {
    return {
        id: "logits",
        title: "The answer to one pair",
        lead:
            "Choose a and b. Each key frequency gives every answer c a logit that " +
            "is a wave over c, highest where c is right; " +
            "the waves agree only at the right answer, so their sum singles it out " +
            "(Nanda et al., section 4.1).",
        of: (run) => run.logits?.frequencies.length > 0,
        build: (run) => {
            const drawn = chart(report, run);
            return [chooser(report, run), drawn];
        },
    };
}
