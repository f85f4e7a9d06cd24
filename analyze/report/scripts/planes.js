// The embedding on the plane of each circle: the circles themselves.
import { grid, SMALL, text, toldDots } from "./canvas.js";
import { css, ofFrequency } from "./colours.js";
import { choice, digits, listed, percent } from "./dom.js";
import { again, figure } from "./figure.js";
import { residue } from "./residues.js";

function divisor(x, y) {
    return y ? divisor(y, x % y) : x;
}

/* The distance d whose points are neighbours on circle k: k d = gcd(k, p) modulo p. */
function neighbour(k, p) {
    const least = divisor(k, p);
    for (let d = 1; d < p; d++) if ((k * d) % p === least) return d;
    return 1;
}

const LINES = {
    next: "neighbours on the circle",
    one: "a and a + 1",
    k: "a and a + k",
    none: "nothing",
};

function distance(kind, k, p) {
    if (kind === "none") return 0;
    if (kind === "one") return 1;
    return kind === "k" ? k : neighbour(k, p);
}

/* Labels go where there is room, the chosen pair's always. */
function drawLabels(g, run, places, view) {
    const taken = [];
    const free = (x, y) =>
        taken.every(([u, v]) => Math.abs(u - x) > 15 || Math.abs(v - y) > 9);
    const chosen = [view.a, view.b];
    const order = [...chosen, ...places.keys()];
    for (const a of order) {
        const [x, y, out] = places[a];
        const lx = x + out[0] * 10;
        const ly = y + out[1] * 10;
        const named = chosen.includes(a);
        if (!named && !free(lx, ly)) continue;
        if (named && taken.some(([, , other]) => other === a)) continue;
        taken.push([lx, ly, a]);
        if (named) {
            g.beginPath();
            g.arc(x, y, 4.5, 0, 2 * Math.PI);
            g.fillStyle = css("--accent");
            g.fill();
        }
        text(g, String(residue(run, a)), lx, ly, {
            font: named ? `bold ${SMALL.replace("9px", "11px")}` : SMALL,
            align: "center",
            base: "middle",
            colour: named ? css("--accent") : css("--ink3"),
        });
    }
}

function drawCircle(g, box, points, k, p, kind, view, share) {
    const { colour } = ofFrequency(k);
    let most = 1e-12;
    for (let i = 0; i < points.length; i++) most = Math.max(most, Math.abs(points[i]));
    const middle = [box.x + box.width / 2, box.y + box.height / 2];
    const unit = (box.width / 2 - 18) / most;
    const places = Array.from({ length: p }, (_, a) => {
        const [x, y] = [points[2 * a], points[2 * a + 1]];
        const size = Math.hypot(x, y) || 1;
        return [middle[0] + unit * x, middle[1] - unit * y, [x / size, -y / size]];
    });
    g.strokeStyle = css("--rule");
    g.strokeRect(box.x + 0.5, box.y + 0.5, box.width - 1, box.height - 1);
    text(g, `k = ${k}`, box.x, box.y - 5, { colour: css("--ink") });
    text(g, percent(share), box.x + box.width, box.y - 5, { align: "right" });
    const d = distance(kind, k, p);
    if (d) {
        g.strokeStyle = colour;
        g.globalAlpha = 0.5;
        g.beginPath();
        for (let a = 0; a < p; a++) {
            g.moveTo(places[a][0], places[a][1]);
            g.lineTo(places[(a + d) % p][0], places[(a + d) % p][1]);
        }
        g.stroke();
        g.globalAlpha = 1;
    }
    toldDots(
        g,
        box,
        places.map(([x, y], a) => [x, y, `a = ${residue(view.run, a)}, k = ${k}`]),
    );
    g.fillStyle = colour;
    for (const [x, y] of places) {
        g.beginPath();
        g.arc(x, y, 2, 0, 2 * Math.PI);
        g.fill();
    }
    drawLabels(g, view.run, places, view);
}

function circle(report, run) {
    const { planes, p } = run;
    let kind = "next";
    const layout = (width) => grid(width, planes.frequencies.length, 220, 330);
    const element = figure({
        run,
        title: "Residues on each circle",
        caption:
            "A dot a residue a, each plane in its own scale; the circle's share of " +
            "the " +
            "power on the right. The chosen a and b are marked.",
        follows: ["step", "a", "b"],
        controls: [
            choice("lines join", Object.entries(LINES), kind, (value) => {
                kind = value;
                again(element);
            }),
        ],
        height: (width) => layout(width).height,
        draw: (g, size, view) => {
            const points = report.tensor(planes.points).row(view.i);
            const share = report.tensor(planes.share).row(view.i);
            layout(size.width).boxes.forEach((box, j) => {
                const own = points.subarray(2 * p * j, 2 * p * (j + 1));
                drawCircle(g, box, own, planes.frequencies[j], p, kind, view, share[j]);
            });
        },
        describe: (view) => {
            const share = report.tensor(planes.share).row(view.i);
            const words = planes.frequencies.map(
                (k, j) => `${k} with ${percent(share[j])} of the power`,
            );
            return `The embedding on the planes of its circles. At step ${digits(view.at)}: ${listed(words)}.`;
        },
        table: (view) => {
            const points = report.tensor(planes.points).row(view.i);
            const columns = [
                "a",
                ...planes.frequencies.flatMap((k) => [`x_${k}`, `y_${k}`]),
            ];
            const rows = Array.from({ length: p }, (_, a) => [
                residue(run, a),
                ...planes.frequencies.flatMap((_, j) => [
                    points[2 * (p * j + a)],
                    points[2 * (p * j + a) + 1],
                ]),
            ]);
            return { columns, rows };
        },
    });
    return element;
}

export function planesPanel(report) {
    return {
        id: "planes",
        title: "The circles themselves",
        lead:
            "For a key frequency k the embedding of a lies near (cos, sin) of " +
            "2πka/p on a plane of its own: " +
            "going from a to a + 1 goes 2πk/p round. Before generalisation the " +
            "points lie anyhow.",
        of: (run) => run.planes?.frequencies.length > 0,
        build: (run) => [circle(report, run)],
    };
}
