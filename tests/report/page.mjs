// The page of a report as its readers use it: node page.mjs NODE_MODULES CHROMIUM
// FOLDER, which holds one.html, two.html (with a seed and a run beside), group.html,
// of no pairs digits.html, stream.html, images.html and tokens.html, and sweep.html with tables of its regimes.
import assert from "node:assert/strict";
import { startBrowser } from "./browser.mjs";
import * as access from "./access.mjs";
import * as lead from "./lead.mjs";
import * as numbers from "./numbers.mjs";
import * as steps from "./steps.mjs";
import * as sweeps from "./sweeps.mjs";

// A fourth word: only tests with it in their names.
const [modules, chromium, folder, only = ""] = process.argv.slice(2);
const browser = await startBrowser(modules, chromium);
let failed = 0;
for (const [name, test] of Object.entries({ ...lead, ...steps, ...numbers, ...access, ...sweeps })) {
    if (!name.includes(only)) continue;
    const begin = Date.now();
    try {
        await test(browser, folder, assert);
        console.log(`ok      ${name} (${Date.now() - begin} ms)`);
    } catch (error) {
        failed++;
        console.log(`FAILED  ${name}\n${error.stack}`);
    }
}
await browser.close();
process.exit(failed ? 1 : 0);
