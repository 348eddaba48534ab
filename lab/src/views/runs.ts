import { h } from "../dom";
import type { View } from "../view";

export const runs: View = {
  name: "runs",
  title: "Runs",
  show(root) {
    root.append(h("h1", {}, "Runs"));
    return () => {};
  },
};
