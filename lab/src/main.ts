// The frame: a menu, and the view that the address names.
import "./style.css";
import { h, replace } from "./dom";
import type { View } from "./view";
import { arithmetic } from "./views/arithmetic";
import { descent } from "./views/descent";
import { draw } from "./views/draw";
import { inside } from "./views/inside";
import { runs } from "./views/runs";
import { train } from "./views/train";

const views: View[] = [runs, train, inside, arithmetic, descent, draw];

const menu = h("nav", { "aria-label": "Parts of the lab" });
const main = h("main", { id: "main", tabindex: -1 });
let end = () => {};

function show(): void {
  const [name, query] = location.hash.slice(1).split("?", 2);
  const view = views.find((candidate) => candidate.name === name) ?? views[0]!;
  end();
  replace(main);
  end = view.show(main, new URLSearchParams(query ?? ""));
  document.title = `${view.title} - gradus lab`;
  replace(
    menu,
    ...views.map((each) =>
      h("a", { href: `#${each.name}`, "aria-current": each === view ? "page" : null }, each.title),
    ),
  );
}

document.body.append(
  h("a", { class: "skip", href: "#main", onclick: (event: Event) => (event.preventDefault(), main.focus()) }, "To the content"),
  h("header", {}, h("a", { class: "mark", href: "#runs" }, "gradus lab"), menu),
  main,
);
addEventListener("hashchange", show);
show();
