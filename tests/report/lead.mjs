// What a page begins with: a sentence, moments, the whole table, words under the pointer.
import { openPage, seeAll, settle } from "./browser.mjs";
import { readReport } from "./data.mjs";

const fact = (run, name) => run.facts.find((one) => one.name === name)?.value;

export async function a_sentence_says_what_became_of_a_run(browser, folder, assert) {
    for (const file of ["one", "stream", "digits"]) {
        const run = readReport(`${folder}/${file}.html`).manifest.runs[0];
        const { page, context } = await openPage(browser, `${folder}/${file}.html`);
        const said = await page.textContent(".sentence");
        const known = fact(run, "memorised") ?? fact(run, "learned");
        const words = known === "never" ? /^Not (memorised|learned) by step/ : RegExp(known);
        assert.match(said.replaceAll(",", ""), words, file);
        await context.close();
    }
}

export async function moments_go_where_they_say(browser, folder, assert) {
    const { page, context } = await openPage(browser, `${folder}/one.html`);
    const buttons = await page.$$(".moments button");
    assert.ok(buttons.length >= 1, "no moment of a run that memorised");
    for (const button of buttons) {
        const step = Number((await button.textContent()).match(/Step ([\d,]+)/)[1]);
        await button.click();
        await settle(page);
        const now = await page.getAttribute("[role=slider]", "aria-valuenow");
        assert.ok(Math.abs(Number(now) - step) <= 20, `${now} for ${step}`);
    }
    await context.close();
}

/* The cells of the last step, and what the log says of it. */
export async function the_whole_table_is_that_of_the_accuracies(browser, folder, assert) {
    for (const file of ["one", "group", "digits"]) {
        const { manifest, array } = readReport(`${folder}/${file}.html`);
        const run = manifest.runs[0];
        const sets = array(run.answers.sets).values;
        const right = array(run.answers.right).values;
        const last = right.slice(right.length - sets.length);
        let [count, good] = [0, 0];
        sets.forEach((set, cell) => {
            count += set === 2;
            good += set === 2 && last[cell];
        });
        const said = Number(fact(run, "test accuracy"));
        assert.ok(count > 0, file);
        assert.ok(Math.abs(good / count - said) < 1e-3, `${file}: ${good}/${count}, ${said}`);
        const { page, context } = await openPage(browser, `${folder}/${file}.html`);
        await seeAll(page);
        const words = await page.getAttribute("#answers canvas", "aria-label");
        assert.match(words, new RegExp(`of the ${count} held out`), file);
        await context.close();
    }
}

export async function what_is_under_the_pointer_is_said(browser, folder, assert) {
    const { page, context } = await openPage(browser, `${folder}/one.html`);
    await seeAll(page);
    const over = async (selector, x, y) => {
        const box = await (await page.$(selector)).boundingBox();
        await page.mouse.move(box.x + x * box.width, box.y + y * box.height);
        await settle(page);
        return page.$eval(".tip", (tip) => (tip.hidden ? "" : tip.textContent));
    };
    assert.match(await over("#answers canvas", 0.2, 0.3), /^a = \d+, b = \d+, (trained|held)/);
    assert.match(await over("#steering .u-over", 0.5, 0.5), /^step \d+\ntraining .*\ntest /);
    assert.match(await over("#dft2 canvas", 0.3, 0.3), / over a × .* over b: /);
    assert.match(await over("#spectrum canvas", 0.4, 0.4), /^frequency \d+, step /);
    assert.equal(await over("h1", 0.5, 0.5), "");
    await context.close();
}

export async function sections_begin_below_the_head(browser, folder, assert) {
    for (const width of [1440, 1024, 375]) {
        const { page, context } = await openPage(browser, `${folder}/one.html`, { width });
        const head = await (await page.$("#steering")).boundingBox();
        if (width === 375) assert.ok(head.height <= 120, `a head of ${head.height} px`);
        await page.emulateMedia({ reducedMotion: "reduce" });
        await page.click("nav button:text('Neurons')");
        await page.waitForTimeout(600);
        const bottom = await page.$eval("#steering", (e) => e.getBoundingClientRect().bottom);
        const top = await page.$eval("#waves h2", (e) => e.getBoundingClientRect().top);
        assert.ok(top >= bottom - 1, `${width}: a heading at ${top} under ${bottom}`);
        await context.close();
    }
}
