// The numbers that the page shows and hands over are those of its data.
import { downloaded, openPage, parseTable, seeAll, settle } from "./browser.mjs";
import { readReport } from "./data.mjs";

function near(assert, found, expected, name) {
    const x = Number(found);
    if (Number.isNaN(expected)) assert.equal(found, "nan", name);
    else
        assert.ok(
            Math.abs(x - expected) <= 1e-6 * Math.max(1, Math.abs(expected)),
            `${name}: ${x}, expected ${expected}`,
        );
}

async function tsvOf(page, title) {
    const figure = page
        .locator("figure", { has: page.locator(`strong:text-is("${title}")`) })
        .first();
    await figure.scrollIntoViewIfNeeded();
    return downloaded(page, figure.locator("button:text-is('TSV')"));
}

export async function tsv_of_the_loss_is_the_history(browser, folder, assert) {
    const { manifest, array } = readReport(`${folder}/one.html`);
    const { history } = manifest.runs[0];
    const { page, context } = await openPage(browser, `${folder}/one.html`);
    const { name, bytes } = await tsvOf(page, "Loss");
    assert.equal(name, "main-Loss-step-240.tsv");
    const { columns, rows } = parseTable(bytes);
    assert.deepEqual(columns, ["step", "train_loss", "test_loss"]);
    const steps = array(history.step).values;
    assert.equal(rows.length, steps.length);
    for (const column of columns.slice(1)) {
        const { values } = array(history.columns.find((c) => c.name === column).values);
        rows.forEach((row, i) => {
            assert.equal(Number(row[0]), steps[i]);
            near(
                assert,
                row[columns.indexOf(column)],
                values[i],
                `${column} ${steps[i]}`,
            );
        });
    }
    await context.close();
}

/* Of two-digit sums there are three digits, and four charts: both kinds of both splits. */
export async function each_output_has_its_lines(browser, folder, assert) {
    const { manifest, array } = readReport(`${folder}/digits.html`);
    const { history } = manifest.runs[0];
    const { page, context } = await openPage(browser, `${folder}/digits.html`);
    const charts = page.locator("#outputs figure");
    assert.equal(await charts.count(), 4);
    for (const [i, sort] of [
        [0, "train_#_loss"],
        [1, "test_#_loss"],
        [2, "train_#_accuracy"],
        [3, "test_#_accuracy"],
    ]) {
        await charts.nth(i).scrollIntoViewIfNeeded();
        const button = charts.nth(i).locator("button:text-is('TSV')");
        const { columns, rows } = parseTable((await downloaded(page, button)).bytes);
        const names = [0, 1, 2].map((digit) => sort.replace("#", `digit_${digit}`));
        assert.deepEqual(columns, ["step", ...names]);
        for (const [j, name] of names.entries()) {
            const column = history.columns.find((c) => c.name === name);
            assert.equal(column.output, `digit_${j}`);
            const { values } = array(column.values);
            rows.forEach((row, k) => near(assert, row[j + 1], values[k], name));
        }
    }
    await context.close();
}

function logged(manifest, array, name) {
    const { columns } = manifest.runs[0].history;
    return array(columns.find((column) => column.name === name).values).values;
}

/* Shares of classes, weighted by how many there are, are the test accuracy. */
export async function images_add_up_to_the_accuracy(browser, folder, assert) {
    const { manifest, array } = readReport(`${folder}/images.html`);
    const { images } = manifest.runs[0];
    const counts = array(images.taken_for);
    const [steps, classes] = counts.shape;
    const last = counts.values.slice((steps - 1) * classes * classes);
    const sum = (list) => list.reduce((total, n) => total + n, 0);
    const right = sum(last.filter((_, i) => i % (classes + 1) === 0));
    assert.equal(sum(last), images.asked);
    near(assert, right / images.asked, logged(manifest, array, "test_accuracy").at(-1), "last");
    const { page, context } = await openPage(browser, `${folder}/images.html`);
    const { bytes } = await tsvOf(page, "What each class is taken for");
    const { rows } = parseTable(bytes);
    for (const [c, said, share] of rows) {
        const row = last.slice(c * classes, (Number(c) + 1) * classes);
        near(assert, share, row[said] / sum(row), `${c} for ${said}`);
    }
    const shown = parseTable((await tsvOf(page, "Some of them")).bytes).rows;
    assert.equal(shown.length, array(images.labels).shape[0]);
    await context.close();
}

