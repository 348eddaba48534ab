import { h } from "../dom";
import type { View } from "../view";

export const train: View = {
  name: "train",
  title: "Train",
  show(root) {
    root.append(h("h1", {}, "Train"));
    return () => {};
  },
};
