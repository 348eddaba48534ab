// Training from the page: the form, the data, the curves as they grow, and the hand on the brake.
import assert from "node:assert/strict";
import path from "node:path";
import { gradus, labTest } from "./browser.mjs";

const state = (page) => page.locator(".train-state");
const ended = (page, word) => page.locator(`.train-state.${word}`).waitFor({ timeout: 60_000 });
// Of the line of that name, as the chart's table for screen readers has it.
const lastValue = (page, chart, line) =>
  page.locator(".train-charts section").nth(chart).locator("tbody tr", { hasText: line }).locator("td").first().textContent();

labTest("a training on the digits, from the form to its figures", { width: 1600 }, async ({ page, go, screenshot, folder }) => {
  await go("train");
  await page.getByText("Rows of each class").waitFor();
  assert.equal(await page.locator(".train-pictures canvas").count(), 12);
  await page.getByLabel("Hidden").fill("32");
  await page.getByLabel("Epochs").fill("40");
  await page.getByLabel("Name").fill("from the page");
  await screenshot("train-form");
  await page.getByRole("button", { name: "Start training" }).click();
  await ended(page, "finished");
  assert.match(await page.locator(".train-run h2").textContent(), /from the page/);
  assert.ok(Number(await lastValue(page, 1, "training")) > 0.9);
  const points = await page.evaluate(async () => (await (await fetch("/api/trainings/1")).json()).curves.epochs.length);
  assert.ok(points > 5, `${points} epochs`);
  const accuracy = Number(await page.locator(".train-end tr", { hasText: "test" }).locator("td").last().textContent());
  assert.ok(accuracy > 0.9, `accuracy ${accuracy}`);
  assert.equal(await page.getByRole("link", { name: "This run among the others" }).getAttribute("href"), "#runs?run=1");
  await screenshot("train-finished");

  // The command line that the page shows gives the same weights.
  const command = await page.locator(".train-command code").textContent();
  assert.equal(command, "gradus train digits --hidden 32 --epochs 40 --name 'from the page'");
  gradus(folder, "train", "digits", "--hidden", "32", "--epochs", "40", "--quiet");
  const [mine, theirs] = ["1", "2"].map((id) => JSON.parse(gradus(folder, "runs", "show", id, "--json").split("\n")[0]));
  assert.equal(mine.weights_sha256, theirs.weights_sha256);
  assert.equal(mine.weights_sha256.length, 64);
});

labTest("the curve grows, waits, takes one step and goes on", {}, async ({ page, go, screenshot }) => {
  await go("train?data=spirals&epochs=100000000&early_stopping=patience&patience=0");
  await page.getByRole("button", { name: "Start training" }).click();
  await ended(page, "running");
  const step = async () => Number((await page.locator(".train-figures div", { hasText: "step" }).locator("dd").textContent()).replaceAll(",", ""));
  await page.locator(".train-figures div", { hasText: "step" }).waitFor();
  const first = await step();
  await page.waitForFunction((before) => Number(document.querySelectorAll(".train-figures dd")[1].textContent.replaceAll(",", "")) > before, first);
  await page.getByRole("button", { name: "Pause" }).click();
  await ended(page, "paused");
  const paused = await step();
  await page.waitForTimeout(300);
  assert.equal(await step(), paused);
  await screenshot("train-paused");
  await page.getByRole("button", { name: "One step" }).click();
  await page.waitForFunction((wanted) => Number(document.querySelectorAll(".train-figures dd")[1].textContent.replaceAll(",", "")) === wanted, paused + 1);

  // Whoever leaves the page and comes back finds it.
  await go("runs");
  await page.waitForTimeout(100);
  await go("train");
  await ended(page, "paused");
  await page.getByRole("button", { name: "Go on" }).click();
  await ended(page, "running");
  await page.getByRole("button", { name: "Stop" }).click();
  await ended(page, "interrupted");
  await page.getByText("the model as it was is kept").waitFor();
});