/* Over b the mean of a neuron at a is its wave; both are rounded, the map to 127 steps. */
export async function neurons_over_pairs_have_their_waves(browser, folder, assert) {
    const { manifest, array } = readReport(`${folder}/two.html`);
    const { neuron_maps: maps, waves } = manifest.runs[0];
    const values = array(maps.values);
    const profiles = array(waves.values);
    const [steps, count, p] = values.shape;
    assert.ok(count >= 1 && count <= 6);
    const last = values.values.slice((steps - 1) * count * p * p);
    const most = Math.max(...last.map(Math.abs));
    const whole = profiles.values.slice(-waves.neurons.length * p);
    maps.neurons.forEach(({ neuron }, i) => {
        const j = waves.neurons.findIndex((one) => one.neuron === neuron);
        for (let a = 0; a < p; a++) {
            const row = last.slice((i * p + a) * p, (i * p + a + 1) * p);
            const mean = row.reduce((sum, v) => sum + v, 0) / p;
            assert.ok(Math.abs(mean - whole[j * p + a]) <= most / 127, `neuron ${neuron}, a = ${a}`);
        }
    });
    const { page, context } = await openPage(browser, `${folder}/two.html`);
    const { rows } = parseTable((await tsvOf(page, "Neurons over all pairs")).bytes);
    assert.equal(rows.length, p * p);
    rows.forEach((row, i) => near(assert, row[2], last[i], `pair ${i}`));
    await context.close();
}

/* The mean over all tokens that count is the test loss: all sequences are asked. */
export async function tokens_add_up_to_the_loss(browser, folder, assert) {
    const { manifest, array } = readReport(`${folder}/tokens.html`);
    const { tokens } = manifest.runs[0];
    assert.equal(tokens.sequences, 40);
    const { page, context } = await openPage(browser, `${folder}/tokens.html`);
    const { rows } = parseTable((await tsvOf(page, "Loss by position")).bytes);
    const counted = rows.filter((row) => Number(row[1]) > 0);
    assert.ok(counted.length < rows.length, "no position is left out");
    const weighted = counted.reduce((sum, row) => sum + row[1] * row[2], 0);
    const tokens_counted = counted.reduce((sum, row) => sum + Number(row[1]), 0);
    const test = logged(manifest, array, "test_loss").at(-1);
    near(assert, weighted / tokens_counted, test, "the mean loss");
    const one = parseTable((await tsvOf(page, "One sequence")).bytes).rows;
    const said = one.filter((row) => row[3] !== "");
    assert.equal(said.length, 8, "two later copies of four tokens count");
    said.forEach((row) => assert.ok(Number(row[4]) >= 0, row.join(" ")));
    await context.close();
}

/* Batches stand in the place of the training set that a stream has not. */
export async function a_stream_has_batches(browser, folder, assert) {
    const { page, context } = await openPage(browser, `${folder}/stream.html`);
    const { bytes } = await tsvOf(page, "Loss");
    assert.deepEqual(parseTable(bytes).columns, ["step", "batch_loss", "test_loss"]);
    const facts = await page.textContent("#summary .facts");
    assert.match(facts, /learned/);
    assert.doesNotMatch(facts, /memorised[0-9n]/);
    await context.close();
}

export async function tables_follow_the_step(browser, folder, assert) {
    const { manifest, array } = readReport(`${folder}/one.html`);
    const run = manifest.runs[0];
    const steps = array(run.steps).values;
    const fraction = array(run.spectrum.fraction);
    const { page, context } = await openPage(browser, `${folder}/one.html`, {
        hash: "#step=40",
    });
    const figure = page.locator("figure", {
        has: page.locator("strong:text-is('Spectrum at this step')"),
    });
    const toggle = figure.locator("button:text-is('Table')");
    await figure.scrollIntoViewIfNeeded();
    await toggle.click();
    assert.equal(await toggle.getAttribute("aria-expanded"), "true");
    const cells = () =>
        figure
            .locator("tbody tr")
            .evaluateAll((rows) => rows.map((row) => row.cells[2].textContent));
    const check = async (step) => {
        const i = steps.indexOf(step);
        const [, F] = fraction.shape;
        const shown = await cells();
        assert.equal(shown.length, F);
        shown.forEach((text, f) => {
            const expected = fraction.values[i * F + f];
            if (text !== "—")
                assert.ok(
                    Math.abs(Number(text) - expected) <=
                        1e-4 * Math.abs(expected) + 1e-9,
                    `${step}, ${f}: ${text}`,
                );
        });
    };
    await check(40);
    await page.keyboard.press("End");
    await settle(page);
    await check(240);
    await toggle.click();
    assert.equal(await figure.locator("table").count(), 0);
    await context.close();
}

