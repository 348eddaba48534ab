import { h } from "../dom";
import type { View } from "../view";

export const descent: View = {
  name: "descent",
  title: "Descent",
  show(root) {
    root.append(h("h1", {}, "Descent"));
    return () => {};
  },
};
