// What is done to selected runs: tags, deletion, export.
import { post, remove } from "../api";
import { h, replace } from "../dom";
import { figure } from "../numbers";
import { rangesOf } from "./filter";
import type { Run } from "./list";

const longestAddress = 7000; // that the server reads

export interface Actions {
  show(selected: Run[], visible: Run[], all: boolean): void;
}

/** `deselect` empties the selection; `changed` reads the store anew. */
export function actionBar(root: HTMLElement, deselect: () => void, changed: () => void): Actions {
  const bar = h("div", { class: "row runs-actions" });
  const message = h("p", { class: "refusal", role: "status" });
  const dialog = h("dialog", { class: "runs-ask" });
  root.append(bar, message, dialog);

  async function each(runs: Run[], work: (run: Run) => Promise<unknown>): Promise<void> {
    const failed: string[] = [];
    for (const run of runs) {
      try {
        await work(run);
      } catch (error) {
        failed.push((error as Error).message);
      }
    }
    message.textContent = failed.length > 1 ? `${failed[0]} (and ${failed.length - 1} more)` : (failed[0] ?? "");
    changed();
  }

  function ask(title: string, content: (Node | string)[], verb: string, work: () => void): void {
    const submit = (event: Event) => {
      event.preventDefault();
      dialog.close();
      work();
    };
    replace(
      dialog,
      h("form", { onsubmit: submit },
        h("h2", {}, title),
        ...content,
        h("div", { class: "row" }, h("button", { class: "main" }, verb), h("button", { type: "button", onclick: () => dialog.close() }, "Cancel"))),
    );
    dialog.showModal();
  }

  function askDelete(runs: Run[]): void {
    const names = runs.slice(0, 8).map((run) => h("li", {}, `${run.id} ${run.label}`));
    const more = runs.length > 8 ? [h("li", {}, `and ${runs.length - 8} more`)] : [];
    const work = () => void each(runs, (run) => remove(`/api/runs/${run.id}`)).then(deselect);
    ask(`Delete ${count(runs)}?`, [h("p", {}, "Their files go, too; nothing brings them back."), h("ul", {}, ...names, ...more)], "Delete", work);
  }

  function askTags(runs: Run[]): void {
    const text = h("input", { name: "tags", autocomplete: "off", placeholder: "good, baseline" });
    const borne = [...new Set(runs.flatMap((run) => run.tags))].sort();
    const away = new Map(borne.map((tag) => [tag, h("input", { type: "checkbox" })]));
    const removing = [...away].map(([tag, check]) => h("label", { class: "runs-check" }, check, ` ${tag}`));
    ask(
      `Tags of ${count(runs)}`,
      [
        h("label", { class: "runs-field" }, "Add, separated by commas", text),
        ...(borne.length > 0 ? [h("fieldset", {}, h("legend", {}, "Take away"), ...removing)] : []),
      ],
      "Change",
      () => {
        const add = text.value.split(",").map((tag) => tag.trim()).filter(Boolean);
        const gone = borne.filter((tag) => away.get(tag)!.checked && !add.includes(tag));
        void each(runs, (run) => post(`/api/runs/${run.id}/tags`, { add, remove: gone.filter((tag) => run.tags.includes(tag)) }));
      },
    );
  }

  function exportLink(path: string, text: string, ranges: string): HTMLElement {
    const query = ranges === "" ? "" : `?runs=${ranges}`;
    return h("a", { class: "runs-button", href: path + query, download: "" }, text);
  }

  return {
    show(selected, visible, all) {
      const exported = selected.length > 0 ? selected : visible;
      const ranges = selected.length === 0 && all ? "" : rangesOf(exported.map((run) => run.id));
      const links =
        exported.length === 0
          ? []
          : ranges.length > longestAddress
            ? [h("span", { class: "muted" }, "too many separate runs to export")]
            : [exportLink("/api/runs.csv", "Table as CSV", ranges), exportLink("/api/curves.csv", "Curves as CSV", ranges)];
      const acting =
        selected.length === 0
          ? []
          : [
              h("strong", {}, `${count(selected)} selected`),
              h("button", { type: "button", onclick: () => askTags(selected) }, "Tag…"),
              h("button", { type: "button", onclick: () => askDelete(selected) }, "Delete…"),
              h("button", { type: "button", onclick: deselect }, "Select none"),
            ];
      replace(bar, ...acting, h("span", { class: "runs-exports row" }, h("span", { class: "muted" }, selected.length > 0 ? "Export" : `Export all ${figure(visible.length)}`), ...links));
    },
  };
}

function count(runs: Run[]): string {
  return runs.length === 1 ? "1 run" : `${runs.length} runs`;
}
