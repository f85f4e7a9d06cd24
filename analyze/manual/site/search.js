// The search box, and a button that copies code. A page works without this script.
// node can take `search` of it: require("./search.js").
"use strict";

// ---- Search ----

/* Whether a word of the text begins with what was typed. */
function begins(text, word) {
    let at = -1;
    while ((at = text.indexOf(word, at + 1)) >= 0)
        if (at === 0 || !/[\p{L}\p{N}]/u.test(text[at - 1]))
            return true;
    return false;
}

/* What a word that stands in a title or heading is worth: more where it is most of it. */
function worth(text, word, least, most) {
    return begins(text, word) ? least + most * word.length / text.length : 0;
}

/* How well a section answers: all words must be there; those of titles count most, then
 * headings, and a phrase that stands as it was typed. 0: not at all. */
function score(page, section, words, phrase) {
    const title = page[1].toLowerCase(), heading = section[1].toLowerCase();
    const text = section[2].toLowerCase();
    let sum = 0;
    for (const word of words) {
        const here = worth(title, word, 8, 12) + worth(heading, word, 4, 8) +
            (begins(text, word) ? 2 : text.includes(word) ? 1 : 0);
        if (here === 0)
            return 0;
        sum += here;
    }
    if (title === phrase || title === "grokscope-" + phrase)
        sum += section[0] ? 40 : 60; // the top of that page
    if (heading === phrase)
        sum += 15;
    if (words.length > 1) // a column restricted_loss is about the restricted loss
        sum += 4 * Math.min(2, text.replaceAll("_", " ").split(phrase).length - 1) +
            (heading.includes(phrase) ? 10 : 0);
    return sum + 1 / (1 + text.length); // the shorter one of equals
}

/* Up to `most` results, the best section of each page, best first. A page of which more
 * sections answer is rather about what is asked, and so is a program's page. */
function search(index, typed, most = 12) {
    const phrase = typed.toLowerCase().replace(/\s+/g, " ").trim();
    const words = phrase.split(" ").filter(Boolean);
    const found = [];
    for (const page of words.length ? index : []) {
        let best = null, sections = 0;
        for (const section of page[2]) {
            const points = score(page, section, words, phrase);
            sections += points > 0;
            if (points > 0 && (!best || points > best.points))
                best = { points, path: page[0] + (section[0] && "#" + section[0]),
                         title: page[1], heading: section[1], text: section[2] };
        }
        if (!best)
            continue;
        best.points += Math.min(sections, 5);
        best.points *= page[0].startsWith("manual/grokscope-") ? 1.25 : 1;
        found.push(best);
    }
    found.sort((a, b) => b.points - a.points || (a.path < b.path ? -1 : 1));
    return found.slice(0, most).map((hit) =>
        ({ ...hit, snippet: snippet(hit.text, words, phrase) }));
}

/* Some words around the place that was found. */
function snippet(text, words, phrase, room = 150) {
    const low = text.toLowerCase();
    let at = low.indexOf(phrase);
    for (const word of words)
        at = at < 0 ? low.indexOf(word) : at;
    let from = Math.max(0, at - room / 3);
    from = from > 0 ? text.indexOf(" ", from) + 1 : 0;
    const part = text.slice(from, from + room);
    return (from > 0 ? "… " : "") + part + (from + room < text.length ? " …" : "");
}

if (typeof module !== "undefined")
    module.exports = { search };

// ---- On a page ----

