// Dark or light: as the system says, until the reader chooses; light on paper.
import { forgetTheme } from "./colours.js";
import { button } from "./dom.js";
import { change } from "./state.js";

const dark = matchMedia("(prefers-color-scheme: dark)");
const root = document.documentElement;
let chosen;
let turns = 0;

function wear(name) {
    root.dataset.theme = name;
    forgetTheme();
}

function wearOwn() {
    wear(chosen ?? (dark.matches ? "dark" : "light"));
}
wearOwn();

function apply() {
    wearOwn();
    change({ theme: ++turns });
}

export function theme() {
    const toggle = button("Theme", "Dark or light", () => {
        chosen = root.dataset.theme === "dark" ? "light" : "dark";
        apply();
    });
    dark.addEventListener("change", apply);
    return toggle;
}

/* Paper is light and as wide as style.css says, whatever the screen is: draw for it,
 * and return what goes back to the screen. */
export function onPaper(draw) {
    root.classList.add("paper");
    wear("light");
    draw();
    return () => {
        root.classList.remove("paper");
        apply();
    };
}
