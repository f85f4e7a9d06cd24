// The slider: it moves every panel, by pointer, keys and address.
import { figures, openPage, seeAll, settle } from "./browser.mjs";
import { readReport } from "./data.mjs";

const readout = (page) => page.textContent(".readout");
const now = (page) => page.getAttribute("[role=slider]", "aria-valuenow").then(Number);

/* Panels that the data of a report ask for. */
function wanted(run) {
    const parts = [
        "spectrum",
        "planes",
        "waves",
        "dft2",
        "attention",
        "logits",
        "irreps",
        "bits",
        "images",
        "tokens",
    ];
    const names = run.measures.map((measure) => measure.name);
    return [
        "summary",
        "provenance",
        ...parts.filter((part) => run[part]),
        ...(run.circles?.frequencies.length ? ["circles"] : []),
        ...(names.length ? ["measures"] : []),
        ...(run.answers ? ["answers"] : []),
        ...(run.history.columns.some((column) => column.output) ? ["outputs"] : []),
    ];
}

export async function every_part_of_the_data_has_a_panel(browser, folder, assert) {
    for (const file of ["one", "group", "digits", "stream", "images", "tokens"]) {
        const { manifest } = readReport(`${folder}/${file}.html`);
        const { page, context, problems } = await openPage(
            browser,
            `${folder}/${file}.html`,
        );
        const shown = await page.$$eval("section", (all) => all.map((one) => one.id));
        for (const id of wanted(manifest.runs[0]))
            assert.ok(shown.includes(id), `${file}: no panel ${id}`);
        if (!manifest.runs[0].p && file !== "group")
            assert.equal(shown.length, wanted(manifest.runs[0]).length, file);
        assert.deepEqual(problems, []);
        await context.close();
    }
}

export async function the_slider_moves_every_figure(browser, folder, assert) {
    for (const file of ["one", "group", "digits", "stream", "images", "tokens"]) {
        const { page, context, problems } = await openPage(
            browser,
            `${folder}/${file}.html`,
        );
        await page.keyboard.press("Home");
        const first = await figures(page);
        await page.keyboard.press("End");
        const last = await figures(page);
        assert.equal(first.length, last.length);
        assert.ok(first.length >= 5, `${file}: ${first.length} figures`);
        first.forEach((one, i) => {
            const name = `${file}: ${one.section}, ${one.title}`;
            assert.ok(one.width > 0 && one.height > 0, `${name}: nothing is drawn`);
            assert.notEqual(
                one.words,
                last[i].words,
                `${name}: says the same at both ends`,
            );
            if (one.drawing)
                assert.notEqual(one.pixels, last[i].pixels, `${name}: looks the same`);
            else
                assert.notEqual(
                    one.marker,
                    last[i].marker,
                    `${name}: the step's line stays`,
                );
        });
        assert.deepEqual(problems, []);
        const times = await page.evaluate(() =>
            performance
                .getEntriesByName("grokscope-draw")
                .map((entry) => entry.duration),
        );
        console.log(
            `        ${file}: ${Math.max(...times).toFixed(0)} ms for the slowest ` +
                `change`,
        );
        await context.close();
    }
}

export async function keys_walk_through_the_steps(browser, folder, assert) {
    const { manifest, array } = readReport(`${folder}/one.html`);
    const all = array(manifest.runs[0].steps).values;
    const { page, context } = await openPage(browser, `${folder}/one.html`);
    const press = async (key, step) => {
        await page.keyboard.press(key);
        await settle(page);
        assert.equal(await now(page), step, key);
    };
    assert.equal(await now(page), all[all.length - 1]);
    await press("Home", all[0]);
    await press("ArrowRight", all[1]);
    await press("ArrowRight", all[2]);
    await press("ArrowLeft", all[1]);
    await press("End", all[all.length - 1]);
    await press("ArrowRight", all[all.length - 1]);
    await press("Shift+ArrowLeft", all[Math.max(0, all.length - 11)]);
    assert.match(await readout(page), new RegExp(`of ${all.length}`));
    // In a field the keys belong to the field.
    await page.focus("#logits input[type=number]");
    const before = await now(page);
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("Home");
    await settle(page);
    assert.equal(await now(page), before);
    await context.close();
}

