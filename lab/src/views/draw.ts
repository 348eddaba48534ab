import { h } from "../dom";
import type { View } from "../view";

export const draw: View = {
  name: "draw",
  title: "Draw",
  show(root) {
    root.append(h("h1", {}, "Draw"));
    return () => {};
  },
};
