// Line charts over steps, by uPlot: the slider's step is a line in each, the pointer's
// is shared, a click goes there.
import { css } from "./colours.js";
import { nearest } from "./data.js";
import { digits } from "./dom.js";
import { FONT } from "./canvas.js";
import { goTo, state, stops } from "./state.js";
import { hideTip, showTip } from "./tip.js";

const shared = uPlot.sync("step");

/* Tables of one step column each become one, as uPlot wants it; what stands together
 * already stays as it is. Step 0 has no place on a logarithmic axis: it is drawn half
 * way before the first one, at `zero`. */
function together(series, log) {
    const groups = new Map();
    for (const one of series) {
        if (!groups.has(one.steps)) groups.set(one.steps, []);
        groups.get(one.steps).push(one);
    }
    // The axis is as long as the slider, so that charts of two runs can be compared.
    const first = Math.min(
        ...[stops, ...groups.keys()].map(
            (steps) => steps.find((step) => step > 0) ?? 2,
        ),
    );
    const drawn = (one, v) =>
        Number.isFinite(v) &&
        !(one.positive && v <= 0) &&
        !(one.clip && (v < one.clip[0] || v > one.clip[1]));
    // A line ends where its values do, but passes over what was evaluated seldom.
    const missing = (one, v) => (one.seldom && Number.isNaN(v) ? undefined : null);
    const clean = (one) =>
        Array.from(one.values, (v) => (drawn(one, v) ? v : missing(one, v)));
    const zero = first / 2;
    const place = (step) => (log && step <= 0 ? zero : step);
    const tables = [...groups].map(([steps, members]) => [
        steps.map(place),
        ...members.map(clean),
    ]);
    const sorted = [...groups.values()].flat();
    const data = tables.length === 1 ? tables[0] : uPlot.join(tables);
    const ends = [stops, ...groups.keys()].flatMap((steps) => [
        steps[0],
        steps[steps.length - 1],
    ]);
    return { data, sorted, zero, range: [place(Math.min(...ends)), Math.max(...ends)] };
}

function stepSplits(log, zero) {
    if (!log) return undefined;
    return (u, axis, low, high) => {
        const found = [];
        if (low <= zero * 1.001) found.push(zero);
        for (let p = Math.ceil(Math.log10(zero * 1.5)); 10 ** p <= high * 1.001; p++)
            if (10 ** p >= low) found.push(10 ** p);
        const narrow = high / low < 30;
        if (narrow || found.length < 3)
            for (const m of [2, 5])
                for (let p = Math.floor(Math.log10(low)); m * 10 ** p <= high; p++)
                    if (m * 10 ** p > low) found.push(m * 10 ** p);
        return found.sort((x, y) => x - y);
    };
}

function yName(value) {
    if (value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e5)) {
        const power = Math.log10(Math.abs(value));
        return Number.isInteger(Math.round(power * 1e6) / 1e6)
            ? `${value < 0 ? "−" : ""}1e${Math.round(power)}`
            : value.toExponential(0);
    }
    return digits(value);
}

/* Bands of phases after the lines. */
function drawBands(u, bands, x) {
    const { left, top, width, height } = u.bbox;
    const within = (at) => Math.min(Math.max(at, left), left + width);
    bands.forEach((band, i) => {
        const from = within(u.valToPos(x(band.from), "x", true));
        const to = within(u.valToPos(x(band.to), "x", true));
        u.ctx.fillStyle = css(i % 2 ? "--band1" : "--band0");
        u.ctx.fillRect(from, top, to - from, height);
    });
}

/* Their names before the lines, where there is room. */
function drawBandNames(u, bands, x) {
    const g = u.ctx;
    const ratio = devicePixelRatio || 1;
    const { left, top, width } = u.bbox;
    g.save();
    g.font = FONT.replace(/^\d+/, String(10 * ratio));
    g.textBaseline = "top";
    g.textAlign = "center";
    g.lineWidth = 3 * ratio;
    g.lineJoin = "round";
    bands.forEach((band, i) => {
        const from = Math.max(u.valToPos(x(band.from), "x", true), left);
        const to = Math.min(u.valToPos(x(band.to), "x", true), left + width);
        if (g.measureText(band.name).width > to - from - 4 * ratio) return;
        g.strokeStyle = css(i % 2 ? "--band1" : "--band0");
        g.fillStyle = css("--ink2");
        g.strokeText(band.name, (from + to) / 2, top + 3 * ratio);
        g.fillText(band.name, (from + to) / 2, top + 3 * ratio);
    });
    g.restore();
}

function drawLevels(u, levels) {
    const g = u.ctx;
    const ratio = devicePixelRatio || 1;
    const { left, width, top, height } = u.bbox;
    for (const level of levels) {
        const y = u.valToPos(level.value, "y", true);
        if (!(y >= top && y <= top + height)) continue;
        g.save();
        g.strokeStyle = css("--ink3");
        g.setLineDash([4 * ratio, 4 * ratio]);
        g.lineWidth = ratio;
        g.beginPath();
        g.moveTo(left, y);
        g.lineTo(left + width, y);
        g.stroke();
        g.font = FONT.replace(/^\d+/, String(10 * ratio));
        g.fillStyle = css("--ink3");
        g.textAlign = "right";
        g.textBaseline = "bottom";
        g.fillText(level.name, left + width - 3 * ratio, y - 2 * ratio);
        g.restore();
    }
}

function axis(options) {
    return {
        stroke: () => css("--ink2"),
        grid: { stroke: () => css("--rule"), width: 1 },
        ticks: { stroke: () => css("--rule"), width: 1, size: 4 },
        font: FONT,
        labelFont: FONT,
        gap: 3,
        ...options,
    };
}