export async function space_plays_to_the_end(browser, folder, assert) {
    const { page, context } = await openPage(browser, `${folder}/one.html`);
    await page.keyboard.press("Home");
    await page.keyboard.press(" ");
    await page.waitForFunction(() => {
        const slider = document.querySelector("[role=slider]");
        return slider.ariaValueNow === slider.ariaValueMax;
    });
    await page.waitForSelector(".bar button[aria-pressed=false]:text('Play')");
    await context.close();
}

export async function the_loss_chart_is_the_slider(browser, folder, assert) {
    const { page, context } = await openPage(browser, `${folder}/one.html`);
    const box = await (await page.$("#steering .u-over")).boundingBox();
    const at = (share) => [box.x + share * box.width, box.y + box.height / 2];
    await page.mouse.move(...at(0.002));
    await page.mouse.down();
    await settle(page);
    assert.equal(await now(page), 0);
    await page.mouse.move(...at(0.7), { steps: 4 });
    await settle(page);
    const middle = await now(page);
    assert.ok(middle > 0 && middle < 240, `dragged to ${middle}`);
    await page.mouse.up();
    await page.mouse.move(...at(0.1));
    await settle(page);
    assert.equal(await now(page), middle, "the pointer is up");
    // A click in any other chart over steps goes there as well.
    await seeAll(page);
    const other = await page.$("#measures .u-over");
    await other.click({ position: { x: 1, y: 40 } });
    await settle(page);
    assert.equal(await now(page), 0);
    await context.close();
}

export async function the_address_holds_the_state(browser, folder, assert) {
    const file = `${folder}/one.html`;
    const one = await openPage(browser, file, { hash: "#step=83&a=3&b=9" });
    assert.equal(await now(one.page), 80, "the nearest checkpoint");
    const values = await one.page.$$eval("#logits input[type=number]", (all) =>
        all.map((i) => i.value),
    );
    assert.deepEqual(values, ["3", "9"]);
    await one.page.keyboard.press("ArrowRight");
    await one.page.fill("#logits input[aria-label=a]", "7");
    await one.page.click("button:text-is('log')");
    await one.page.waitForFunction(
        () => location.hash === "#step=120&a=7&b=9&x=linear",
    );
    await one.page.evaluate(() => (location.hash = "#step=40&a=1&b=2"));
    await settle(one.page);
    assert.equal(await now(one.page), 40);
    assert.deepEqual(one.problems, []);
    await one.context.close();
    for (const hash of ["#step=&a=-1&b=11", "#step=1e9", "#%", "#a=x&step=-3"]) {
        const wrong = await openPage(browser, file, { hash });
        assert.equal(await now(wrong.page), 240, hash);
        assert.deepEqual(wrong.problems, [], hash);
        await wrong.context.close();
    }
}

export async function a_run_beside_is_on_the_same_slider(browser, folder, assert) {
    const { page, context, problems } = await openPage(browser, `${folder}/two.html`);
    const sides = await page.$$eval("#measures .side h3", (all) =>
        all.map((h) => h.textContent),
    );
    assert.deepEqual(sides, ["main", "other"]);
    await page.keyboard.press("Home");
    await settle(page);
    assert.match(await readout(page), /main: step 0.*other: step 0/);
    const lines = await page.$$eval("#steering .legend li", (all) =>
        all.map((li) => li.textContent),
    );
    assert.ok(
        lines.some((line) => line.includes("other")),
        lines.join(),
    );
    assert.ok(
        !lines.some((line) => line.includes("seed")),
        "seeds are faint, and no entry",
    );
    assert.deepEqual(problems, []);
    await context.close();
}
