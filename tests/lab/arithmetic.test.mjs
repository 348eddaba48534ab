// One training step, number by number: what stands there is what report 003 prints.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { labTest } from "./browser.mjs";

// expected/vu_q3.csv: case, name, numbers as JSON in quotes.
const reference = path.join(process.env.GRADUS_SHARED ?? "", "expected/vu_q3.csv");
const cases = new Map();
if (existsSync(reference)) {
  for (const line of readFileSync(reference, "utf8").split(/\r?\n/).slice(1)) {
    const found = line.match(/^(?:"([^"]*)"|([^,]*)),([^,]*),"?([^"]*)"?$/);
    if (!found) continue;
    const name = (found[1] ?? found[2]).startsWith("q3") ? "vu-q3" : "vu-q3-asymmetric";
    if (!cases.has(name)) cases.set(name, new Map());
    cases.get(name).set(found[3], [JSON.parse(found[4])].flat(2));
  }
}

// The letters under which the page has them, unit by unit, and the stage that shows them.
const pairs = (rows, columns) => [...Array(rows * columns).keys()].map((at) => [Math.floor(at / columns) + 1, (at % columns) + 1]);
const low = (index) => String.fromCharCode(0x2080 + index);
const letters = {
  o1: { stage: "Forward, layer 1", names: [1, 2, 3].map((j) => `z⁽¹⁾${low(j)}`) },
  h: { stage: "Forward, layer 1", names: [1, 2, 3].map((j) => `y⁽¹⁾${low(j)}`) },
  o2: { stage: "Forward, layer 2", names: [1, 2].map((j) => `z⁽²⁾${low(j)}`) },
  y: { stage: "Loss", names: [1, 2].map((j) => `p${low(j)}`) },
  loss: { stage: "Loss", names: ["L"] },
  dL_do2: { stage: "Backward, layer 2", names: [1, 2].map((j) => `δ⁽²⁾${low(j)}`) },
  dL_dw2: { stage: "Backward, layer 2", names: pairs(3, 2).map(([i, j]) => `dL/dw⁽²⁾${low(i)}${low(j)}`) },
  dL_db2: { stage: "Backward, layer 2", names: [1, 2].map((j) => `dL/db⁽²⁾${low(j)}`) },
  dL_dh: { stage: "Backward, layer 1", names: [1, 2, 3].map((j) => `dL/dy⁽¹⁾${low(j)}`) },
  dL_do1: { stage: "Backward, layer 1", names: [1, 2, 3].map((j) => `δ⁽¹⁾${low(j)}`) },
  dL_dw1: { stage: "Backward, layer 1", names: pairs(2, 3).map(([i, j]) => `dL/dw⁽¹⁾${low(i)}${low(j)}`) },
  dL_db1: { stage: "Backward, layer 1", names: [1, 2, 3].map((j) => `dL/db⁽¹⁾${low(j)}`) },
};

const working = (page) => page.getByRole("region", { name: "The arithmetic of this stage" });
const stage = (page) => working(page).getByRole("heading", { level: 2 }).textContent();
const value = (page, name) => working(page).locator(`output[data-name="${name}"]`).first().textContent();

for (const name of ["vu-q3", "vu-q3-asymmetric"]) {
  labTest(`every number of ${name} can be read`, {}, async ({ page, go, screenshot }) => {
    if (cases.size === 0) {
      console.log("skipped: GRADUS_SHARED has no expected/vu_q3.csv");
      return;
    }
    await go(`arithmetic?example=${name}&digits=all`);
    await working(page).waitFor();
    const wanted = cases.get(name);
    let read = 0;
    for (let more = true; more; ) {
      const title = await stage(page);
      for (const [figure, { stage: where, names }] of Object.entries(letters)) {
        if (where !== title) continue;
        const numbers = wanted.get(figure);
        assert.equal(numbers.length, names.length, figure);
        for (const [index, letter] of names.entries()) {
          const text = await value(page, letter);
          const off = Math.abs(Number(text) - numbers[index]);
          assert.ok(off <= 1e-15, `${figure}: ${letter} is ${text}, not ${numbers[index]}`);
          ++read;
        }
      }
      more = title !== "Update";
      if (more) {
        await page.getByRole("button", { name: "Next", exact: true }).click();
        await page.waitForFunction((before) => document.querySelector(".working h2").textContent !== before, title);
      }
    }
    assert.equal(read, [...wanted.values()].flat().length);
    await screenshot(name);
  });
}

labTest("the keys lead through the stages and into the next step", {}, async ({ page, go }) => {
  await go("arithmetic?example=xor");
  await working(page).waitFor();
  const titles = [await stage(page)];
  for (let i = 0; i < 6; ++i) {
    await page.keyboard.press("ArrowRight");
    titles.push(await stage(page));
  }
  assert.deepEqual(titles, [
    "The network and its sample",
    "Forward, layer 1",
    "Forward, layer 2",
    "Loss",
    "Backward, layer 2",
    "Backward, layer 1",
    "Update",
  ]);
  const after = await value(page, "new L");
  await page.keyboard.press("ArrowRight");
  await page.getByText("Step 2, stage 1").waitFor();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  assert.equal(await value(page, "L"), after);
  await page.keyboard.press("Home");
  assert.equal(await stage(page), "The network and its sample");
  assert.match(page.url(), /example=xor&step=2/);
});

labTest("a weight that is changed changes the loss, and the address keeps it", {}, async ({ page, go }) => {
  await go("arithmetic?example=vu-q3&at=3");
  await working(page).waitFor();
  assert.equal(await value(page, "L"), "0.6931");
  const weights = page.getByRole("region", { name: "Weights before the first step" });
  await weights.getByLabel("w⁽²⁾₁₁").fill("3");
  await weights.getByLabel("w⁽²⁾₁₁").press("Tab");
  await page.waitForFunction(() => document.querySelector('output[data-name="L"]').textContent !== "0.6931");
  const loss = await value(page, "L");
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), "w⁽²⁾₁₂");
  await page.reload();
  await working(page).waitFor();
  assert.equal(await value(page, "L"), loss);
  assert.ok(Math.abs(Number(loss) - Math.log(1 + Math.exp(-2 * 0.8807970779778823))) < 1e-4, loss);
});

