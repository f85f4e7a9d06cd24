// Drawing on a canvas: axes, heat maps, bars of colour. A box is {x, y, width, height}
// in CSS pixels; `g` is the 2-D context.
import { css } from "./colours.js";
import { digits } from "./dom.js";

export const FONT = '11px system-ui, "Segoe UI", "DejaVu Sans", sans-serif';
export const SMALL = '9px system-ui, "Segoe UI", "DejaVu Sans", sans-serif';

/* Make a canvas as large as CSS shows it, in pixels of the screen, and empty. */
export function prepare(canvas, width, height) {
    const ratio = window.devicePixelRatio || 1;
    if (canvas.width !== Math.round(width * ratio))
        canvas.width = Math.round(width * ratio);
    if (canvas.height !== Math.round(height * ratio))
        canvas.height = Math.round(height * ratio);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    const g = canvas.getContext("2d");
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    g.clearRect(0, 0, width, height);
    g.font = FONT;
    g.lineWidth = 1;
    canvas.told = [];
    return g;
}

/* What is said of a place under the pointer: say(u, v, x, y) gives words or null, u and
 * v from 0 to 1 within the box, x and y in pixels of the canvas. */
export function told(g, box, say) {
    g.canvas.told.push({ box, say });
}

/* The same of cells: say(row, column). */
export function toldCells(g, box, rows, columns, say) {
    told(g, box, (u, v) =>
        say(
            Math.min(rows - 1, Math.floor(v * rows)),
            Math.min(columns - 1, Math.floor(u * columns)),
        ),
    );
}

/* The same of dots [x, y, words]: the nearest within a few pixels. */
export function toldDots(g, box, dots) {
    told(g, box, (u, v, x, y) => {
        const distance = (dot) => Math.hypot(dot[0] - x, dot[1] - y);
        const best = dots.reduce(
            (one, dot) => (!one || distance(dot) < distance(one) ? dot : one),
            null,
        );
        return best && distance(best) < 14 ? best[2] : null;
    });
}

/* The words of the place x, y of a canvas, the last that were told of it. */
export function wordsAt(canvas, x, y) {
    for (const { box, say } of [...(canvas.told ?? [])].reverse()) {
        const [u, v] = [(x - box.x) / box.width, (y - box.y) / box.height];
        const words = u >= 0 && u <= 1 && v >= 0 && v <= 1 ? say(u, v, x, y) : null;
        if (words) return words;
    }
    return null;
}

/* Numbers to pixels. Logarithmic where `log`; values outside go outside. */
export function scale(from, to, start, end, log = false) {
    const f = log ? Math.log10 : (v) => v;
    const a = f(from);
    const slope = f(to) === a ? 0 : (end - start) / (f(to) - a);
    return (value) => start + (f(value) - a) * slope;
}

/* About `count` round numbers from `from` to `to`. */
export function ticks(from, to, count = 5) {
    const rough = (to - from) / Math.max(count, 1);
    if (!(rough > 0)) return [from];
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].find((s) => s * power >= rough * 0.999) * power;
    const found = [];
    for (let i = Math.ceil(from / step); i * step <= to + 1e-9 * step; i++)
        found.push(Number((i * step).toPrecision(12)));
    return found;
}

export function text(g, words, x, y, options = {}) {
    g.font = options.font ?? FONT;
    g.fillStyle = options.colour ?? css("--ink2");
    g.textAlign = options.align ?? "left";
    g.textBaseline = options.base ?? "alphabetic";
    if (!options.turn) {
        g.fillText(words, x, y);
        return;
    }
    g.save();
    g.translate(x, y);
    g.rotate(-Math.PI / 2);
    g.fillText(words, 0, 0);
    g.restore();
}

/* Axes on the left and below, of `x` and `y`: {scale, ticks, label, name(v)}. */
export function axes(g, box, x, y) {
    const bottom = box.y + box.height;
    g.strokeStyle = css("--rule");
    g.beginPath();
    for (const value of y.ticks ?? []) {
        const at = Math.round(y.scale(value)) + 0.5;
        g.moveTo(box.x, at);
        g.lineTo(box.x + box.width, at);
    }
    g.stroke();
    for (const value of y.ticks ?? [])
        text(g, (y.name ?? digits)(value), box.x - 5, y.scale(value), {
            align: "right",
            base: "middle",
        });
    for (const value of x.ticks ?? [])
        text(g, (x.name ?? digits)(value), x.scale(value), bottom + 5, {
            align: "center",
            base: "top",
        });
    if (x.label)
        text(g, x.label, box.x + box.width / 2, bottom + 20, {
            align: "center",
            base: "top",
        });
    if (y.label)
        text(g, y.label, box.x - (y.room ?? 28), box.y + box.height / 2, {
            align: "center",
            base: "bottom",
            turn: true,
        });
}

const scratch = document.createElement("canvas");

/* Numbers [rows, columns] as colours from `low` to `high`, one cell each and no
 * smoothing; row 0 on top. NaN stays empty. */
export function heat(g, box, values, rows, columns, colours, low, high) {
    const image = new ImageData(columns, rows);
    const factor = high > low ? 255 / (high - low) : 0;
    for (let i = 0; i < rows * columns; i++) {
        const value = values[i];
        if (Number.isNaN(value)) continue;
        const at = 3 * Math.min(Math.max(Math.round((value - low) * factor), 0), 255);
        image.data[4 * i] = colours[at];
        image.data[4 * i + 1] = colours[at + 1];
        image.data[4 * i + 2] = colours[at + 2];
        image.data[4 * i + 3] = 255;
    }
    scratch.width = columns;
    scratch.height = rows;
    scratch.getContext("2d").putImageData(image, 0, 0);
    g.imageSmoothingEnabled = false;
    g.drawImage(scratch, box.x, box.y, box.width, box.height);
}

/* A bar from low to high beside a heat map, its numbers to the right. */
export function colourBar(g, box, colours, low, high, label = "") {
    const values = Float32Array.from({ length: 128 }, (_, i) => 127 - i);
    heat(g, box, values, 128, 1, colours, 0, 127);
    const x = box.x + box.width + 4;
    text(g, digits(high, 3), x, box.y, { base: "top" });
    text(g, digits(low, 3), x, box.y + box.height, { base: "bottom" });
    if (label)
        text(g, label, x + 3, box.y + box.height / 2, {
            align: "center",
            base: "top",
            turn: true,
        });
}

/* Boxes of `count` squares or the like in rows, as wide as fits: at least `least` wide,
 * at most `most`, `shape` high to each unit of width plus `head` above. */
export function grid(width, count, least, most, shape = 1, head = 18, gap = 14) {
    const columns = Math.max(
        1,
        Math.min(count, Math.floor((width + gap) / (least + gap))),
    );
    const each = Math.min(most, Math.floor((width - gap * (columns - 1)) / columns));
    const tall = Math.round(each * shape);
    const boxes = Array.from({ length: count }, (_, i) => ({
        x: (i % columns) * (each + gap),
        y: Math.floor(i / columns) * (tall + head + gap) + head,
        width: each,
        height: tall,
    }));
    return { boxes, height: Math.ceil(count / columns) * (tall + head + gap) };
}

export function extent(values) {
    let low = Infinity;
    let high = -Infinity;
    for (const value of values) {
        if (value < low) low = value;
        if (value > high) high = value;
    }
    return low <= high ? [low, high] : [0, 1];
}
