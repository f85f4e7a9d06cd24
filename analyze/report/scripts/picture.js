// A chart's picture as a file, with its title above and its legend below: PNG, or SVG
// by svgcanvas, a drawing context that writes down what is drawn.
import { css } from "./colours.js";
import { FONT, prepare } from "./canvas.js";
import { el } from "./dom.js";

const HEAD = 26;
const LINE = 14;

function footOf(legend) {
    return legend.length ? LINE * legend.length + 8 : 0;
}

/* Paper and title; the drawing has its place below them. */
function drawHead(g, width, height, title) {
    g.fillStyle = css("--paper");
    g.fillRect(0, 0, width, height);
    g.fillStyle = css("--ink");
    g.textAlign = "left";
    g.textBaseline = "alphabetic";
    g.font = `bold ${FONT}`;
    g.fillText(title, 6, 16);
}

/* The step's line, which the page has as an element over the lines. */
function drawMarker(g, chart) {
    const ratio = window.devicePixelRatio || 1;
    const box = chart.u.bbox;
    g.fillStyle = css("--accent");
    g.fillRect(
        chart.markerAt() / ratio,
        HEAD + box.top / ratio,
        1.5,
        box.height / ratio,
    );
}

function drawLegend(g, legend, top) {
    g.font = FONT;
    g.textAlign = "left";
    g.textBaseline = "alphabetic";
    legend.forEach((item, i) => {
        const y = top + LINE * i + 9;
        g.strokeStyle = item.dataset.colour;
        g.setLineDash(JSON.parse(item.dataset.dash));
        g.lineWidth = 2;
        g.beginPath();
        g.moveTo(8, y - 4);
        g.lineTo(32, y - 4);
        g.stroke();
        g.fillStyle = css("--ink2");
        g.fillText(item.textContent, 40, y);
    });
}

/* A canvas of what a canvas shows. `chart` is of lines, or missing. */
export function bitmap(source, chart, { title, legend }) {
    const ratio = window.devicePixelRatio || 1;
    const width = source.width / ratio;
    const height = HEAD + source.height / ratio;
    const canvas = el("canvas");
    const g = prepare(canvas, width, height + footOf(legend));
    drawHead(g, width, height + footOf(legend), title);
    g.drawImage(source, 0, HEAD, width, height - HEAD);
    if (chart) drawMarker(g, chart);
    drawLegend(g, legend, height);
    return canvas;
}

/* ---- SVG ---- */

/* uPlot draws paths that it made before; the browser's own cannot be read again. */
class Path {
    constructor(other) {
        this.calls = other ? [...other.calls] : [];
    }
    drawOn(g) {
        g.beginPath();
        for (const [name, values] of this.calls) g[name](...values);
    }
}
for (const name of ["moveTo", "lineTo", "rect", "arc", "bezierCurveTo", "closePath"])
    Path.prototype[name] = function (...values) {
        this.calls.push([name, values]);
    };

function recorder(width, height) {
    const g = new svgcanvas.Context({ width, height });
    for (const name of ["stroke", "fill", "clip"]) {
        const plain = g[name].bind(g);
        g[name] = (path) => {
            if (path instanceof Path) path.drawOn(g);
            plain();
        };
    }
    // Its lines are scaled, but not their dashes.
    const dash = g.setLineDash.bind(g);
    g.setLineDash = (list) => dash(list.map((one) => one * g.getTransform().a));
    g.canvas.told = [];
    return g;
}

/* Cells of a heat map keep their edges, however large they are shown. */
function textOf(g) {
    const svg = g.getSvg();
    for (const image of svg.querySelectorAll("image"))
        image.setAttribute("style", "image-rendering:pixelated");
    svg.setAttribute("viewBox", `0 0 ${g.width} ${g.height}`);
    return new XMLSerializer().serializeToString(svg);
}

/* SVG of what draw(g) draws on a canvas of a size. */
export function vectorDrawing(size, draw, { title }) {
    const g = recorder(size.width, size.height + HEAD);
    drawHead(g, size.width, size.height + HEAD, title);
    g.save();
    g.translate(0, HEAD);
    g.font = FONT;
    g.lineWidth = 1;
    draw(g);
    g.restore();
    return textOf(g);
}

/* What is said to one context is said to the other, until the function that this gives
 * is called. */
function redirect(from, to) {
    const all = Object.getOwnPropertyDescriptors(CanvasRenderingContext2D.prototype);
    const names = Object.keys(all).filter((name) => name !== "canvas");
    for (const name of names) {
        const { get, value } = all[name];
        if (get && name in to) to[name] = from[name];
        const call = name === "clearRect" ? () => {} : (...list) => to[name]?.(...list);
        Object.defineProperty(from, name, {
            configurable: true,
            ...(typeof value === "function"
                ? { value: call }
                : { get: () => to[name], set: (now) => (to[name] = now) }),
        });
    }
    return () => names.forEach((name) => delete from[name]);
}

/* SVG of a line chart: uPlot draws it once more, at the end of the current task. */
export async function vectorLines(chart, { title, legend }) {
    const { u } = chart;
    const ratio = window.devicePixelRatio || 1;
    const { canvas } = u.ctx;
    const [width, height] = [canvas.width / ratio, HEAD + canvas.height / ratio];
    const g = recorder(width, height + footOf(legend));
    drawHead(g, width, height + footOf(legend), title);
    g.save();
    g.translate(0, HEAD);
    g.scale(1 / ratio, 1 / ratio);
    const own = window.Path2D;
    const release = redirect(u.ctx, g);
    window.Path2D = Path;
    try {
        u.redraw();
        await null;
    } finally {
        release();
        window.Path2D = own;
        u.redraw();
    }
    g.restore();
    drawMarker(g, chart);
    drawLegend(g, legend, height);
    return textOf(g);
}
