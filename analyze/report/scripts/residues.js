// Places on an axis of residues, what stands there, and orders of them.

/* The residue at a place; a product's places are logarithms, so they differ. */
export function residue(run, place) {
    return run.residues ? run.residues[place] : place;
}

/* The place of a residue, or -1. */
export function placeOf(run, value, p) {
    if (run.residues) return run.residues.indexOf(value);
    return Number.isInteger(value) && value >= 0 && value < p ? value : -1;
}

/* Places in the order in which they lie round circle k: then a wave of frequency k goes
 * up and down once. k = 0: as they are. */
export function roundCircle(k, p) {
    const order = Array.from({ length: p }, (_, a) => a);
    return order.sort((x, y) => ((k * x) % p) - ((k * y) % p) || x - y);
}
