// A figure of lines over steps with a legend that reads the values at the slider's
// step.
import { figure } from "./figure.js";
import { nearest } from "./data.js";
import { button, digits, el, listed } from "./dom.js";
import { lineChart } from "./lines.js";

const SVG = "http://www.w3.org/2000/svg";

function colourOf(one) {
    return typeof one.colour === "function" ? one.colour() : one.colour;
}

function swatch(one) {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "0 0 24 8");
    svg.setAttribute("aria-hidden", "true");
    const line = document.createElementNS(SVG, "line");
    const place = { x1: 0, x2: 24, y1: 4, y2: 4, "stroke-width": one.width ?? 2 };
    for (const [name, value] of Object.entries(place)) line.setAttribute(name, value);
    line.setAttribute("stroke", colourOf(one));
    if (one.dash?.length) line.setAttribute("stroke-dasharray", one.dash.join(" "));
    svg.append(line);
    return svg;
}

/* The value at a step; of what is evaluated seldom the last one that is known. */
export function valueAt(one, step) {
    let at = nearest(one.steps, step);
    while (one.seldom && at > 0 && Number.isNaN(one.values[at])) at--;
    return one.values[at];
}

/* Entries of the legend: one button for each line, which hides it; what it says is renewed at
 * each step. */
function legendOf(one, series) {
    const items = series
        .filter((s) => !s.faint)
        .map((s) => {
            const value = el("span", { class: "value" });
            const entry = button("", `Show or hide ${s.label}`, () => {
                s.show = s.show === false;
                entry.setAttribute("aria-pressed", String(s.show));
                one.chart.show(s.label, s.show);
            });
            entry.setAttribute("aria-pressed", String(s.show !== false));
            entry.append(swatch(s), el("span", { title: s.help }, s.label), " ", value);
            const item = el("li", {}, entry);
            item.dataset.colour = colourOf(s);
            item.dataset.dash = JSON.stringify(s.dash ?? []);
            return { s, value, item };
        });
    return {
        items: items.map(({ item }) => item),
        update(view) {
            for (const { s, value, item } of items) {
                value.textContent = s.reading?.(view) ?? digits(valueAt(s, view.at));
                if (s.wanted) item.hidden = !s.wanted(view);
            }
        },
    };
}

function tableOf(series, view) {
    const lines = series.filter((s) => s.steps === series[0].steps);
    const columns = ["step", ...lines.map((s) => s.name ?? s.label)];
    const rows = lines[0].steps.map((step, i) => [
        step,
        ...lines.map((s) => s.values[i]),
    ]);
    return { columns, rows, current: nearest(lines[0].steps, view.at) };
}

function describe(title, series, view) {
    const said = series
        .filter((s) => !s.faint && (s.wanted?.(view) ?? true))
        .slice(0, 8)
        .map((s) => `${s.label} ${s.reading?.(view) ?? digits(valueAt(s, view.at))}`);
    return `${title} over steps. At step ${digits(view.at)}: ${listed(said)}.`;
}

/* spec: run, title, caption, series(), y, bands, levels, marks; as lineChart and figure
 * take them. `series` is called again when the theme changes. */
export function lineFigure(spec) {
    let series = spec.series();
    const { height } = spec;
    const options = (one, width) => ({
        host: one.body,
        width,
        height,
        series,
        y: spec.y,
        bands: spec.bands,
        levels: spec.levels,
        marks: spec.marks,
        still: spec.still,
        bare: spec.bare,
    });
    const build = (one, width) => {
        one.chart?.destroy();
        const hidden = new Set(
            series.filter((s) => s.show === false).map((s) => s.label),
        );
        series = spec.series();
        for (const s of series) s.show = !hidden.has(s.label);
        one.chart = lineChart(options(one, width));
        spec.built?.(one.chart);
        one.canvas = one.chart.canvas;
        one.canvas.setAttribute("role", "img");
        one.reader = legendOf(one, series);
        one.legend.replaceChildren(...one.reader.items);
        one.stale = false;
    };
    return figure({
        describe: (view) => describe(spec.title, series, view),
        table: (view) => tableOf(series, view),
        ...spec,
        paint(one, view, width, resized) {
            if (!one.chart || one.stale) build(one, width);
            else if (resized) one.chart.resize(width, height);
            one.chart.setStep(view.at);
            one.reader.update(view);
        },
    });
}
