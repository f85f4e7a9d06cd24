// What the reader has chosen: one state, kept in the address, and who draws it.
import { nearest } from "./data.js";
import { placeOf, residue } from "./residues.js";

/* step: of the slider; a, b: the chosen pair; log: whether steps are drawn on a
 * logarithmic axis. */
export const state = { step: 0, a: 0, b: 0, log: true };

/* The axis that a page begins with; the address says only what differs. */
export const usual = { log: true };

/* Every step that the slider stops at, ascending: set once, before the first draw. */
export const stops = [];

/* The run whose residues the address speaks of, and how many places it has. */
export const subject = { run: null, p: 0, grows: false };

const listeners = [];
let pending = null;
let saving = null;

/* `listener(changed)` is called once a frame at most, `changed` a set of names. */
export function onChange(listener) {
    listeners.push(listener);
}

/* Change the state; what shows it is drawn in the next frame. */
export function change(values) {
    for (const [name, value] of Object.entries(values)) {
        if (state[name] === value) continue;
        state[name] = value;
        if (!pending) {
            pending = new Set();
            requestAnimationFrame(notify);
        }
        pending.add(name);
    }
}

function notify() {
    const changed = pending;
    pending = null;
    const from = performance.now();
    for (const listener of listeners) listener(changed);
    performance.measure("grokscope-draw", { start: from, end: performance.now() });
    clearTimeout(saving);
    saving = setTimeout(save, 200); // browsers limit how often an address changes
}

/* Go to the stop `distance` stops away. */
export function walk(distance) {
    const at = nearest(stops, state.step) + distance;
    change({ step: stops[Math.min(Math.max(at, 0), stops.length - 1)] });
}

export function goTo(step) {
    change({ step: stops[nearest(stops, step)] });
}

/* ---- The address ---- */

export function hash() {
    const { run, p } = subject;
    if (subject.hash) return subject.hash();
    const pair = p ? `&a=${residue(run, state.a)}&b=${residue(run, state.b)}` : "";
    const newest = subject.grows && state.step === stops[stops.length - 1];
    const step = newest ? "" : `step=${state.step}`;
    const axis = state.log === usual.log ? "" : `&x=${state.log ? "log" : "linear"}`;
    return `#${`${step}${pair}${axis}`.replace(/^&/, "")}`;
}

function save() {
    if (location.hash !== hash()) history.replaceState(null, "", hash());
}

function whole(text) {
    return /^\d{1,15}$/.test(text ?? "") ? Number(text) : -1;
}

/* The state that the address holds; what it does not hold, or what is not there, stays.
 * */
export function restore() {
    const given = new URLSearchParams(location.hash.slice(1));
    const values = {};
    const step = whole(given.get("step"));
    if (step >= 0) values.step = stops[nearest(stops, step)];
    for (const name of ["a", "b"]) {
        const place = placeOf(subject.run, whole(given.get(name)), subject.p);
        if (place >= 0) values[name] = place;
    }
    if (given.has("x")) values.log = given.get("x") !== "linear";
    return values;
}
