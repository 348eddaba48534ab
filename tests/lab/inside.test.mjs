// A look inside runs: decisions while they are learned, layers, weights, the samples behind mistakes.
import assert from "node:assert/strict";
import { gradus, labTest } from "./browser.mjs";

/** Starts a training from within the page and returns its run. */
const train = (page, fields) =>
  page.evaluate(async (body) => {
    const answer = await fetch("/api/trainings", { method: "POST", headers: { "Content-Type": "application/json" }, body });
    if (!answer.ok) throw new Error(await answer.text());
    return (await answer.json()).id;
  }, JSON.stringify({ fields }));

/** The pixels of a canvas as a text to compare. */
const picture = (canvas) => canvas.evaluate((element) => element.toDataURL());

labTest("the decisions on the spirals change while they are learned", {}, async ({ page, go, screenshot }) => {
  const fields = { data: "spirals", hidden: "32,32", epochs: "1000000", patience: "0", learning_rate: "0.001" };
  const id = await train(page, { ...fields, layers_every: "200" });
  await page.waitForFunction(async (run) => (await (await fetch("/api/trainings")).json()).some((each) => each.id === run && each.progress), id);
  await go(`inside?run=${id}`);
  const canvas = page.locator("canvas.surface");
  await page.locator("canvas.surface[data-step]").waitFor();
  const before = { step: Number(await canvas.getAttribute("data-step")), picture: await picture(canvas) };
  // How much 2,000 steps change depends on when a busy machine got to look.
  await page.waitForFunction(
    ({ step, picture }) => {
      const canvas = document.querySelector("canvas.surface");
      return Number(canvas.dataset.step) > step + 2000 && canvas.toDataURL() !== picture;
    },
    before,
  );
  await page.getByText(/training, step/).waitFor();
  await page.locator(".strips canvas.strip").first().waitFor();
  await screenshot("inside-live-spirals");

  await page.evaluate((run) => fetch(`/api/trainings/${run}/stop`, { method: "POST" }), id);
  await page.getByText(/interrupted after/).waitFor();
});

const digits = { prepare: (folder) => gradus(folder, "train", "digits", "--hidden", "24,12", "--epochs", "6", "--layers-every", "10", "--quiet") };

labTest("the samples behind a cell are those of the confusion matrix", digits, async ({ page, go }) => {
  await go("inside?run=1");
  const cells = page.locator("button.cell");
  await cells.nth(99).waitFor();
  const labels = await cells.evaluateAll((all) => all.map((cell) => cell.getAttribute("aria-label")));
  const wrong = labels.map((label, at) => ({ at, found: label.match(/^true (\d), taken for (\d): (\d+) row/) })).filter(({ found }) => found && Number(found[3]) > 0);
  assert.ok(wrong.length > 0, labels.join("\n"));
  const { at, found } = wrong[0];

  // By the keyboard alone: from the first cell by arrow keys to this one.
  await cells.first().focus();
  for (let row = 0; row < Math.floor(at / 10); ++row) await page.keyboard.press("ArrowDown");
  for (let column = 0; column < at % 10; ++column) await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: `True ${found[1]}, taken for ${found[2]}: ${found[3]} row` }).waitFor();
  assert.equal(await page.locator(".samples canvas").count(), Math.min(50, Number(found[3])));
});

labTest("layers and weights of a stored run, and the step that is chosen", digits, async ({ page, go }) => {
  await go("inside?run=1");
  await page.locator(".strips canvas.strip").nth(8).waitFor(); // three layers, three quantities
  const slider = page.getByRole("slider", { name: "Recorded step" });
  const histogram = page.locator("canvas.histogram").first();
  const last = await picture(histogram);
  await slider.focus();
  await page.keyboard.press("Home");
  assert.equal(await slider.getAttribute("aria-valuetext"), "step 1");
  assert.notEqual(await picture(histogram), last);
  assert.equal(await page.locator(".layer-figures tbody tr").count(), 3);

  assert.equal(await page.locator(".tiles canvas").count(), 24);
  await page.getByLabel("Layer", { exact: true }).selectOption({ label: "layer 2: 24 × 12, relu" });
  await page.locator("canvas.weight-map").waitFor();
});

labTest("wide data are cut by two features or two components, and the address keeps it", digits, async ({ page, go }) => {
  await go("inside?run=1");
  await page.locator("canvas.surface[data-step]").waitFor();
  assert.match(await page.locator("canvas.surface").getAttribute("aria-label"), /component 1 .* component 2/);
  await page.getByLabel("Plane").selectOption("features");
  await page.getByLabel("Feature along x").selectOption("pixel20");
  await page.locator('canvas.surface[aria-label*="pixel20"]').waitFor();
  const address = page.url();
  assert.match(address, /x=pixel20/);
  await page.reload();
  await page.locator('canvas.surface[aria-label*="pixel20"]').waitFor();
  assert.equal(page.url(), address);
});

const unrecorded = { prepare: (folder) => gradus(folder, "train", "moons", "--hidden", "8", "--epochs", "3", "--quiet") };

labTest("a run without recorded layers says how to record them", unrecorded, async ({ page, go }) => {
  await go("inside");
  await page.getByText("--layers-every 50").waitFor();
  await page.locator("canvas.surface[data-step]").waitFor();
});

for (const scheme of ["light", "dark"]) {
  for (const width of [400, 1600]) {
    labTest(`inside fits, ${scheme}, ${width} pixels`, { ...digits, scheme, width }, async ({ page, go, screenshot }) => {
      await go("inside?run=1");
      await page.locator("canvas.surface[data-step]").waitFor();
      await page.locator("button.cell").nth(99).waitFor();
      await page.locator(".tiles canvas").first().waitFor();
      await page.locator(".strips canvas").first().waitFor();
      await page.locator("button.cell:not(.right):not(.empty)").first().click();
      await page.locator(".samples canvas").first().waitFor();
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `${wide} pixels too wide`);
      await screenshot(`inside-${scheme}-${width}`);
    });
  }
}
