// The data of a report, read again by other means than the page's: the page's tables
// are compared with these.
import { readFileSync } from "node:fs";
import { inflateSync } from "node:zlib";

const READ = {
    f32: ["readFloatLE", 4],
    f64: ["readDoubleLE", 8],
    i16: ["readInt16LE", 2],
    i8: ["readInt8", 1],
    u8: ["readUInt8", 1],
};

function block(html, id) {
    const found = html.match(new RegExp(`<script[^>]*id="${id}">([^<]*)</script>`));
    if (!found) throw new Error(`the page has no block ${id}`);
    return found[1];
}

/* The manifest, and array(name): {shape, values}, all numbers in one list. */
export function readReport(path) {
    const html = readFileSync(path, "utf8");
    const manifest = JSON.parse(block(html, "manifest"));
    const bytes = inflateSync(Buffer.from(block(html, "arrays"), "base64"));
    const array = (name) => {
        const { type, shape, offset, scale } = manifest.arrays[name];
        const [method, size] = READ[type];
        const count = shape.reduce((product, n) => product * n, 1);
        const each = count / shape[0];
        const values = Array.from({ length: count }, (_, i) => {
            const q = bytes[method](offset + i * size);
            if (scale === undefined) return q;
            if (q === (type === "i16" ? -32768 : -128)) return NaN;
            return q * (Array.isArray(scale) ? scale[Math.floor(i / each)] : scale);
        });
        return { shape, values };
    };
    return { html, manifest, array };
}
