// Elements, and numbers as people read them.

/* An element: el("p", {class: "lead"}, "text", child, …). Properties that are functions
 * become listeners: there are no inline handlers, which the page's policy refuses. */
export function el(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
        if (value === false || value === undefined || value === null) continue;
        if (typeof value === "function") element.addEventListener(name, value);
        else element.setAttribute(name, value === true ? "" : value);
    }
    element.append(
        ...children.filter((child) => child !== null && child !== undefined),
    );
    return element;
}

export function button(text, help, click, attributes = {}) {
    return el("button", { type: "button", title: help, click, ...attributes }, text);
}

/* A labelled choice; `choices` is [[value, text], …]. */
export function choice(label, choices, chosen, change) {
    const select = el(
        "select",
        { change: () => change(select.value) },
        ...choices.map(([value, text]) =>
            el("option", { value, selected: value === chosen }, text),
        ),
    );
    return el("label", { class: "choice" }, `${label} `, select);
}

/* 12340 -> "12,340"; 4.1109e-6 -> "4.11e-6"; NaN -> "—". */
export function digits(value, significant = 4) {
    if (value === null || value === undefined || Number.isNaN(value)) return "—";
    if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
    const size = Math.abs(value);
    if (Number.isInteger(value) && size < 1e15) return value.toLocaleString("en-US");
    if (size >= 1e6 || size < 1e-3) return value.toExponential(significant - 2);
    if (size >= 1000) return Math.round(value).toLocaleString("en-US");
    return String(Number(value.toPrecision(significant)));
}

export function percent(share) {
    return Number.isFinite(share) ? `${digits(100 * share, 3)} %` : "—";
}

/* ["a", "b", "c"] -> "a, b and c". */
export function listed(texts) {
    if (texts.length < 2) return texts.join("");
    return `${texts.slice(0, -1).join(", ")} and ${texts[texts.length - 1]}`;
}

/* Hand a file to the reader; nothing is sent anywhere. */
export function download(name, blob) {
    const address = URL.createObjectURL(blob);
    const link = el("a", { href: address, download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
}

export function copy(text) {
    if (navigator.clipboard && window.isSecureContext)
        return navigator.clipboard.writeText(text);
    const area = el("textarea", { class: "away", "aria-hidden": "true" });
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy"); // file:// is no secure context in every browser
    area.remove();
    return Promise.resolve();
}
