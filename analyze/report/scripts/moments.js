// A few marked moments of a run, made from its measures: where to look, and why.
import { digits, el } from "./dom.js";
import { goTo } from "./state.js";

function column(report, run, measure, name) {
    const found = run.measures
        ?.find((m) => m.name === measure)
        ?.columns.find((c) => c.name === name && c.values);
    return found && report.tensor(found.values).column();
}

function history(report, run, kind, set) {
    const found = run.history?.columns.find(
        (c) => c.kind === kind && c.set === set && !c.output,
    );
    if (!found) return null;
    return {
        steps: report.tensor(run.history.step).column(),
        values: report.tensor(found.values).column(),
    };
}

/* The first step at which `holds` of the value, or null. */
function firstStep(series, holds) {
    if (!series) return null;
    const at = series.values.findIndex(holds);
    return at < 0 ? null : series.steps[at];
}

function valueAt(series, step) {
    let at = 0;
    while (at + 1 < series.steps.length && series.steps[at + 1] <= step) at++;
    return series.values[at];
}

/* The checkpoint from which on restricted loss, what the key frequencies alone say, is
 * half way down, in its logarithm, from its first value to its last. */
function circuitForms(report, run) {
    const loss = column(report, run, "progress", "restricted_loss");
    if (!loss || !(loss[0] > 0) || !(loss[loss.length - 1] < loss[0] / 10)) return null;
    const half = Math.sqrt(loss[0] * loss[loss.length - 1]);
    const at = loss.findIndex((value) => value <= half);
    return at > 0 ? run.at[at] : null;
}

function momentsOf(report, run) {
    const train = history(report, run, "accuracy", "train");
    const test = history(report, run, "accuracy", "test");
    const learned = (value) => value >= 0.99;
    const known = firstStep(train, learned);
    const general = firstStep(test, learned);
    const circuit = circuitForms(report, run);
    const found = [];
    if (known !== null && test)
        found.push({
            step: known,
            name: "memorised",
            why: `what was trained on is right; of the rest ${digits(100 * valueAt(test, known), 2)} %`,
        });
    if (circuit !== null && test && (general === null || circuit < general))
        found.push({
            step: circuit,
            name: "the circuit forms",
            why:
                "the restricted loss, what the key frequencies alone say, is half way " +
                "down; the test accuracy " +
                `(${digits(100 * valueAt(test, circuit), 2)} %) does not know yet`,
        });
    if (general !== null)
        found.push({
            step: general,
            name: "generalised",
            why: "99 % of what was never seen is right",
        });
    const last = run.at[run.at.length - 1];
    if (general !== null && last > 1.1 * general)
        found.push({ step: last, name: "cleaned up", why: "what memory left is gone" });
    return found;
}

/* Buttons that go there; null where nothing is known. */
export function moments(report) {
    const found = momentsOf(report, report.main);
    if (!found.length) return null;
    return el(
        "ol",
        { class: "moments", "aria-label": "Moments of the run" },
        ...found.map((one) =>
            el(
                "li",
                {},
                el(
                    "button",
                    { type: "button", click: () => goTo(one.step) },
                    `Step ${digits(one.step)}: ${one.name}`,
                ),
                ` ${one.why}.`,
            ),
        ),
    );
}