function marked(text, words) {
    const out = document.createDocumentFragment();
    const safe = words.map((w) => w.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    for (const [i, part] of text.split(new RegExp(`(${safe.join("|")})`, "i")).entries()) {
        const node = i % 2 ? document.createElement("mark") : null;
        node?.append(part);
        out.append(node ?? part);
    }
    return out;
}

function resultItem(hit, root, words, number) {
    const item = document.createElement("li"), link = document.createElement("a");
    const title = document.createElement("b"), text = document.createElement("span");
    item.role = "option";
    item.id = "result-" + number;
    link.href = root + hit.path;
    link.tabIndex = -1;
    title.textContent = hit.title;
    text.append(marked(hit.snippet, words));
    link.append(title, hit.heading ? " › " + hit.heading : "", text);
    item.append(link);
    return item;
}

function startSearch(form, root) {
    const input = form.querySelector("input"), list = form.querySelector("ul");
    let chosen = -1;
    form.hidden = false;
    for (const [name, value] of [["role", "combobox"], ["aria-controls", list.id],
                                 ["aria-expanded", "false"], ["aria-autocomplete", "list"]])
        input.setAttribute(name, value);
    list.role = "listbox";

    /* The index is read when it is first asked for. */
    function load(then) {
        if (typeof grokscopeIndex !== "undefined")
            return then();
        const script = document.createElement("script");
        script.src = root + "search-index.js";
        script.onload = then;
        document.head.append(script);
    }
    function choose(number) {
        const items = list.querySelectorAll("[role=option]");
        items[chosen]?.removeAttribute("aria-selected");
        chosen = items.length ? (number + items.length) % items.length : -1;
        items[chosen]?.setAttribute("aria-selected", "true");
        items[chosen]?.scrollIntoView({ block: "nearest" });
        input.setAttribute("aria-activedescendant", items[chosen]?.id ?? "");
    }
    function close() {
        list.hidden = true;
        input.setAttribute("aria-expanded", "false");
    }
    function show() {
        const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
        const hits = search(grokscopeIndex, input.value);
        list.replaceChildren(...hits.map((hit, i) => resultItem(hit, root, words, i)));
        if (words.length && !hits.length) {
            const none = document.createElement("li");
            none.className = "none";
            none.textContent = "Nothing has all of these words.";
            list.append(none);
        }
        list.hidden = !words.length;
        input.setAttribute("aria-expanded", String(!list.hidden));
        chosen = -1;
        choose(0);
    }
    input.addEventListener("focus", () => load(() => input.value && show()));
    input.addEventListener("input", () => load(show));
    input.addEventListener("keydown", (event) => {
        const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
        if (step && !list.hidden) {
            event.preventDefault();
            choose(chosen + step);
        } else if (event.key === "Escape") {
            close();
        }
    });
    form.addEventListener("submit", (event) => {
        event.preventDefault();
        list.querySelectorAll("[role=option] a")[Math.max(chosen, 0)]?.click();
    });
    list.addEventListener("click", close);
    form.addEventListener("focusout", (event) => form.contains(event.relatedTarget) ||
        setTimeout(() => form.contains(document.activeElement) || close(), 150));
    document.addEventListener("click", (event) => form.contains(event.target) || close());
    document.addEventListener("keydown", (event) => {
        const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName);
        if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
            event.preventDefault();
            input.focus();
        }
    });
}

/* Of a session only what is typed, without its dollars. */
function codeOf(block) {
    const typed = [...block.querySelectorAll(".typed")];
    const lines = typed.length ? typed.map((line) => line.textContent.replace(/^\$ /, ""))
        : [block.querySelector("code").textContent];
    return lines.join("\n");
}

function addCopyButton(block) {
    const button = document.createElement("button");
    button.className = "copy";
    button.type = "button";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(codeOf(block));
        button.textContent = "Copied";
        setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
    block.append(button);
}

if (typeof document !== "undefined") {
    startSearch(document.querySelector(".search"), document.currentScript.dataset.root);
    if (navigator.clipboard) // only of a safe origin, which file: and https: are
        document.querySelectorAll(".code:not(.output)").forEach(addCopyButton);
    const pages = document.querySelector(".pages");
    const here = pages.querySelector("[aria-current]");
    if (here && here.offsetTop > pages.clientHeight) // the list shows where one is
        pages.scrollTop = here.offsetTop - pages.clientHeight / 2;
    // Where a stylesheet cannot hold the lists open, on wide screens they begin so.
    if (!CSS.supports("selector(::details-content)") &&
        matchMedia("(min-width: 60rem)").matches)
        document.querySelector(".menu").open = true;
}
