// The page of a sweep: the regimes are those of grokscope-phases, and can be moved.
import { readFileSync } from "node:fs";
import { openPage, settle } from "./browser.mjs";

const wait = "#diagram .cell";

/* Rows of a table as objects. */
function table(folder, name) {
    const [head, ...lines] = readFileSync(`${folder}/${name}.tsv`, "utf8")
        .trimEnd()
        .split("\n")
        .map((line) => line.split("\t"));
    return lines.map((cells) => Object.fromEntries(head.map((key, i) => [key, cells[i]])));
}

/* What the legend counts: {grokking: 3, …}. */
function counted(page) {
    return page.$$eval("#diagram .regimes b", (items) =>
        Object.fromEntries(
            items.map((item) => {
                const [count, name] = item.textContent.split(" ");
                return [name, Number(count)];
            }),
        ),
    );
}

function expected(rows) {
    const counts = {};
    for (const { regime } of rows) counts[regime] = (counts[regime] ?? 0) + 1;
    return counts;
}

function agree(assert, found, wanted, rule) {
    for (const [name, count] of Object.entries(found))
        assert.equal(count, wanted[name] ?? 0, `${rule}: ${name}`);
}

export async function sweepHasTheRegimesOfItsRules(browser, folder, assert) {
    const { page, context, problems } = await openPage(browser, `${folder}/sweep.html`, { wait });
    for (const [i, rule] of ["liu", "huang", "varma"].entries()) {
        await page.selectOption("#diagram select >> nth=0", String(i));
        await settle(page);
        agree(assert, await counted(page), expected(table(folder, rule)), rule);
    }
    const shown = await page.$$eval("#diagram .cell", (cells) =>
        Object.fromEntries(
            cells.map((cell) => [cell.ariaLabel.split(":")[0], cell.dataset.regime]),
        ),
    );
    for (const row of table(folder, "cells"))
        assert.equal(
            shown[`train_fraction ${row.train_fraction}, weight_decay ${row.weight_decay}`],
            row.regime,
        );
    assert.deepEqual(problems, []);
    await context.close();
}

export async function sweepThresholdsMove(browser, folder, assert) {
    const { page, context, problems } = await openPage(browser, `${folder}/sweep.html`, { wait });
    await page.fill("[data-threshold=accuracy]", "0.5");
    await page.fill("[data-threshold=delay]", "40");
    await settle(page);
    agree(assert, await counted(page), expected(table(folder, "moved")), "moved");
    await page.waitForFunction(() => location.hash.includes("liu-delay=40"));
    await page.reload();
    await page.waitForSelector(wait);
    assert.equal(await page.inputValue("[data-threshold=delay]"), "40");
    agree(assert, await counted(page), expected(table(folder, "moved")), "kept");
    assert.deepEqual(problems, []);
    await context.close();
}

export async function sweepCellsShowTheirRuns(browser, folder, assert) {
    const { page, context, problems } = await openPage(browser, `${folder}/sweep.html`, { wait });
    const last = page.locator("#diagram .cell").last();
    await last.hover();
    await settle(page);
    assert.equal(await last.getAttribute("aria-pressed"), "true");
    await page.click("#diagram figure .tools button >> nth=0");
    const text = await page.textContent("#diagram figure table");
    for (const row of table(folder, "liu")) {
        const inside = row.train_fraction === "0.9" && row.weight_decay === "0";
        assert.equal(text.includes(row.run.split("/").at(-1)), inside, row.run);
    }
    const drawn = await page.$eval("#diagram canvas", (canvas) => {
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        return data.some((v, i) => i % 4 === 3 && v > 0);
    });
    assert.ok(drawn, "the curves are drawn");
    assert.deepEqual(problems, []);
    await context.close();
}

export async function sweepTimesAreThoseOfTheProgram(browser, folder, assert) {
    const { page, context, problems } = await openPage(browser, `${folder}/sweep.html`, { wait });
    await page.fill("[data-threshold=accuracy]", "0.5");
    await settle(page);
    const said = await page.$$eval("#times .regimes li", (items) =>
        items.map((item) => item.textContent),
    );
    const arms = table(folder, "times");
    assert.equal(said.length, arms.length);
    arms.forEach((arm, i) => {
        const median = arm.median === "inf" ? "∞" : arm.median;
        assert.ok(said[i].includes(`train_fraction ${arm.train_fraction} `), said[i]);
        assert.ok(said[i].includes(`median ${median};`), `${said[i]}: ${median}`);
        assert.ok(said[i].includes(`${arm.reached} of ${arm.runs}`), said[i]);
    });
    assert.deepEqual(problems, []);
    await context.close();
}

export async function sweepFitsAPhone(browser, folder, assert) {
    for (const scheme of ["light", "dark"]) {
        const { page, context, problems } = await openPage(browser, `${folder}/sweep.html`, {
            wait,
            width: 375,
            height: 800,
            scheme,
        });
        await settle(page);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(wide <= 375, `${wide} pixels wide`);
        assert.deepEqual(problems, []);
        await context.close();
    }
}
