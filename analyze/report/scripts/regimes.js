// What came of each run of a sweep: the rules of analyze/method/regime.c, so that a
// reader can move their thresholds. Tests compare them with grokscope-phases.

/* The first step at which an accuracy was `least` or more; NaN: never. Records are the
 * rows at which it was higher than ever before. */
export function firstAt(records, least) {
    const i = records.values.findIndex((value) => value >= least);
    return i < 0 ? NaN : records.steps[i];
}

/* The most of the rows before a step, of all where it is NaN. */
function mostBefore(records, step) {
    let most = 0;
    for (let i = 0; i < records.steps.length && !(records.steps[i] >= step); i++)
        most = records.values[i];
    return most;
}

const RULES = {
    liu(run, t) {
        const train = firstAt(run.train, t.accuracy);
        const test = firstAt(run.test, t.accuracy);
        if (Number.isNaN(train)) return "confusion";
        if (Number.isNaN(test)) return "memorization";
        return test - train > t.delay ? "grokking" : "comprehension";
    },
    huang(run, t) {
        const train = firstAt(run.train, t.accuracy);
        const test = firstAt(run.test, t.high);
        if (mostBefore(run.test, train) > t.rising) return "progression";
        if (Number.isNaN(train)) return "confusion";
        if (run.lastTest < t.low) return "memorization";
        if (run.lastTest < t.high) return "semi-grokking";
        return test >= t.ratio * train ? "grokking" : "comprehension";
    },
    varma(run, t) {
        const end = run.lastTest;
        if (run.firstTest >= t.high) {
            if (end >= t.high) return "kept";
            return end >= t.low ? "partial" : "ungrokking";
        }
        if (Number.isNaN(firstAt(run.train, t.accuracy))) return "confusion";
        if (end >= t.high) return "grokking";
        return end >= t.low ? "semi-grokking" : "memorization";
    },
};

/* The name of a run's regime; null where nothing was measured. */
export function regimeOf(rule, run, thresholds) {
    const measured = !Number.isNaN(run.firstTrain) && !Number.isNaN(run.firstTest);
    return measured ? RULES[rule.name](run, thresholds) : null;
}

/* Kaplan and Meier's curve of runs {time, reached}: [{time, share}], the share that has
 * not by then; and the median, Infinity where fewer than half have. */
export function survival(runs) {
    const times = [...new Set(runs.filter((r) => r.reached).map((r) => r.time))];
    let share = 1;
    let median = Infinity;
    const points = times
        .sort((x, y) => x - y)
        .map((time) => {
            const atRisk = runs.filter((r) => r.time >= time).length;
            const reached = runs.filter((r) => r.reached && r.time === time).length;
            share *= 1 - reached / atRisk;
            if (share <= 0.5 && median === Infinity) median = time;
            return { time, share };
        });
    return { points, median };
}