labTest("a unit and a weight tell their formulas", {}, async ({ page, go }) => {
  await go("arithmetic?example=vu-q3-asymmetric&at=5");
  const place = page.getByRole("region", { name: "The unit or weight under the pointer" });
  await page.locator('[data-place="1.1.2"]').focus();
  await place.getByText("Weight w⁽¹⁾₂₁").waitFor();
  await place.getByText("x₂ δ⁽¹⁾₁").waitFor();
  await page.locator('[data-place="2.1.0"]').focus();
  await place.getByText("Unit 1 of layer 2").waitFor();
  await page.keyboard.press("Enter");
  await page.getByLabel("Change b⁽²⁾₁").fill("1");
  await page.getByLabel("Change b⁽²⁾₁").press("Enter");
  await page.waitForFunction(() => location.hash.includes("b="));
});

labTest("a corner has no numeric gradient", {}, async ({ page, go }) => {
  await go("arithmetic?example=kink&at=5");
  await working(page).waitFor();
  assert.equal(await stage(page), "Backward, layer 1");
  assert.equal(await working(page).getByText("a corner lies here").count(), 3);
});

labTest("another network has weights of its own", {}, async ({ page, go }) => {
  await go("arithmetic?example=vu-q3");
  await page.getByLabel("Units", { exact: true }).fill("3-4-4-3");
  await page.getByLabel("Units", { exact: true }).press("Enter");
  await page.getByText("Step 1, stage 1 of 9").waitFor();
  await page.getByRole("button", { name: "Last" }).click();
  assert.equal(await stage(page), "Update");
  const worst = await working(page).getByText("Largest relative difference").textContent();
  assert.ok(Number(worst.match(/[\d.e+-]+(?=\.$)/)[0]) < 1e-7, worst);
});

for (const scheme of ["light", "dark"]) {
  for (const width of [400, 1600]) {
    labTest(`arithmetic at work fits, ${scheme}, ${width} pixels`, { scheme, width }, async ({ page, go, screenshot }) => {
      await go("arithmetic?example=vu-q3-asymmetric&at=5");
      await working(page).waitFor();
      await page.locator('[data-place="1.1.2"]').press("Enter");
      await page.locator('[data-place="1.1.2"].chosen').waitFor();
      assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0);
      await screenshot(`arithmetic-at-work-${scheme}-${width}`);
    });
  }
}
