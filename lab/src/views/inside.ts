import { h } from "../dom";
import type { View } from "../view";

export const inside: View = {
  name: "inside",
  title: "Inside",
  show(root) {
    root.append(h("h1", {}, "Inside"));
    return () => {};
  },
};
