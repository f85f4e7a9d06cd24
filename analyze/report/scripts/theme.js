// Dark or light: as the system says, until the reader chooses.
import { forgetTheme } from "./colours.js";
import { button } from "./dom.js";
import { change } from "./state.js";

const dark = matchMedia("(prefers-color-scheme: dark)");
const root = document.documentElement;
let turns = 0;

function apply() {
    forgetTheme();
    change({ theme: ++turns });
}

export function theme() {
    const toggle = button("Theme", "Dark or light", () => {
        const now = root.dataset.theme ?? (dark.matches ? "dark" : "light");
        root.dataset.theme = now === "dark" ? "light" : "dark";
        apply();
    });
    dark.addEventListener("change", apply);
    return toggle;
}

/* Print is light, whatever the screen is. */
export function lightWhile(action) {
    const before = root.dataset.theme;
    root.dataset.theme = "light";
    forgetTheme();
    action();
    return () => {
        if (before) root.dataset.theme = before;
        else delete root.dataset.theme;
        apply();
    };
}