function seriesOptions(one) {
    return {
        label: one.label,
        stroke: () => (typeof one.colour === "function" ? one.colour() : one.colour),
        width: one.width ?? (one.faint ? 0.8 : 1.6),
        alpha: one.faint ? 0.45 : 1,
        dash: one.dash?.length ? one.dash : undefined,
        points: { show: false },
        spanGaps: false,
        show: one.show ?? true,
    };
}

/* Only tens on a logarithmic axis, few enough for its height. */
function tens(u, which, low, high) {
    const from = Math.ceil(Math.log10(low) - 1e-9);
    const to = Math.floor(Math.log10(high) + 1e-9);
    const room = Math.max(2, Math.floor(u.bbox.height / (devicePixelRatio || 1) / 22));
    const each = Math.max(1, Math.ceil((to - from + 1) / room));
    const found = [];
    for (let p = from; p <= to; p += each) found.push(10 ** p);
    return found.length > 1 ? found : [low, high];
}

/* bare: the step axis has no title. */
function axesOf(log, zero, y, bare) {
    const title = bare ? {} : { label: "step", labelSize: 14, labelGap: -4 };
    return [
        axis({
            splits: stepSplits(log, zero),
            filter: log ? (u, splits) => splits : undefined,
            values: (u, splits) =>
                splits.map((v) => (log && v === zero ? "0" : stepName(v))),
            size: 26,
            space: 48,
            ...title,
        }),
        axis({
            splits: y?.log ? tens : undefined,
            filter: y?.log ? (u, splits) => splits : undefined,
            values: (u, splits) => splits.map((v) => (v === null ? "" : yName(v))),
            size: 48,
            space: 26,
        }),
    ];
}

function scalesOf(log, range, y) {
    return {
        x: { time: false, distr: log ? 3 : 1, range: () => range },
        y: { distr: y?.log ? 3 : 1, ...(y?.range ? { range: () => y.range } : {}) },
    };
}

/* The pointer's step is shown in all charts; y is each chart's own. */
function cursor() {
    return {
        sync: { key: shared.key, setSeries: false, scales: ["x", null] },
        y: false,
        // uPlot swallows a click whose pointer moved a little, or was dragged elsewhere.
        drag: { x: false, y: false, setScale: false, click: () => {} },
        points: { size: 5 },
    };
}

const MOST_READINGS = 10;

/* What the lines are at the step under the pointer, a line of text each. */
function readings(series, step) {
    const shown = series.filter((one) => !one.faint && one.show !== false);
    const lines = shown
        .map((one) => [one, nearest(one.steps, step)])
        .filter(([one, at]) => Number.isFinite(one.values[at]))
        .map(([one, at]) => `${one.label} ${digits(one.values[at])}`);
    if (!lines.length) return null;
    const at = shown[0].steps[nearest(shown[0].steps, step)];
    const rest = lines.length - MOST_READINGS;
    return [
        `step ${digits(at)}`,
        ...lines.slice(0, MOST_READINGS),
        ...(rest > 0 ? [`and ${rest} more`] : []),
    ].join("\n");
}

/* options: host, width, height, series [{label, steps, values, colour, dash, faint,
 * clip: values beyond which nothing is drawn}], y {log, range}, bands [{name, from,
 * to}], levels [{name, value}], marks(u, x): what else is drawn on top, in pixels of
 * the canvas; still: a click does not move the slider; bare: no title of the step axis.
 * */
export function lineChart(options) {
    const { series, y, bands = [], levels = [] } = options;
    const log = state.log;
    for (const one of series) one.positive = y?.log ?? false;
    const { data, sorted, zero, range } = together(series, log);
    const x = (step) => (log && step <= 0 ? zero : step);
    const marker = document.createElement("div");
    marker.className = "marker";
    let shown = 0;
    const mark = (u) => {
        marker.style.transform = `translateX(${u.valToPos(x(shown), "x")}px)`;
    };
    const top = (u) => {
        drawBandNames(u, bands, x);
        drawLevels(u, levels);
        options.marks?.(u, x);
        mark(u);
    };
    const uplot = {
        width: options.width,
        height: options.height,
        padding: [8, 10, 0, 0],
        legend: { show: false },
        cursor: cursor(),
        scales: scalesOf(log, range, y),
        axes: axesOf(log, zero, y, options.bare),
        series: [{}, ...sorted.map(seriesOptions)],
        hooks: { drawClear: [(u) => drawBands(u, bands, x)], draw: [top] },
    };
    const u = new uPlot(uplot, data, options.host);
    u.over.append(marker);
    const stepAt = (event) => {
        const value = u.posToVal(
            event.clientX - u.over.getBoundingClientRect().left,
            "x",
        );
        return log && value < zero * 1.4 ? 0 : value;
    };
    if (!options.still) u.over.addEventListener("click", (e) => goTo(stepAt(e)));
    u.over.addEventListener("pointermove", (e) =>
        showTip(readings(series, stepAt(e)), e),
    );
    u.over.addEventListener("pointerleave", hideTip);
    return {
        u,
        stepAt,
        canvas: u.ctx.canvas,
        setStep(step) {
            shown = step;
            mark(u);
        },
        /* Where the step's line is, in pixels of the canvas: it is no part of it. */
        markerAt: () => u.valToPos(x(shown), "x", true),
        show(label, visible) {
            const at = sorted.findIndex((one) => one.label === label);
            if (at >= 0) u.setSeries(at + 1, { show: visible });
        },
        resize: (width, height) => u.setSize({ width, height }),
        destroy: () => u.destroy(),
    };
}

/* 12000 -> "12k", for axes. */
export function stepName(value) {
    if (value >= 1e6) return `${digits(value / 1e6, 3)}M`;
    return value >= 1e4 ? `${digits(value / 1e3, 3)}k` : digits(value);
}
