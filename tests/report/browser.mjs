// A page in chromium without a network, and what is asked of it.
import { createRequire } from "node:module";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

export async function startBrowser(modules, chromium) {
    const { chromium: engine } = createRequire(`${modules}/`)("playwright-core");
    return engine.launch({ executablePath: chromium, args: ["--no-sandbox"] });
}

/* A page of a file; `problems` fills with what it says on its console, with errors and
 * with every request that is not for the file itself. */
export async function openPage(browser, file, options = {}) {
    const context = await browser.newContext({
        viewport: { width: options.width ?? 1440, height: options.height ?? 900 },
        colorScheme: options.scheme ?? "light",
        offline: true,
        acceptDownloads: true,
    });
    const page = await context.newPage();
    const problems = [];
    page.on("console", (message) => {
        if (["error", "warning"].includes(message.type()))
            problems.push(message.text());
    });
    page.on("pageerror", (error) => problems.push(String(error)));
    const address = pathToFileURL(file).href;
    page.on("request", (request) => {
        const url = request.url();
        if (!url.startsWith(address) && !/^(data|blob):/.test(url))
            problems.push(`asked for ${url}`);
    });
    await page.goto(address + (options.hash ?? ""));
    await page.waitForSelector(options.wait ?? "#provenance");
    return { page, context, problems };
}

/* Two frames later everything that is seen is drawn. */
export function settle(page) {
    return page.evaluate(
        () =>
            new Promise((done) =>
                requestAnimationFrame(() =>
                    requestAnimationFrame(() => setTimeout(done, 60)),
                ),
            ),
    );
}

/* Make the window as high as the page, so that every figure is seen, and drawn. */
export async function seeAll(page) {
    await page.evaluate(() => {
        for (const one of document.querySelectorAll("details.more")) one.open = true;
    });
    for (let i = 0; i < 2; i++) {
        const { width } = page.viewportSize();
        const height = await page.evaluate(() => document.documentElement.scrollHeight);
        await page.setViewportSize({ width, height: Math.max(900, height) });
        await settle(page);
    }
    await page.waitForFunction(() =>
        [...document.querySelectorAll("figure")].every(
            (f) => !f.checkVisibility() || f.querySelector("canvas")?.width > 0,
        ),
    );
    await settle(page);
}

/* Every figure, drawn: its section, title, what it says, a sum of its pixels, its size.
 * */
export async function figures(page) {
    await seeAll(page);
    const found = await page.$$eval("section figure", (all) =>
        all.map((f) => {
            const canvas = f.querySelector("canvas");
            return {
                section: f.closest("section").id,
                title: f.querySelector("strong").textContent,
                drawing: f.classList.contains("drawing"),
                words: canvas.getAttribute("aria-label") ?? "",
                pixels: canvas.toDataURL(),
                marker: f.querySelector(".marker")?.style.transform ?? "",
                width: canvas.width,
                height: canvas.height,
            };
        }),
    );
    for (const one of found)
        one.pixels = createHash("sha256").update(one.pixels).digest("hex");
    return found;
}

/* What a button hands over: its name and bytes. A page may begin ten downloads a second
 * and chromium drops the eleventh without a word (chromedp/chromedp#791), which nobody's
 * hand reaches and this one could. */
export async function downloaded(page, button) {
    await page.waitForTimeout(120);
    const [given] = await Promise.all([page.waitForEvent("download"), button.dispatchEvent("click")]);
    return { name: given.suggestedFilename(), bytes: readFileSync(await given.path()) };
}

/* "a\tb\n1\t2\n" -> {columns, rows}. */
export function parseTable(bytes) {
    const [columns, ...rows] = bytes
        .toString("utf8")
        .trimEnd()
        .split("\n")
        .map((line) => line.split("\t"));
    return { columns, rows };
}
