// Colours: of the theme, of frequencies, of numbers. All can be told apart by people
// who do not see red and green as others do.

/* Viridis and RdBu (matplotlib's and ColorBrewer's), at 17 places each. */
const VIRIDIS =
    "440154 48186a 472d7b 424086 3b528b 33638d 2c728e 26828e 21918c 1fa088 28ae80 " +
    "3fbc73 5ec962 84d44b addc30 d8e219 fde725";
const RDBU =
    "053061 175290 2a71b2 3f8ec0 6bacd1 9bc9e0 c2ddec e0ecf3 f7f6f6 fbe5d8 fbccb4 " +
    "f5aa89 e48066 d05548 ba2832 930e26 67001f";

function ramp(text) {
    const stops = text.split(" ").map((hex) => parseInt(hex, 16));
    const table = new Uint8Array(256 * 3);
    for (let i = 0; i < 256; i++) {
        const place = (i / 255) * (stops.length - 1);
        const at = Math.min(Math.floor(place), stops.length - 2);
        for (let c = 0; c < 3; c++) {
            const shift = 16 - 8 * c;
            const from = (stops[at] >> shift) & 255;
            const to = (stops[at + 1] >> shift) & 255;
            table[3 * i + c] = Math.round(from + (to - from) * (place - at));
        }
    }
    return table;
}

export const viridis = ramp(VIRIDIS);
export const redBlue = ramp(RDBU);

/* ---- The theme ---- */

const known = new Map();

/* A custom property of style.css, as "--ink". */
export function css(name) {
    if (!known.has(name)) {
        const style = getComputedStyle(document.documentElement);
        known.set(name, style.getPropertyValue(name).trim());
    }
    return known.get(name);
}

export function forgetTheme() {
    known.clear();
}

/* ---- Frequencies ---- */

const DASHES = [[], [7, 3], [2, 3]];
const order = new Map();

/* The strongest frequencies come first, and each keeps its colour in every panel. */
export function rankFrequencies(frequencies) {
    for (const k of frequencies) if (!order.has(k)) order.set(k, order.size);
}

/* Colour and dashes of frequency k; those after the first 24 are grey. */
export function ofFrequency(k) {
    const rank = order.get(k) ?? Infinity;
    if (rank >= 8 * DASHES.length)
        return { colour: css("--faint"), dash: [], ranked: false };
    return { colour: css(`--c${rank % 8}`), dash: DASHES[rank >> 3], ranked: true };
}

/* Colour i of any other list. */
export function ofIndex(i) {
    return { colour: css(`--c${i % 8}`), dash: DASHES[(i >> 3) % DASHES.length] };
}
