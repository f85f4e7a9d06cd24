// The chosen pair (a, b) on maps over all pairs: marked, and chosen by a click. Rows and
// columns stand in an order of the residues.
import { change } from "./state.js";

export function markPair(g, box, order, view) {
    const cell = box.width / order.length;
    const half = Math.max(4, cell);
    const left = box.x + (order.indexOf(view.b) + 0.5) * cell - half;
    const top = box.y + (order.indexOf(view.a) + 0.5) * cell - half;
    g.strokeStyle = "#fff";
    g.lineWidth = 1.5;
    g.strokeRect(left, top, 2 * half, 2 * half);
    g.strokeStyle = "#000";
    g.lineWidth = 0.75;
    g.strokeRect(left - 1, top - 1, 2 * half + 2, 2 * half + 2);
}

/* A click at x, y on one of the boxes. */
export function choosePair(boxes, order, x, y) {
    const box = boxes.find(
        (one) =>
            x >= one.x && x < one.x + one.width && y >= one.y && y < one.y + one.height,
    );
    if (!box) return;
    change({
        a: order[Math.floor(((y - box.y) / box.height) * order.length)],
        b: order[Math.floor(((x - box.x) / box.width) * order.length)],
    });
}
