// The page for everybody: any width, dark and light, without eyes, without a mouse, on
// paper; and that nothing comes in or goes out.
import { figures, openPage, seeAll, settle } from "./browser.mjs";
import { readFileSync, writeFileSync } from "node:fs";

export async function nothing_is_wider_than_the_page(browser, folder, assert) {
    for (const file of ["one", "two", "group"]) {
        const { page, context } = await openPage(browser, `${folder}/${file}.html`);
        for (const width of [1440, 768, 375]) {
            await page.setViewportSize({ width, height: 900 });
            await seeAll(page);
            const wide = await page.evaluate(
                () => document.documentElement.scrollWidth,
            );
            assert.ok(wide <= width, `${file}: ${wide} of ${width} pixels`);
            const cut = await page.$$eval(
                "canvas",
                (all) =>
                    all
                        .filter((c) => c.checkVisibility())
                        .map((c) => c.getBoundingClientRect())
                        .filter((box) => box.left < -1 || box.right > innerWidth + 1)
                        .length,
            );
            assert.equal(cut, 0, `${file}: canvases beyond ${width} pixels`);
        }
        await context.close();
    }
}

/* Contrast of WCAG 2 between two colours "rgb(…)". */
function contrast(one, other) {
    const light = (colour) => {
        const [r, g, b] = colour.match(/[\d.]+/g).map((v) => {
            const share = Number(v) / 255;
            return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
    };
    const [x, y] = [light(one), light(other)];
    return Math.max(x, y) / Math.min(x, y);
}

export async function words_can_be_read_in_dark_and_light(browser, folder, assert) {
    const papers = new Set();
    for (const scheme of ["light", "dark"]) {
        const { page, context } = await openPage(browser, `${folder}/one.html`, {
            scheme,
        });
        const look = () =>
            page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        const paper = await look();
        papers.add(paper);
        for (const place of [
            "h1",
            ".lead",
            ".operation",
            ".facts dt",
            ".facts .help",
            "figcaption",
            ".readout",
            "nav button",
            ".tools button",
            ".legend button",
        ]) {
            const ink = await page.$eval(place, (e) => getComputedStyle(e).color);
            assert.ok(
                contrast(ink, paper) >= 4.5,
                `${scheme}: ${place} has ${contrast(ink, paper).toFixed(2)}`,
            );
        }
        await page.click("button:text-is('Theme')");
        assert.notEqual(await look(), paper);
        await context.close();
    }
    assert.equal(papers.size, 2);
}

export async function the_theme_reaches_every_figure(browser, folder, assert) {
    const { page, context } = await openPage(browser, `${folder}/one.html`);
    const before = await figures(page);
    await page.click("button:text-is('Theme')");
    const after = await figures(page);
    before.forEach((one, i) => assert.notEqual(one.pixels, after[i].pixels, one.title));
    await context.close();
}

export async function everything_has_a_name(browser, folder, assert) {
    for (const file of ["two", "group"]) {
        const { page, context } = await openPage(browser, `${folder}/${file}.html`);
        const words = (await figures(page)).map((one) => one.words);
        for (const text of words)
            assert.match(text, /step \d/, "a description names the step");
        const wrong = await page.evaluate(() => {
            const found = [];
            const name = (e) =>
                (e.getAttribute("aria-label") ?? "").trim() || e.textContent.trim();
            const say = (e, what) =>
                found.push(`${what}: ${e.outerHTML.slice(0, 120)}`);
            for (const e of document.querySelectorAll("canvas"))
                if (
                    e.getAttribute("role") !== "img" ||
                    !/\S{2}/.test(e.getAttribute("aria-label") ?? "")
                )
                    say(e, "a canvas without a description");
            for (const e of document.querySelectorAll("button"))
                if (!name(e)) say(e, "a button without a name");
            for (const e of document.querySelectorAll("input, select"))
                if (!e.getAttribute("aria-label") && !e.labels.length)
                    say(e, "a field without a label");
            for (const e of document.querySelectorAll("[role=slider]"))
                for (const a of [
                    "aria-label",
                    "aria-valuenow",
                    "aria-valuemin",
                    "aria-valuemax",
                    "tabindex",
                ])
                    if (!e.hasAttribute(a)) say(e, `a slider without ${a}`);
            for (const e of document.querySelectorAll("th"))
                if (!e.scope) say(e, "a heading of nothing");
            for (const e of document.querySelectorAll("section"))
                if (!document.getElementById(e.getAttribute("aria-labelledby")))
                    say(e, "a section without a title");
            const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
            if (new Set(ids).size !== ids.length) found.push("an id twice");
            if (document.querySelectorAll("h1").length !== 1) found.push("not one h1");
            if (!document.documentElement.lang) found.push("no language");
            if (!document.querySelector("[aria-live=polite]"))
                found.push("no live readout");
            const downloads = [...document.querySelectorAll(".tools button")].map((e) =>
                e.getAttribute("aria-label"),
            );
            if (new Set(downloads).size !== downloads.length)
                found.push("two buttons of one name");
            return found;
        });
        assert.deepEqual(wrong, [], file);
        await context.close();
    }
}

export async function everything_is_reached_by_tab(browser, folder, assert) {
    const { page, context } = await openPage(browser, `${folder}/group.html`);
    const reachable = await page.$$eval(
        "button, input, select, summary, [tabindex='0']",
        (all) => all.filter((e) => e.checkVisibility() && e.tabIndex >= 0).length,
    );
    const seen = await page.evaluate(() => (window.seen = new Set()).size);
    assert.equal(seen, 0);
    for (let i = 0; i < reachable + 2; i++) {
        await page.keyboard.press("Tab");
        await page.evaluate(() => window.seen.add(document.activeElement));
    }
    const reached = await page.evaluate(
        () => [...window.seen].filter((e) => e !== document.body).length,
    );
    assert.ok(reached >= reachable, `${reached} of ${reachable}`);
    await context.close();
}

export async function it_prints_every_figure(browser, folder, assert) {
    const { page, context, problems } = await openPage(browser, `${folder}/one.html`, {
        scheme: "dark",
    });
    const paper = await page.pdf({ format: "A4" });
    assert.equal(paper.subarray(0, 5).toString(), "%PDF-");
    const empty = await page.$$eval("figure", (all) =>
        all
            .filter(
                (f) => f.checkVisibility() && !(f.querySelector("canvas")?.width > 0),
            )
            .map((f) => f.querySelector("strong").textContent),
    );
    assert.deepEqual(empty, []);
    assert.equal(
        await page.getAttribute("html", "data-theme"),
        "dark",
        "the theme comes back",
    );
    assert.deepEqual(problems, []);
    await context.close();
}

export async function paper_is_light_and_narrow(browser, folder, assert) {
    const drawn = [];
    for (const scheme of ["light", "dark"]) {
        const { page, context } = await openPage(browser, `${folder}/one.html`, { scheme });
        const before = await figures(page);
        await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
        drawn.push((await figures(page)).map((f) => [f.title, f.width, f.pixels]));
        await page.evaluate(() => dispatchEvent(new Event("afterprint")));
        assert.deepEqual(await figures(page), before, "back to the screen");
        await context.close();
    }
    assert.deepEqual(drawn[0], drawn[1]);
    for (const [title, width] of drawn[0])
        assert.ok(width <= 703, `${title}: ${width} of the 703 pixels of A4`);
}

export async function the_policy_lets_no_other_script_run(browser, folder, assert) {
    const { page, context } = await openPage(browser, `${folder}/one.html`);
    const ran = await page.evaluate(() => {
        const script = document.createElement("script");
        script.textContent = "window.intruder = 1";
        document.body.append(script);
        return window.intruder;
    });
    assert.equal(ran, undefined);
    const asked = await page.evaluate(() =>
        fetch("https://example.org").then(
            () => "yes",
            () => "no",
        ),
    );
    assert.equal(asked, "no");
    await context.close();
    const policy = readFileSync(`${folder}/one.html`, "utf8").match(
        /http-equiv="Content-Security-Policy" content="([^"]*)"/,
    )[1];
    assert.match(policy, /default-src 'none'/);
    assert.ok(
        !/unsafe-(inline|eval)'[^;]*$/.test(policy.match(/script-src([^;]*)/)[1]),
        policy,
    );
}

export async function a_page_without_its_data_says_so(browser, folder, assert) {
    const whole = readFileSync(`${folder}/one.html`, "utf8");
    const cases = {
        "holds no data": whole.replace(
            /<script type="application\/json"[^<]*<\/script>/,
            "",
        ),
        "schema grokscope-report 99": whole.replace(
            /"schema_version": ?1/,
            '"schema_version":99',
        ),
    };
    for (const [message, html] of Object.entries(cases)) {
        assert.notEqual(html, whole, message);
        writeFileSync(`${folder}/broken.html`, html);
        const { page, context } = await openPage(browser, `${folder}/broken.html`, {
            wait: "[role=alert]",
        });
        assert.match(await page.textContent("[role=alert]"), new RegExp(message));
        await context.close();
    }
}

export async function every_note_is_shown(browser, folder, assert) {
    const { page, context } = await openPage(browser, `${folder}/one.html`);
    const manifest = JSON.parse(await page.textContent("#manifest"));
    const shown = await page.$$eval(".notes p", (all) => all.map((p) => p.textContent));
    assert.deepEqual(shown, manifest.notes);
    assert.equal(await page.textContent(".command code"), manifest.command);
    await settle(page);
    await context.close();
}
