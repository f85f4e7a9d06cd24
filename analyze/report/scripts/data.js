// The manifest and the arrays after it; analyze/report/DATA.md is the contract.

const TYPES = {
    f32: Float32Array,
    f64: Float64Array,
    i16: Int16Array,
    i8: Int8Array,
    u8: Uint8Array,
};
const NO_VALUE = { i16: -32768, i8: -128 };

/* An array of the manifest. Quantised ones become numbers a row at a time, since the
 * whole would take several times its room. */
class Tensor {
    constructor(entry, buffer) {
        const Type = TYPES[entry.type];
        if (!Type) throw new Error(`an array has type ${entry.type}, which is unknown`);
        const count = entry.shape.reduce((product, size) => product * size, 1);
        if (count * Type.BYTES_PER_ELEMENT !== entry.bytes)
            throw new Error(
                `an array of shape ${entry.shape} has ${entry.bytes} bytes`,
            );
        this.shape = entry.shape;
        this.raw = new Type(buffer, entry.offset, count);
        this.scale = entry.scale;
        this.none = entry.scale === undefined ? undefined : NO_VALUE[entry.type];
        this.stride = entry.shape.length ? count / (entry.shape[0] || 1) : 1;
    }

    /* What stands at index i of the first axis, flat. */
    row(i) {
        const raw = this.raw.subarray(i * this.stride, (i + 1) * this.stride);
        if (this.scale === undefined) return raw;
        const scale = Array.isArray(this.scale) ? this.scale[i] : this.scale;
        const values = new Float32Array(raw.length);
        for (let j = 0; j < raw.length; j++)
            values[j] = raw[j] === this.none ? NaN : raw[j] * scale;
        return values;
    }

    /* All numbers of a vector, or column j of a matrix. */
    column(j = 0) {
        const values = new Float64Array(this.shape[0]);
        for (let i = 0; i < values.length; i++) {
            const q = this.raw[i * this.stride + j];
            const scale = Array.isArray(this.scale) ? this.scale[i] : (this.scale ?? 1);
            values[i] = q === this.none ? NaN : q * scale;
        }
        return values;
    }
}

async function inflate(text) {
    if (typeof DecompressionStream === "undefined")
        throw new Error(
            "this browser has no DecompressionStream, which the report's numbers need",
        );
    const letters = atob(text.trim());
    const packed = new Uint8Array(letters.length);
    for (let i = 0; i < packed.length; i++) packed[i] = letters.charCodeAt(i);
    const stream = new Blob([packed])
        .stream()
        .pipeThrough(new DecompressionStream("deflate"));
    return { packed: packed.length, buffer: await new Response(stream).arrayBuffer() };
}

/* The report that this page carries: the manifest, `tensor(name)` for its arrays and
 * the runs by role. Throws where there is none, or one of another schema. */
export async function readReport() {
    const manifest = document.getElementById("manifest");
    const arrays = document.getElementById("arrays");
    if (!manifest || !arrays)
        throw new Error(
            "this page holds no data: grokscope-report writes one that does",
        );
    const report = JSON.parse(manifest.textContent);
    if (report.schema !== "grokscope-report" || report.schema_version !== 1)
        throw new Error(
            `the data are of schema ${report.schema} ${report.schema_version}, ` +
                "and this page reads grokscope-report 1",
        );
    const { packed, buffer } = await inflate(arrays.textContent);
    arrays.remove(); // its text is of no more use, and large
    const known = new Map();
    const tensor = (name) => {
        if (!known.has(name)) {
            if (!report.arrays[name]) throw new Error(`there is no array ${name}`);
            known.set(name, new Tensor(report.arrays[name], buffer));
        }
        return known.get(name);
    };
    for (const run of report.runs) run.at = Array.from(tensor(run.steps).column());
    const shown = report.runs.filter((run) => run.role !== "seed");
    return {
        ...report,
        tensor,
        packed,
        unpacked: buffer.byteLength,
        main: shown.find((run) => run.role === "main") ?? shown[0],
        shown,
        seeds: report.runs.filter((run) => run.role === "seed"),
    };
}

/* Index of the nearest of ascending steps; the earlier of two as near. */
export function nearest(steps, step) {
    let low = 0;
    let high = steps.length - 1;
    while (high - low > 1) {
        const middle = (low + high) >> 1;
        if (steps[middle] <= step) low = middle;
        else high = middle;
    }
    return Math.abs(steps[high] - step) < Math.abs(steps[low] - step) ? high : low;
}

/* Steps of a part of a run that has its own, as an array of numbers. */
export function stepsOf(report, part) {
    return Array.from(report.tensor(part.steps).column());
}
