// One sentence that says what became of a run, made from its measures.
import { digits, el, listed } from "./dom.js";

const NUMBERS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight"];

/* What circles of a label are called, one and several. */
const KINDS = {
    pizza: ["pizza", "pizzas"],
    clock: ["clock", "clocks"],
    accompanying: ["accompanying pizza", "accompanying pizzas"],
    hybrid: ["between pizza and clock", "between pizza and clock"],
};

function count(n) {
    return NUMBERS[n] ?? digits(n);
}

function factOf(run, name) {
    return run.facts?.find((fact) => fact.name === name)?.value;
}

function stepOf(run, name) {
    const value = factOf(run, name);
    return value === "never" ? Infinity : Number(value ?? NaN);
}

/* When it knew its examples, and when others. */
function when(run) {
    const last = run.at[run.at.length - 1];
    if (factOf(run, "learned") !== undefined) {
        const learned = stepOf(run, "learned");
        return Number.isFinite(learned)
            ? `Learned by step ${digits(learned)}, from examples that never come twice`
            : `Not learned by step ${digits(last)}`;
    }
    const known = stepOf(run, "memorised");
    const learned = stepOf(run, "generalised");
    if (Number.isNaN(known)) return null;
    if (!Number.isFinite(known)) return `Not memorised by step ${digits(last)}`;
    const first = `Memorised by step ${digits(known)}`;
    if (Number.isNaN(learned)) return first;
    if (!Number.isFinite(learned)) return `${first}, not generalised by ${digits(last)}`;
    return learned > known
        ? `${first}, generalised at ${digits(learned)}`
        : `Memorised and generalised by step ${digits(Math.max(known, learned))}`;
}

/* Circles at the last step, by what they do. */
function circles(report, run) {
    if (!run.circles?.label) return null;
    const labels = report.tensor(run.circles.label).row(run.at.length - 1);
    const found = new Map();
    for (const label of labels) {
        const name = run.circles.labels[label];
        if (name) found.set(name, (found.get(name) ?? 0) + 1);
    }
    const all = [...found.values()].reduce((sum, n) => sum + n, 0);
    if (!all) return null;
    const parts = [...found].map(([name, n]) => {
        const [one, several] = KINDS[name] ?? [name, name];
        return `${count(n)} ${n === 1 ? one : several}`;
    });
    return `${count(all)} circle${all === 1 ? "" : "s"}: ${listed(parts)}`;
}

/* Where there are no circles, what else answers. */
function keys(run) {
    const representations = factOf(run, "key representations");
    if (representations) return `key representations ${representations}`;
    const frequencies = factOf(run, "key frequencies");
    if (!frequencies || frequencies === "none") return null;
    return `key frequencies ${listed(frequencies.replace(/ \(.*/, "").split(" "))}`;
}

/* "Memorised by step 100, generalised at 2,340; four circles: …"; null where nothing of
 * it is known. */
export function sentence(report, run) {
    const parts = [when(run), circles(report, run) ?? keys(run)].filter(Boolean);
    if (!parts.length) return null;
    const name = report.shown.length > 1 ? `${run.name}: ` : "";
    return el("p", { class: "sentence" }, `${name}${parts.join("; ")}.`);
}
