// The embedding itself as a heat map, as it is or as waves over the residues.
import { axes, colourBar, heat, scale, text, ticks, toldCells } from "./canvas.js";
import { redBlue } from "./colours.js";
import { nearest, stepsOf } from "./data.js";
import { choice, digits } from "./dom.js";
import { again, figure } from "./figure.js";
import { residue } from "./residues.js";

const VIEWS = { plain: "residues", waves: "waves over them" };

/* Rows of real Fourier functions, orthonormal: 1, cos 1, sin 1, …; p of them. */
function basisOf(p) {
    const rows = [new Float64Array(p).fill(1 / Math.sqrt(p))];
    for (let k = 1; 2 * k <= p; k++)
        for (const wave of [Math.cos, Math.sin]) {
            if (rows.length === p) break;
            const scaled = Math.sqrt((2 * k === p ? 1 : 2) / p);
            rows.push(
                Float64Array.from({ length: p }, (_, a) =>
                    scaled * wave((2 * Math.PI * k * a) / p),
                ),
            );
        }
    return rows;
}

function nameOf(row) {
    if (row === 0) return "1";
    return `${row % 2 ? "cos" : "sin"} ${(row + 1) >> 1}`;
}

function waves(basis, values, d) {
    const p = basis.length;
    const found = new Float32Array(p * d);
    for (let row = 0; row < p; row++)
        for (let a = 0; a < p; a++) {
            const factor = basis[row][a];
            for (let j = 0; j < d; j++) found[row * d + j] += factor * values[a * d + j];
        }
    return found;
}

function partOf(report, run) {
    const { weights } = run;
    const tensor = report.tensor(weights.values);
    const [, p, d] = tensor.shape;
    const steps = stepsOf(report, weights);
    return {
        p,
        d,
        steps,
        kind: "plain",
        basis: basisOf(p),
        step: (view) => steps[nearest(steps, view.at)],
        /* The rows at a step; the last ones are kept. */
        of(view) {
            const i = nearest(steps, view.at);
            const name = `${this.kind} ${i}`;
            if (this.kept?.name !== name) {
                const plain = tensor.row(i);
                const values =
                    this.kind === "plain" ? plain : waves(this.basis, plain, d);
                this.kept = { name, values };
            }
            return this.kept.values;
        },
        nameOf(row) {
            return this.kind === "plain" ? `a = ${residue(run, row)}` : nameOf(row);
        },
    };
}

function draw(g, size, part, view) {
    const values = part.of(view);
    const most = values.reduce((m, v) => Math.max(m, Math.abs(v)), 1e-12);
    const box = { x: 54, y: 10, width: size.width - 54 - 66, height: size.height - 50 };
    heat(g, box, values, part.p, part.d, redBlue, -most, most);
    toldCells(
        g,
        box,
        part.p,
        part.d,
        (i, j) => `${part.nameOf(i)}, dimension ${j}: ${digits(values[i * part.d + j], 3)}`,
    );
    const x = scale(0, part.d, box.x, box.x + box.width);
    const y = scale(0, part.p, box.y, box.y + box.height);
    axes(
        g,
        box,
        { scale: x, label: "dimension" },
        { scale: y, label: part.kind === "plain" ? "residue" : "wave" },
    );
    for (const row of ticks(0, part.p - 1, 6).filter(Number.isInteger))
        text(
            g,
            part.kind === "plain" ? part.nameOf(row).slice(4) : nameOf(row),
            box.x - 5,
            y(row + 0.5),
            { align: "right", base: "middle" },
        );
    for (const column of ticks(0, part.d - 1, 6).filter(Number.isInteger))
        text(g, String(column), x(column + 0.5), box.y + box.height + 5, {
            align: "center",
            base: "top",
        });
    const bar = { x: box.x + box.width + 10, y: box.y, width: 10, height: box.height };
    colourBar(g, bar, redBlue, -most, most);
}

/* The chart, as one of the embedding's. */
export function weightsChart(report, run) {
    const part = partOf(report, run);
    const element = figure({
        run,
        title: "The embedding",
        caption: "A row a residue, a column a dimension of the residual stream.",
        controls: [
            choice("rows", Object.entries(VIEWS), part.kind, (value) => {
                part.kind = value;
                again(element);
            }),
        ],
        kept: part.step,
        height: (width) => Math.min(480, Math.max(240, width * 0.5)),
        draw: (g, size, view) => draw(g, size, part, view),
        describe: (view) => {
            const values = part.of(view);
            const most = values.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
            return (
                `Heat map of the embedding, ${part.p} ${VIEWS[part.kind]} by ${part.d} ` +
                `dimensions, at step ${digits(part.step(view))}; the largest number is ` +
                `${digits(most, 3)}.`
            );
        },
        table: (view) => {
            const values = part.of(view);
            return {
                columns: [
                    part.kind === "plain" ? "residue" : "wave",
                    ...Array.from({ length: part.d }, (_, j) => `d_${j}`),
                ],
                rows: Array.from({ length: part.p }, (_, i) => [
                    part.kind === "plain" ? residue(run, i) : nameOf(i),
                    ...values.subarray(i * part.d, (i + 1) * part.d),
                ]),
            };
        },
    });
    return element;
}
