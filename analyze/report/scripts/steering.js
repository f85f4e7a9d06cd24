// The loss chart that is the slider, its buttons, and the keys.
import { theme } from "./theme.js";
import { css } from "./colours.js";
import { button, copy, digits, el } from "./dom.js";
import { viewOf } from "./figure.js";
import { lineFigure } from "./series.js";
import { change, goTo, onChange, state, stops, walk, hash } from "./state.js";

const COLOURS = {
    main: { train: "--c0", test: "--c1" },
    beside: { train: "--c2", test: "--c3" },
};

/* Lines of one kind, "loss" or "accuracy", of the first output of all runs. */
function curves(report, kind) {
    const lines = [];
    for (const run of [...report.seeds, ...report.shown]) {
        if (!run.history) continue;
        run.history.at ??= Array.from(report.tensor(run.history.step).column());
        for (const column of run.history.columns) {
            if (column.kind !== kind || column.output) continue;
            const which = column.set === "test" ? "test" : "train";
            column.numbers ??= report.tensor(column.values).column();
            const seed = run.role === "seed";
            const colour = COLOURS[run.role]?.[which] ?? COLOURS.main[which];
            const label = column.label.replace(` ${kind}`, ""); // as the title says
            lines.push({
                label: run.role === "main" ? label : `${label}, ${run.name}`,
                name: run.role === "main" ? column.name : `${column.name} ${run.name}`,
                steps: run.history.at,
                values: column.numbers,
                seldom: true,
                colour: () => css(colour),
                dash: which === "test" ? [6, 3] : [],
                faint: seed,
            });
        }
    }
    // The main run's table comes first: the table of the chart is made of it.
    const first = report.main.history?.at;
    return lines.sort((x, y) => (y.steps === first) - (x.steps === first));
}

function phasesOf(run) {
    return run.measures?.find((measure) => measure.phases?.length)?.phases ?? [];
}

/* Dragging in a chart moves the slider; on a phone a swipe down still scrolls. */
function drag(chart) {
    const over = chart.u.over;
    let held = false;
    over.addEventListener("pointerdown", (event) => {
        if (event.button) return;
        held = true;
        over.setPointerCapture(event.pointerId);
        goTo(chart.stepAt(event));
    });
    over.addEventListener("pointermove", (event) => {
        if (held) goTo(chart.stepAt(event));
    });
    for (const name of ["pointerup", "pointercancel"])
        over.addEventListener(name, () => (held = false));
}

/* Where there are checkpoints: small ticks on the step axis. */
function rug(steps) {
    return (u, x) => {
        const g = u.ctx;
        const ratio = devicePixelRatio || 1;
        const bottom = u.bbox.top + u.bbox.height;
        g.save();
        g.fillStyle = css("--ink3");
        for (const step of steps) {
            const at = u.valToPos(x(step), "x", true);
            g.fillRect(at - ratio / 2, bottom - 5 * ratio, ratio, 5 * ratio);
        }
        g.restore();
    };
}

/* A phone's screen, of which the sticky head should take little. */
function isSmall() {
    return matchMedia("(max-width: 760px)").matches;
}

function chart(report, kind, title) {
    const series = curves(report, kind);
    if (!series.length) return null;
    return lineFigure({
        run: report.main,
        title,
        series: () => series,
        height: isSmall() ? 72 : 132,
        bare: isSmall(),
        y: kind === "loss" ? { log: true } : { range: [-0.02, 1.04] },
        bands: phasesOf(report.main),
        marks: rug(stops),
        still: true,
        built: drag,
    });
}

/* ---- Play ---- */

let timer = null;

function playing(play, on) {
    clearInterval(timer);
    timer = null;
    play.textContent = on ? "Pause" : "Play";
    play.setAttribute("aria-pressed", String(on));
    if (!on) return;
    if (state.step === stops[stops.length - 1]) change({ step: stops[0] });
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const pause = calm ? 700 : Math.max(60, Math.min(400, 12000 / stops.length));
    timer = setInterval(() => {
        walk(1);
        if (state.step === stops[stops.length - 1]) playing(play, false);
    }, pause);
}