/* logit of c = mean + sum of coefficients times the basis, written out again here. */
function sumOf(array, logits, p, i, a, b, c) {
    const K = logits.frequencies.length;
    const n = logits.basis.length;
    const coefficients = array(logits.coefficients).values;
    let sum = array(logits.mean).values[i * p + c];
    logits.frequencies.forEach((k, j) => {
        const w = (2 * Math.PI * k) / p;
        const [ca, sa, cb, sb] = [
            Math.cos(w * a),
            Math.sin(w * a),
            Math.cos(w * b),
            Math.sin(w * b),
        ];
        [ca, sa, cb, sb, ca * cb, ca * sb, sa * cb, sa * sb].forEach((value, m) => {
            sum += value * coefficients[((i * K + j) * n + m) * p + c];
        });
    });
    return sum;
}

export async function logits_add_up_and_the_answer_is_marked(browser, folder, assert) {
    const { manifest, array } = readReport(`${folder}/one.html`);
    const { logits, p } = manifest.runs[0];
    assert.deepEqual(logits.basis.slice(0, 5), [
        "cos a",
        "sin a",
        "cos b",
        "sin b",
        "cos a cos b",
    ]);
    const { page, context } = await openPage(browser, `${folder}/one.html`, {
        hash: "#step=240&a=4&b=9",
    });
    await page.fill("#logits input[aria-label=b]", "10");
    const { rows } = parseTable((await tsvOf(page, "Logits of one pair")).bytes);
    const last = array(logits.steps).values.length - 1;
    assert.equal(rows.length, p);
    rows.forEach((row, c) => {
        near(
            assert,
            row[row.length - 2],
            sumOf(array, logits, p, last, 4, 10, c),
            `c = ${c}`,
        );
        assert.equal(row[row.length - 1], c === (4 + 10) % p ? "1" : "0");
    });
    assert.match(await page.textContent("#logits .said"), /the right answer is 3\./);
    await context.close();
}

/* How far two pictures are apart: the mean difference of their colours, 0 to 1. */
function distance(addresses) {
    const drawn = (address) =>
        new Promise((resolve, reject) => {
            const image = new Image();
            image.onload = () => {
                const canvas = document.createElement("canvas");
                [canvas.width, canvas.height] = [image.width, image.height];
                const g = canvas.getContext("2d");
                g.drawImage(image, 0, 0);
                resolve(g.getImageData(0, 0, image.width, image.height));
            };
            image.onerror = reject;
            image.src = address;
        });
    return Promise.all(addresses.map(drawn)).then(([one, other]) => {
        if (one.width !== other.width || one.height !== other.height) return 1;
        const off = one.data.reduce((sum, v, i) => sum + Math.abs(v - other.data[i]), 0);
        return off / one.data.length / 255;
    });
}

export async function figures_hand_over_a_table_and_pictures(browser, folder, assert) {
    const { page, context, problems } = await openPage(browser, `${folder}/one.html`);
    const beside = await context.newPage();
    await seeAll(page);
    // Two tables and a picture of each panel, which share what hands over and take time.
    const some = "#steering figure, section figure:nth-of-type(-n + 2)";
    const pictured = "#steering figure, section figure:nth-of-type(1)";
    for (const figure of await page.locator(some).all()) {
        const title = await figure.locator("strong").first().textContent();
        const { columns, rows } = parseTable(
            (await downloaded(page, figure.locator("button:text-is('TSV')"))).bytes,
        );
        assert.ok(columns.length > 1, title);
        rows.forEach((row) => assert.equal(row.length, columns.length, title));
        if (!(await figure.evaluate((node, selector) => node.matches(selector), pictured)))
            continue;
        const { name, bytes } = await downloaded(
            page,
            figure.locator("button:text-is('PNG')"),
        );
        assert.match(name, /\.png$/);
        assert.equal(bytes.subarray(1, 4).toString(), "PNG", title);
        assert.ok(bytes.readUInt32BE(16) > 100 && bytes.readUInt32BE(20) > 60, title);
        const vector = await downloaded(page, figure.locator("button:text-is('SVG')"));
        assert.match(vector.name, /\.svg$/);
        assert.ok(vector.bytes.toString().includes("</text>"), title);
        // Letters and the edges of lines differ; without what it draws it is farther.
        const drawn = vector.bytes.toString();
        const away = (svg) =>
            beside.evaluate(distance, [
                `data:image/png;base64,${bytes.toString("base64")}`,
                `data:image/svg+xml;base64,${Buffer.from(svg).toString("base64")}`,
            ]);
        const far = await away(drawn);
        const without = await away(drawn.replace(/<(path|image)[^>]*>(<\/\1>)?/g, ""));
        assert.ok(far < 0.004, `${title}: PNG and SVG are ${far} apart`);
        assert.ok(without > 2 * far, `${title}: ${without} apart with nothing drawn`);
    }
    assert.deepEqual(problems, []);
    await context.close();
}
