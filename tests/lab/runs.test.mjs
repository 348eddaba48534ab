// The store in the browser: found, sorted, grouped, compared, tagged, deleted, taken out.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gradus, labTest } from "./browser.mjs";

const study = `
title = "Width"
question = "Do wider layers classify digits better?"
replicates = 5
[base]
data = "digits"
epochs = 5
[vary]
hidden = [4, 64]
[[claim]]
says = 'val_accuracy("64") > val_accuracy("4")'
text = "64 units are better than 4"
`;

// Runs 1 to 3: the third with another rate; then two contenders with five seeds each.
function prepare(folder) {
  for (const [seed, rate] of [[1, 0.001], [2, 0.001], [1, 0.01]]) {
    gradus(folder, "train", "digits", "--epochs", "8", "--hidden", "16", "--seed", `${seed}`, "--learning-rate", `${rate}`,
      "--name", `first ${seed} ${rate}`, "--quiet");
  }
  writeFileSync(path.join(folder, "width.toml"), study);
  gradus(folder, "study", "width.toml", "--quiet");
}

const rowsOf = (page) => page.locator(".runs-table tbody tr[role=row]");
const labels = (page) => page.locator(".runs-table .runs-open").allTextContents();
const differing = (panel, page, name) =>
  panel.locator(".runs-differences tr").filter({ has: page.getByRole("rowheader", { name, exact: true }) });
const select = (page, label) => page.getByRole("row", { name: label }).getByRole("checkbox").check();

labTest("runs are found by words and by comparisons, and sorted by their best figure", { prepare }, async ({ page }) => {
  await rowsOf(page).nth(12).waitFor();
  assert.equal(await rowsOf(page).count(), 13);
  const filter = page.getByRole("searchbox");
  await filter.fill("first");
  assert.equal(await rowsOf(page).count(), 3);
  await filter.fill("first learning_rate=0.01");
  await page.waitForFunction(() => document.querySelectorAll(".runs-table tbody tr[role=row]").length === 1);
  assert.deepEqual(await labels(page), ["first 1 0.01"]);
  await filter.fill("loss<0");
  await page.getByText("No run matches.").waitFor();
  await filter.fill("");
  await rowsOf(page).nth(12).waitFor();

  await page.getByRole("columnheader", { name: "best validation loss" }).getByRole("button").first().click();
  const losses = (await page.locator(".runs-table tbody tr[role=row] td:nth-child(9)").allTextContents()).map(Number);
  assert.deepEqual(losses, [...losses].sort((a, b) => a - b), "the least loss first");
  assert.ok(losses.every(Number.isFinite) && losses.length === 13);
  await page.reload();
  await rowsOf(page).nth(12).waitFor();
  assert.match(page.url(), /sort=best/);
  assert.equal(Number(await page.locator(".runs-table tbody tr[role=row] td:nth-child(9)").first().textContent()), losses[0]);
});

labTest("three runs are overlaid, and what differs is told", { prepare }, async ({ page, screenshot }) => {
  for (const label of ["first 1 0.001", "first 2 0.001", "first 1 0.01"]) await select(page, label);
  const panel = page.getByRole("region", { name: "Comparison" });
  await page.waitForFunction(() => document.querySelectorAll(".chart-legend button").length === 3);
  const drawn = () => page.locator(".chart canvas").evaluate((canvas) => {
    const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    const colours = new Set();
    for (let i = 0; i < pixels.length; i += 4) if (pixels[i + 3] === 255) colours.add(pixels.slice(i, i + 3).join());
    return [colours.has("0,114,178"), colours.has("213,94,0"), colours.has("0,158,115")];
  });
  await page.waitForTimeout(200);
  assert.deepEqual(await drawn(), [true, true, true], "a line in each of three colours");

  const rates = differing(panel, page, "learning_rate");
  assert.deepEqual(await rates.getByRole("cell").allTextContents(), ["0.001", "0.001", "0.01"]);
  assert.deepEqual(await differing(panel, page, "seed").getByRole("cell").allTextContents(), ["1", "2", "1"]);
  assert.equal(await differing(panel, page, "epochs").count(), 0, "what is the same is not told");

  // The summary for screen readers has the very values that the curves end at.
  const store = JSON.parse(await page.evaluate(() => fetch("/api/runs/1/series?names=validation_loss").then((a) => a.text())));
  const last = store.series.validation_loss.values.at(-1);
  const told = Number(await panel.locator(".chart table tbody tr").first().getByRole("cell").first().textContent());
  assert.ok(Math.abs(told - last) < 1e-3 * last, `${told} is ${last}`);

  const x = panel.getByRole("combobox", { name: "over" });
  for (const axis of ["steps", "seconds", "epochs"]) {
    await x.selectOption(axis);
    await panel.locator(".chart caption", { hasText: `over ${axis}` }).waitFor({ state: "attached" });
  }
  await panel.getByLabel("log y").check();
  await panel.getByLabel("smoothing").fill("0.6");
  await page.waitForTimeout(200);
  assert.match(page.url(), /logy.*smooth=0.6/);
  await screenshot("runs-compared");

  // Zoom by dragging, and out again.
  await panel.locator(".u-over").scrollIntoViewIfNeeded();
  const box = await panel.locator(".u-over").boundingBox();
  await page.mouse.move(box.x + 100, box.y + 60);
  await page.mouse.down();
  await page.mouse.move(box.x + 300, box.y + 65, { steps: 5 });
  await page.mouse.up();
  await panel.getByRole("button", { name: "Show all" }).click();
  await panel.getByRole("button", { name: "Show all" }).waitFor({ state: "hidden" });
});