const KEYS = {
    ArrowLeft: (event) => walk(event.shiftKey ? -10 : -1),
    ArrowRight: (event) => walk(event.shiftKey ? 10 : 1),
    Home: () => change({ step: stops[0] }),
    End: () => change({ step: stops[stops.length - 1] }),
};

function keys(play) {
    document.addEventListener("keydown", (event) => {
        if (event.ctrlKey || event.altKey || event.metaKey) return;
        const where = event.target;
        if (where.matches("input, select, textarea")) return;
        if (event.key === " " && !where.matches("button, summary, a")) {
            event.preventDefault();
            playing(play, timer === null);
        } else if (KEYS[event.key]) {
            event.preventDefault();
            KEYS[event.key](event);
        }
    });
}

/* ---- The bar ---- */

function readout(report) {
    const live = el("output", { class: "readout", "aria-live": "polite" });
    const write = () => {
        const parts = report.shown.map((run) => {
            const view = viewOf(run);
            const name = report.shown.length > 1 ? `${run.name}: ` : "";
            return `${name}step ${digits(view.at)}, checkpoint ${view.i + 1} of ${run.at.length}`;
        });
        live.textContent = parts.join(" · ");
    };
    onChange((changed) => (changed.has("step") || changed.has("all")) && write());
    return live;
}

function linkButton() {
    const link = button("Link", "Copy a link to this step and pair", async () => {
        await copy(location.href.replace(/#.*$/, "") + hash());
        link.textContent = "Copied";
        setTimeout(() => (link.textContent = "Link"), 1500);
    });
    return link;
}

function scaleButton() {
    const toggle = button("log", "Steps on a logarithmic axis", () => {
        change({ log: !state.log });
    });
    const write = () => toggle.setAttribute("aria-pressed", String(state.log));
    onChange(write);
    write();
    return toggle;
}

/* The slider for those who do not point: the loss chart's plot itself. */
function slider(figure) {
    const plot = figure.querySelector(".plot");
    plot.tabIndex = 0;
    plot.setAttribute("role", "slider");
    plot.setAttribute("aria-label", "Step of training");
    plot.setAttribute("aria-valuemin", stops[0]);
    plot.setAttribute("aria-valuemax", stops[stops.length - 1]);
    const write = () => {
        plot.setAttribute("aria-valuenow", state.step);
        plot.setAttribute("aria-valuetext", `step ${digits(state.step)}`);
    };
    onChange(write);
    write();
}

/* The sticky head of the page. */
export function steering(report) {
    const play = button("Play", "Play through the steps (space)", () =>
        playing(play, timer === null),
    );
    play.setAttribute("aria-pressed", "false");
    keys(play);
    const rails = el("div", { class: "rails" });
    const which = button(
        "Accuracy",
        "Accuracy in place of the loss",
        () =>
            which.setAttribute(
                "aria-pressed",
                String(rails.classList.toggle("second")),
            ),
        { class: "which", "aria-pressed": "false" },
    );
    const bar = el(
        "div",
        { class: "bar" },
        button("|◀", "First step (Home)", KEYS.Home, {
            "aria-label": "First step",
            class: "end",
        }),
        button("◀", "Step before (←)", () => walk(-1), { "aria-label": "Step before" }),
        play,
        button("▶", "Next step (→)", () => walk(1), { "aria-label": "Next step" }),
        button("▶|", "Last step (End)", KEYS.End, {
            "aria-label": "Last step",
            class: "end",
        }),
        readout(report),
        el(
            "span",
            { class: "far" },
            which,
            scaleButton(),
            el("span", { class: "seldom far" }, linkButton(), theme()),
        ),
    );
    const figures = [
        chart(report, "loss", "Loss"),
        chart(report, "accuracy", "Accuracy"),
    ].filter(Boolean);
    if (figures.length) slider(figures[0]);
    rails.append(...figures);
    return el("div", { id: "steering" }, bar, rails);
}
