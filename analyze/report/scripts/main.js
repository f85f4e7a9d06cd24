// The page: which panels there are, in which order.
import { answersPanel } from "./answers.js";
import { attentionPanel } from "./attention.js";
import { bitsPanel } from "./bits.js";
import { circlesPanel } from "./circles.js";
import { rankFrequencies } from "./colours.js";
import { readReport } from "./data.js";
import { el } from "./dom.js";
import { expertsPanel } from "./experts.js";
import { drawAll } from "./figure.js";
import { imagesPanel } from "./images.js";
import { irrepsPanel } from "./irreps.js";
import { logitsPanel } from "./logits.js";
import { measuresPanel } from "./measures.js";
import { moments } from "./moments.js";
import { outputsPanel } from "./outputs.js";
import { pairSpectrumPanel } from "./pairs.js";
import { panel } from "./panel.js";
import { planesPanel } from "./planes.js";
import { spectrumPanel } from "./spectrum.js";
import { change, restore, state, stops, subject, usual } from "./state.js";
import { steering } from "./steering.js";
import { sentence } from "./sentence.js";
import { command, notes, provenance, summary } from "./summary.js";
import { sweepSections } from "./sweep.js";
import { onPaper, theme } from "./theme.js";
import { tokensPanel } from "./tokens.js";
import { wavesPanel } from "./waves.js";

/* The strongest frequencies first: they get the clearest colours. */
function ranked(report) {
    for (const run of report.shown) {
        const last = run.at.length - 1;
        if (run.spectrum) {
            const row = report.tensor(run.spectrum.fraction).row(last);
            const keys = [...row.keys()].filter(
                (f) => f && row[f] >= run.spectrum.key_share,
            );
            rankFrequencies(keys.sort((x, y) => row[y] - row[x]));
        }
        if (run.circles) {
            const { frequencies, power_share: name } = run.circles;
            const most = frequencies.map((_, j) =>
                report
                    .tensor(name)
                    .column(j)
                    .reduce((m, v) => (v > m ? v : m), 0),
            );
            const order = [...frequencies.keys()].sort((x, y) => most[y] - most[x]);
            rankFrequencies(order.map((j) => frequencies[j]));
        }
        rankFrequencies(run.planes?.frequencies ?? []);
    }
}

/* What is said of the embedding's geometry, by what is known of it. */
function geometry(report) {
    const drawn = report.shown.some((run) =>
        run.measures?.some((m) => m.columns.some((c) => known(report, c, "rqi_gram"))),
    );
    return drawn
        ? "rqi_gram says which part of the embedding's geometry the group explains; " +
              "compare it with its chance line (the idea is Liu et al.'s, arXiv " +
              "2205.10343)."
        : "rqi says how far the embedding has the geometry of the sums: the share of " +
              "the parallelograms that it has, of those that it could have (Liu et " +
              "al., arXiv 2205.10343).";
}

function known(report, column, name) {
    return (
        column.name === name &&
        column.values &&
        report.tensor(column.values).column().some((v) => !Number.isNaN(v))
    );
}

/* A word to a student about measures of which there is something to be said. */
function words(report) {
    return {
        progress:
            "The answer is split into what the key frequencies say and what the " +
            "rest says. Restricted loss keeps only the " +
            "key frequencies: it falls while the circuit forms, long before " +
            "the test loss does. Excluded loss takes them " +
            "away from the training pairs: it rises as memory is given up. " +
            "Phases are shaded (Nanda et al., arXiv 2301.05217).",
        rqi: geometry(report),
        norms:
            "How large the weights are: under weight decay generalisation comes while " +
            "it shrinks them.",
    };
}

/* What matters most comes first; numbers of every measure are folded at the end. */
function panels(report) {
    return [
        summary(report),
        answersPanel(report),
        imagesPanel(report),
        tokensPanel(report),
        outputsPanel(report),
        bitsPanel(report),
        spectrumPanel(report),
        circlesPanel(report),
        planesPanel(report),
        logitsPanel(report),
        wavesPanel(report),
        pairSpectrumPanel(report),
        attentionPanel(report),
        expertsPanel(report),
        irrepsPanel(report),
        measuresPanel(report, words(report)),
        provenance(report),
    ].filter(Boolean);
}