labTest("seeds of one configuration are a row, a line and a band", { prepare }, async ({ page, screenshot }) => {
  await page.getByLabel("group by seed").check();
  await page.waitForFunction(() => document.querySelectorAll(".runs-table tbody tr[role=row]").length === 4);
  assert.equal((await labels(page)).filter((label) => label.startsWith("width")).length, 2);
  await page.getByRole("row", { name: "width/64" }).getByRole("checkbox").check();
  await page.getByText("width/64 (5 seeds)").first().waitFor();
  await page.getByRole("row", { name: "width/64" }).getByRole("button", { name: "runs of this group" }).click();
  assert.equal(await rowsOf(page).count(), 9);
  const seeds = differing(page.getByRole("region", { name: "Comparison" }), page, "seed");
  assert.deepEqual(await seeds.getByRole("cell").allTextContents().then((all) => all.sort()), ["0", "1", "2", "3", "4"]);
  await screenshot("runs-grouped");
});

labTest("a study's verdicts stand beside its runs", { prepare }, async ({ page }) => {
  await page.getByText("1 supported").click();
  const claim = page.getByRole("row", { name: "64 units are better than 4" });
  assert.match(await claim.getByRole("cell").first().textContent(), /supported/);
  await page.getByRole("button", { name: "Select its 10 runs" }).click();
  await page.getByText("10 runs selected").waitFor();
});

labTest("tags, a note, deletion and export change and read the store", { prepare }, async ({ page, folder }) => {
  for (const label of ["first 1 0.001", "first 2 0.001"]) await select(page, label);
  await page.getByRole("button", { name: "Tag…" }).click();
  await page.getByLabel("Add, separated by commas").fill("good, <b>bold</b>");
  await page.getByRole("button", { name: "Change" }).click();
  await page.locator(".runs-tag", { hasText: "<b>bold</b>" }).first().waitFor();
  assert.match(gradus(folder, "runs", "list", "--json", "--tag", "good"), /"run":2.*\n.*"run":1/);

  await page.getByRole("button", { name: "first 1 0.01", exact: true }).click();
  await page.getByLabel("Note").fill("the fast one");
  await page.getByRole("button", { name: "Keep the note" }).click();
  await page.getByText("kept", { exact: true }).waitFor();
  assert.match(gradus(folder, "runs", "show", "3"), /the fast one/);
  assert.match(await page.getByRole("dialog").textContent(), /learning_rate0.01/);
  await page.keyboard.press("Escape");

  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Curves as CSV" }).click();
  const curves = readFileSync(await (await download).path(), "utf8");
  assert.match(curves, /^run,series,step,epoch,value\n/);
  assert.deepEqual([...new Set(curves.trim().split("\n").slice(1).map((line) => line.split(",")[0]))], ["1", "2"]);

  await page.getByRole("button", { name: "Delete…" }).click();
  await page.getByRole("button", { name: "Cancel" }).click();
  assert.equal(await rowsOf(page).count(), 13);
  await page.getByRole("button", { name: "Delete…" }).click();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.waitForFunction(() => document.querySelectorAll(".runs-table tbody tr[role=row]").length === 11);
  assert.doesNotMatch(gradus(folder, "runs", "list", "--json", "--limit", "0"), /"run":[12],/);
});

labTest("the table is used by keyboard", { prepare }, async ({ page }) => {
  await rowsOf(page).nth(12).waitFor();
  await page.locator(".runs-table").focus();
  for (const key of ["ArrowDown", "Space", "Shift+ArrowDown"]) await page.keyboard.press(key);
  await page.getByText("2 runs selected").waitFor();
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").getByRole("heading", { name: "Run 1 " }).waitFor();
});

// Two contenders with a hundred seeds each, trained for a moment.
function prepareMany(folder) {
  writeFileSync(path.join(folder, "many.toml"), study.replace("replicates = 5", "replicates = 100").replace("epochs = 5", "epochs = 1"));
  gradus(folder, "study", "many.toml", "--quiet");
}

labTest("of many runs only those in sight are in the document", { prepare: prepareMany }, async ({ page }) => {
  await page.getByText("Export all 200").waitFor();
  assert.ok((await rowsOf(page).count()) < 60);
  assert.equal(await page.locator(".runs-table").getAttribute("aria-rowcount"), "201");
  await page.locator(".runs-table").focus();
  await page.keyboard.press("End");
  const last = page.locator(".runs-table tbody tr[role=row]").last();
  await page.waitForFunction(() => [...document.querySelectorAll("tr[aria-rowindex]")].at(-1)?.getAttribute("aria-rowindex") === "201");
  assert.equal(await last.locator("td").nth(1).textContent(), "1");
  assert.ok(await last.evaluate((row) => row.getBoundingClientRect().bottom <= row.closest(".runs-scroll").getBoundingClientRect().bottom + 1));
  assert.ok((await rowsOf(page).count()) < 60);
  await page.getByLabel("select all").check();
  await page.getByText("200 runs selected").waitFor();
  await page.getByText("the first 50 of 200 lines").waitFor();
});

labTest("a phone shows it, dark", { prepare, width: 400, scheme: "dark" }, async ({ page, screenshot }) => {
  await select(page, "first 1 0.01");
  await page.locator(".chart canvas").waitFor();
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wide <= 0, `${wide} pixels too wide`);
  await screenshot("runs-phone-dark");
});