function houses() {
  const rows = Array.from({ length: 200 }, (_, i) => `${i % 17},${["Delft", "Gouda", ""][i % 3]},${3 * (i % 17) + 10 * (i % 3) + (i % 5)}`);
  return `rooms,town,price\n${rows.join("\n")}\n`;
}

labTest("a table of one's own is looked at and trained on", {}, async ({ page, go, screenshot }) => {
  await go("train");
  await page.getByText("Rows of each class").waitFor();
  await page.locator("input[type=file]").setInputFiles({ name: "houses.csv", mimeType: "text/csv", buffer: Buffer.from(houses()) });
  await page.locator(".train-columns").waitFor();
  assert.match(await page.locator("#train-data option:checked").textContent(), /houses\.csv/);
  const town = page.locator(".train-columns tr", { hasText: "town" });
  assert.match(await town.textContent(), /category.*66.*one-hot/);
  assert.match(await page.locator(".train-facts").textContent(), /200 rows.*regression of price/);
  await screenshot("train-upload");

  await page.getByLabel("Target", { exact: true }).fill("town");
  await page.getByText("classification of town").waitFor();
  await page.getByLabel("Target", { exact: true }).fill("");
  await page.getByText("regression of price").waitFor();
  await page.getByLabel("Epochs").fill("30");
  await page.getByRole("button", { name: "Start training" }).click();
  await ended(page, "finished");
  assert.match(await page.locator(".train-command code").textContent(), new RegExp(path.join("runs", "uploads", "1", "table.csv")));

  // Dropped instead of chosen.
  await page.evaluate((text) => {
    const files = new DataTransfer();
    files.items.add(new File([text], "dropped.csv", { type: "text/csv" }));
    document.querySelector(".train-drop").dispatchEvent(new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true }));
  }, houses());
  await page.locator("#train-data option:checked", { hasText: "dropped.csv" }).waitFor({ state: "attached" });

  // And deleted.
  page.on("dialog", (dialog) => dialog.accept());
  await page.getByRole("button", { name: "Delete this table" }).click();
  await page.locator("#train-data option:checked", { hasText: "digits" }).waitFor({ state: "attached" });
  assert.equal(await page.locator("#train-data option", { hasText: "dropped.csv" }).count(), 0);
  assert.equal(await page.getByRole("button", { name: "Delete this table" }).isVisible(), false);
});

labTest("the address holds the form, and what is wrong is said beside its field", { width: 400 }, async ({ page, go, screenshot }) => {
  await go("train?data=moons&hidden=8,8&optimizer=momentum&momentum=0.8&l2=0.01");
  const value = (label) => page.getByLabel(label, { exact: true }).inputValue();
  await page.getByText("Rows of each class").waitFor();
  assert.equal(await value("Hidden"), "8,8");
  assert.equal(await value("Optimizer"), "momentum");
  assert.equal(await value("Momentum"), "0.8");
  assert.equal(await page.locator(".train-command code").textContent(), "gradus train moons --hidden 8,8 --l2 0.01 --optimizer momentum --momentum 0.8");

  await page.getByLabel("Learning rate", { exact: true }).fill("-1");
  await page.getByText("Expected a number > 0, or auto.").waitFor();
  assert.equal(await page.getByLabel("Learning rate", { exact: true }).getAttribute("aria-invalid"), "true");
  await page.getByRole("button", { name: "Start training" }).click();
  assert.equal(await page.evaluate(() => document.activeElement.id), "train-learning_rate");
  assert.equal(await page.evaluate(async () => (await (await fetch("/api/trainings")).json()).length), 0);
  await screenshot("train-mistake-narrow");
  await page.getByLabel("Learning rate", { exact: true }).fill("0.05");
  assert.match(await page.evaluate(() => location.hash), /learning_rate=0\.05/);
  await page.reload();
  await page.getByText("Rows of each class").waitFor();
  assert.equal(await value("Learning rate"), "0.05");
  assert.equal(await value("L2"), "0.01");
});