function contents(sections) {
    return el(
        "nav",
        { "aria-label": "Contents" },
        ...sections.map((section) =>
            el(
                "button",
                {
                    type: "button",
                    click: () => section.scrollIntoView(),
                },
                section.querySelector("h2").textContent,
            ),
        ),
    );
}

/* Whether a logarithmic axis leaves what happens between memory and generalisation less
 * than its last tenth. */
function isSqueezed(run) {
    const step = (name) =>
        Number(run.facts?.find((fact) => fact.name === name)?.value ?? NaN);
    const known = step("memorised");
    const learned = step("generalised");
    const first = stops.find((at) => at > 0);
    const last = stops[stops.length - 1];
    if (!(learned > 0) || !(first < last)) return false;
    const place = (at) =>
        Math.log(Math.max(at, first) / first) / Math.log(last / first);
    return (learned - known) / last > 0.5 && place(learned) > 0.9;
}

/* The file is written anew while the run trains: renew the page when it is looked at,
 * and nobody holds the pointer down. Step and pair stand in its address. */
function follow(seconds) {
    let held = false;
    addEventListener("pointerdown", () => (held = true));
    addEventListener("pointerup", () => (held = false));
    setInterval(() => {
        if (document.visibilityState === "visible" && !held) location.reload();
    }, 1000 * seconds);
}

/* Sections begin below the sticky head, whatever its height is. */
function keepClear(head) {
    new ResizeObserver(() => {
        const sticks = getComputedStyle(head).position === "sticky";
        const room = sticks ? head.offsetHeight + 12 : 12;
        document.documentElement.style.scrollPaddingTop = `${room}px`;
    }).observe(head);
}

/* Of a sweep: no run of it is looked into. */
function beginSweep(report) {
    document.title = `${report.sweep.name}: grokscope report`;
    const sections = sweepSections(report);
    const header = el(
        "header",
        {},
        el("h1", {}, report.sweep.name),
        el("div", { class: "bar" }, contents(sections), theme()),
        notes(report),
        command(report),
    );
    document.querySelector("main").replaceChildren(header, ...sections);
    change({ all: 1 });
}

function begin(report) {
    if (report.sweep) {
        beginSweep(report);
        return;
    }
    const { main } = report;
    const p = Math.min(...report.shown.map((run) => run.p ?? Infinity));
    stops.push(...new Set(report.shown.flatMap((run) => run.at)));
    stops.sort((x, y) => x - y);
    Object.assign(state, { step: stops[stops.length - 1], a: 0, b: 0 });
    Object.assign(subject, {
        run: main,
        p: Number.isFinite(p) ? p : 0,
        grows: Boolean(report.watch),
    });
    Object.assign(state, {
        a: Math.floor(subject.p / 3),
        b: Math.floor(subject.p / 2),
    });
    state.log = usual.log = !isSqueezed(report.main);
    Object.assign(state, restore());
    addEventListener("hashchange", () => change(restore()));
    ranked(report);
    const title = report.shown.map((run) => run.name).join(" and ");
    document.title = `${title}: grokscope report`;
    const sections = panels(report)
        .map((spec) => panel(report, spec))
        .filter(Boolean);
    const head = steering(report);
    document
        .querySelector("main")
        .replaceChildren(
            el(
                "header",
                {},
                el("h1", {}, title),
                ...report.shown.map((run) => sentence(report, run)),
                moments(report),
                el(
                    "p",
                    { class: "operation" },
                    [main.operation, main.path].filter(Boolean).join(" · "),
                ),
                notes(report),
                contents(sections),
            ),
            head,
            ...sections,
        );
    keepClear(head);
    if (report.watch) follow(report.watch);
    change({ all: 1 });
}

let backToScreen = null;
addEventListener("beforeprint", () => {
    backToScreen = onPaper(drawAll);
});
addEventListener("afterprint", () => backToScreen?.());

readReport()
    .then(begin)
    .catch((error) => {
        const words = el(
            "p",
            { class: "failure", role: "alert" },
            `This report cannot be shown: ${error.message}.`,
        );
        document.querySelector("main").replaceChildren(words);
        console.error(error);
    });
