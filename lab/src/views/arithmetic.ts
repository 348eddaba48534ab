import { h } from "../dom";
import type { View } from "../view";

export const arithmetic: View = {
  name: "arithmetic",
  title: "Arithmetic",
  show(root) {
    root.append(h("h1", {}, "Arithmetic"));
    return () => {};
  },
};
