// The embedding's spectrum: over steps as a heat map, and at the slider's step as bars.
import { axes, colourBar, extent, heat, scale, text, ticks, toldCells } from "./canvas.js";
import { css, ofFrequency, viridis } from "./colours.js";
import { nearest } from "./data.js";
import { digits, listed, percent } from "./dom.js";
import { figure } from "./figure.js";
import { stepName } from "./lines.js";
import { charts } from "./panel.js";
import { goTo, state } from "./state.js";
import { weightsChart } from "./weights.js";

const BOX = { left: 44, top: 10, right: 56, bottom: 40 };

function boxOf(size) {
    return {
        x: BOX.left,
        y: BOX.top,
        width: size.width - BOX.left - BOX.right,
        height: size.height - BOX.top - BOX.bottom,
    };
}

/* Steps across; step 0 has its place half way before the first on a logarithmic axis.
 * */
function acrossOf(run, box) {
    const first = run.at.find((step) => step > 0) ?? 1;
    const place = (step) => (state.log ? Math.max(step, first / 2) : step);
    const at = scale(
        place(run.at[0]),
        place(run.at[run.at.length - 1]),
        box.x,
        box.x + box.width,
        state.log,
    );
    return { at: (step) => at(place(step)), first };
}

function acrossTicks(run, first) {
    const last = run.at[run.at.length - 1];
    if (!state.log) return ticks(0, last, 5);
    const found = run.at[0] === 0 ? [0] : [];
    for (let p = Math.ceil(Math.log10(first)); 10 ** p <= last; p++)
        found.push(10 ** p);
    if (found.length < 3) found.push(last);
    return found;
}

/* One column a pixel, each of the checkpoint that is nearest on this axis. They do not
 * depend on the step: the last ones are kept with the run. */
function cells(report, run, box, across) {
    const name = `${box.width} ${state.log}`;
    if (run.spectrum.kept?.name === name) return run.spectrum.kept;
    const fraction = report.tensor(run.spectrum.fraction);
    const rows = fraction.shape[1] - 1;
    const columns = Math.max(1, Math.round(box.width));
    const places = run.at.map(across.at);
    const values = new Float32Array(rows * columns);
    for (let x = 0; x < columns; x++) {
        const row = fraction.row(nearest(places, box.x + x));
        for (let f = 1; f <= rows; f++)
            values[(rows - f) * columns + x] = Math.sqrt(row[f]);
    }
    run.spectrum.kept = { name, values, rows, columns, high: extent(values)[1] };
    return run.spectrum.kept;
}

function drawHistory(report, run, g, size, view) {
    const box = boxOf(size);
    const across = acrossOf(run, box);
    const { values, rows, columns, high } = cells(report, run, box, across);
    heat(g, box, values, rows, columns, viridis, 0, high);
    toldCells(g, box, rows, columns, (row, column) => {
        const share = values[row * columns + column] ** 2;
        const step = run.at[nearest(run.at.map(across.at), box.x + column)];
        return `frequency ${rows - row}, step ${digits(step)}: ${percent(share)} of the power`;
    });
    const y = scale(0.5, rows + 0.5, box.y + box.height, box.y);
    axes(
        g,
        box,
        {
            scale: across.at,
            ticks: acrossTicks(run, across.first),
            name: stepName,
            label: "step",
        },
        { scale: y, label: "frequency" },
    );
    for (const f of ticks(1, rows, 6))
        text(g, String(f), box.x - 5, y(f), { align: "right", base: "middle" });
    colourBar(
        g,
        { x: size.width - 48, y: box.y, width: 10, height: box.height },
        viridis,
        0,
        high,
        "√ share",
    );
    g.fillStyle = css("--accent");
    g.fillRect(across.at(view.at) - 1, box.y - 4, 2, box.height + 8);
}

function keys(report, run, i) {
    const row = report.tensor(run.spectrum.fraction).row(i);
    return [...row.keys()]
        .filter((f) => f > 0 && row[f] >= run.spectrum.key_share)
        .sort((x, y) => row[y] - row[x]);
}

