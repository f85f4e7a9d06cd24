// A few words beside the pointer.
import { el } from "./dom.js";

const tip = el("div", { class: "tip", hidden: true, role: "status" });

export function hideTip() {
    tip.hidden = true;
}

/* Lines beside the pointer of an event; null hides them. */
export function showTip(words, event) {
    tip.hidden = !words;
    if (!words) return;
    if (!tip.isConnected) document.body.append(tip);
    tip.textContent = words;
    const { clientWidth, clientHeight } = document.documentElement;
    const right = clientWidth - tip.offsetWidth - 8;
    const below = event.clientY + 18;
    const above = event.clientY - tip.offsetHeight - 10;
    tip.style.left = `${Math.max(4, Math.min(event.clientX + 14, right))}px`;
    tip.style.top = `${below + tip.offsetHeight > clientHeight ? above : below}px`;
}
