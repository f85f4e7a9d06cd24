// Images by class: what each class is taken for, and some images to be looked at.
import { axes, colourBar, heat, scale, text, toldCells, told } from "./canvas.js";
import { css, ofIndex, viridis } from "./colours.js";
import { nearest, stepsOf } from "./data.js";
import { digits, percent } from "./dom.js";
import { figure } from "./figure.js";
import { charts } from "./panel.js";
import { lineFigure } from "./series.js";

/* Shares of what class c is taken for, of all steps: share(t, c, said). */
function sharesOf(report, run) {
    const counts = report.tensor(run.images.taken_for);
    const [, classes] = counts.shape;
    const share = (t, c, said) => {
        const row = counts.row(t).subarray(c * classes, (c + 1) * classes);
        return row[said] / row.reduce((sum, n) => sum + n, 0);
    };
    return { classes, share };
}

/* ---- What classes are taken for ---- */

function matrix(report, run, steps) {
    const { classes, share } = sharesOf(report, run);
    const at = (view) => nearest(steps, view.at);
    const cells = Array.from({ length: classes * classes }, (_, i) => [
        Math.floor(i / classes),
        i % classes,
    ]);
    const values = (view) =>
        Float32Array.from(cells, ([c, said]) => share(at(view), c, said));
    const words = (view, c, said) =>
        `class ${c} is taken for ${said}: ${percent(share(at(view), c, said))}`;
    return figure({
        run,
        title: "What each class is taken for",
        caption: `Shares of the ${digits(run.images.asked)} held-out images that were asked.`,
        kept: (view) => steps[at(view)],
        height: (width) => Math.min(width - 90, 380) + 50,
        draw: (g, size, view) => {
            const side = Math.min(size.width - 90, 380);
            const box = { x: 40, y: 8, width: side, height: side };
            heat(g, box, values(view), classes, classes, viridis, 0, 1);
            toldCells(g, box, classes, classes, (c, said) => words(view, c, said));
            const x = scale(0, classes, box.x, box.x + side);
            const y = scale(0, classes, box.y, box.y + side);
            axes(g, box, { scale: x, label: "taken for" }, { scale: y, label: "class" });
            for (let c = 0; c < classes; c++) {
                text(g, String(c), x(c + 0.5), box.y + side + 5, {
                    align: "center",
                    base: "top",
                });
                text(g, String(c), box.x - 5, y(c + 0.5), {
                    align: "right",
                    base: "middle",
                });
            }
            const bar = { x: box.x + side + 12, y: box.y, width: 10, height: side };
            colourBar(g, bar, viridis, 0, 1, "share");
        },
        describe: (view) => {
            const wrong = cells
                .filter(([c, said]) => c !== said)
                .map(([c, said]) => [share(at(view), c, said), c, said])
                .sort((x, y) => y[0] - x[0]);
            return (
                `What each class is taken for at step ${digits(steps[at(view)])}. The ` +
                `most frequent error: ${words(view, wrong[0][1], wrong[0][2])}.`
            );
        },
        table: (view) => ({
            columns: ["class", "taken_for", "share"],
            rows: cells.map(([c, said]) => [c, said, share(at(view), c, said)]),
        }),
    });
}

function accuracies(report, run, steps) {
    const { classes, share } = sharesOf(report, run);
    return lineFigure({
        run,
        title: "Accuracy by class",
        caption: "Share of the held-out images of a class that are right.",
        height: 240,
        y: { range: [-0.02, 1.04] },
        series: () =>
            Array.from({ length: classes }, (_, c) => ({
                label: `class ${c}`,
                name: `class_${c}`,
                steps,
                values: Float64Array.from(steps, (_, t) => share(t, c, c)),
                colour: () => ofIndex(c).colour,
                dash: ofIndex(c).dash,
            })),
    });
}

/* ---- Images ---- */

const GREYS = Uint8Array.from({ length: 256 * 3 }, (_, i) => 255 - Math.floor(i / 3));
const SIDE = 44;
const GAP = 10;

/* Where image i lies: classes one after another, each in a row of its own where there
 * is room for all of it. */
function placesOf(labels, width) {
    const across = Math.max(1, Math.floor((width - 24) / (SIDE + GAP)));
    const each = labels.filter((label) => label === labels[0]).length;
    const perRow = Math.max(each, Math.floor(across / each) * each);
    const columns = Math.min(across, perRow);
    return labels.map((_, i) => ({
        x: 4 + (i % columns) * (SIDE + GAP),
        y: 4 + Math.floor(i / columns) * (SIDE + GAP + 12),
        width: SIDE,
        height: SIDE,
    }));
}

function gallery(report, run, steps) {
    const { images } = run;
    const labels = Array.from(report.tensor(images.labels).raw);
    const pixels = report.tensor(images.pixels);
    const [, rows, columns] = pixels.shape;
    const said = (view) => report.tensor(images.said).row(nearest(steps, view.at));
    const wrong = (view) =>
        labels.filter((label, i) => label !== said(view)[i]).length;
    return figure({
        run,
        title: "Some of them",
        caption:
            "Held-out images, class by class; below each what it is taken for at this " +
            "step, framed where that is wrong.",
        kept: (view) => steps[nearest(steps, view.at)],
        height: (width) => placesOf(labels, width).at(-1).y + SIDE + 20,
        draw: (g, size, view) => {
            const answers = said(view);
            placesOf(labels, size.width).forEach((box, i) => {
                heat(g, box, pixels.row(i), rows, columns, GREYS, 0, 255);
                const right = answers[i] === labels[i];
                if (!right) {
                    g.strokeStyle = css("--accent");
                    g.lineWidth = 2;
                    g.strokeRect(box.x - 1, box.y - 1, SIDE + 2, SIDE + 2);
                }
                text(g, String(answers[i]), box.x + SIDE / 2, box.y + SIDE + 3, {
                    align: "center",
                    base: "top",
                    colour: right ? css("--ink2") : css("--accent"),
                });
                told(
                    g,
                    box,
                    () => `class ${labels[i]}, taken for ${answers[i]}`,
                );
            });
            g.lineWidth = 1;
        },
        describe: (view) =>
            `${digits(labels.length)} held-out images, of which ` +
            `${digits(wrong(view))} are taken for another class at step ` +
            `${digits(steps[nearest(steps, view.at)])}.`,
        table: (view) => ({
            columns: ["image", "class", "taken_for"],
            rows: labels.map((label, i) => [i, label, said(view)[i]]),
        }),
    });
}

export function imagesPanel(report) {
    return {
        id: "images",
        title: "Images by class",
        lead:
            "Which classes are learned first, and what the others are taken for until " +
            "then.",
        of: (run) => run.images,
        build: (run) => {
            const steps = stepsOf(report, run.images);
            return [
                charts(matrix(report, run, steps), accuracies(report, run, steps)),
                gallery(report, run, steps),
            ];
        },
    };
}