function drawBars(report, run, g, size, view) {
    const box = { x: 44, y: 14, width: size.width - 56, height: size.height - 54 };
    const row = report.tensor(run.spectrum.fraction).row(view.i);
    const last = row.length - 1;
    const high = Math.max(...row.subarray(1), 2 * run.spectrum.key_share, 1e-9) * 1.1;
    const x = scale(0.5, last + 0.5, box.x, box.x + box.width);
    const y = scale(0, high, box.y + box.height, box.y);
    axes(
        g,
        box,
        { scale: x, ticks: ticks(1, last, 8), label: "frequency" },
        { scale: y, ticks: ticks(0, high, 4), name: (v) => `${digits(100 * v, 3)} %` },
    );
    const width = Math.max(1, box.width / last - 1);
    for (let f = 1; f <= last; f++) {
        const key = row[f] >= run.spectrum.key_share;
        g.fillStyle = key ? ofFrequency(f).colour : css("--faint");
        g.fillRect(x(f) - width / 2, y(row[f]), width, y(0) - y(row[f]));
        if (key)
            text(g, String(f), x(f), y(row[f]) - 3, {
                align: "center",
                colour: css("--ink"),
            });
    }
    toldCells(
        g,
        box,
        1,
        last,
        (_, f) => `frequency ${f + 1}: ${percent(row[f + 1])} of the power`,
    );
    g.strokeStyle = css("--ink3");
    g.setLineDash([4, 4]);
    g.beginPath();
    g.moveTo(box.x, y(run.spectrum.key_share));
    g.lineTo(box.x + box.width, y(run.spectrum.key_share));
    g.stroke();
    g.setLineDash([]);
}

function keysSaid(report, run, view) {
    const row = report.tensor(run.spectrum.fraction).row(view.i);
    const found = keys(report, run, view.i).slice(0, 8);
    return `At step ${digits(view.at)} ${
        found.length
            ? `above twice an even share are ${listed(found.map((f) => `${f} (${percent(row[f])})`))}`
            : "no frequency is above twice an even share"
    }.`;
}

function history(report, run) {
    return figure({
        run,
        title: "Spectrum over steps",
        caption: "Bright: a frequency with a large part of the embedding's power.",
        follows: ["step", "log"],
        height: () => 300,
        draw: (g, size, view) => drawHistory(report, run, g, size, view),
        click: (x, y, view, size) => {
            const across = acrossOf(run, boxOf(size));
            goTo(run.at[nearest(run.at.map(across.at), x)]);
        },
        describe: (view) =>
            `Heat map of the embedding's spectrum. ${keysSaid(report, run, view)}`,
        table: (view) => {
            const fraction = report.tensor(run.spectrum.fraction);
            const columns = ["step"];
            for (let f = 0; f < fraction.shape[1]; f++) columns.push(`fraction_${f}`);
            return {
                columns,
                rows: run.at.map((step, i) => [step, ...fraction.row(i)]),
                current: view.i,
            };
        },
    });
}

function bars(report, run) {
    return figure({
        run,
        title: "Spectrum at this step",
        caption: "Above the dashed line a frequency is called key.",
        height: () => 300,
        draw: (g, size, view) => drawBars(report, run, g, size, view),
        describe: (view) =>
            `Bars of the embedding's spectrum. ${keysSaid(report, run, view)}`,
        table: (view) => {
            const power = report.tensor(run.spectrum.power).row(view.i);
            const fraction = report.tensor(run.spectrum.fraction).row(view.i);
            return {
                columns: ["frequency", "power", "fraction", "key"],
                rows: [...power.keys()].map((f) => [
                    f,
                    power[f],
                    fraction[f],
                    f > 0 && fraction[f] >= run.spectrum.key_share ? 1 : 0,
                ]),
            };
        },
    });
}

export function spectrumPanel(report) {
    return {
        id: "spectrum",
        title: "Spectrum of the embedding",
        lead:
            "The embedding has a row for each residue a. Written as waves over a, a " +
            "network that memorises " +
            "has all frequencies alike; one that has generalised keeps a few, its " +
            "key frequencies " +
            "(Nanda et al., arXiv 2301.05217).",
        of: (run) => run.spectrum,
        build: (run) => [
            charts(history(report, run), bars(report, run)),
            run.weights ? weightsChart(report, run) : null,
        ],
    };
}
