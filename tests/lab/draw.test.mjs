// Draw a digit with the pointer and read the answer.
import assert from "node:assert/strict";
import { gradus, labTest } from "./browser.mjs";

const digits = { prepare: (folder) => gradus(folder, "train", "digits", "--hidden", "64", "--epochs", "40", "--quiet") };

/** Moves the pressed pointer along points of the sheet, 0 to 1 from left to right and from top to bottom. */
async function stroke(page, points) {
  const box = await page.locator("canvas.pad").boundingBox();
  const at = ([x, y]) => [box.x + x * box.width, box.y + y * box.height];
  await page.mouse.move(...at(points[0]));
  await page.mouse.down();
  for (const point of points.slice(1)) await page.mouse.move(...at(point), { steps: 8 });
  await page.mouse.up();
}

const circle = Array.from({ length: 25 }, (_, k) => [0.5 + 0.22 * Math.sin((k / 24) * 2 * Math.PI), 0.5 - 0.36 * Math.cos((k / 24) * 2 * Math.PI)]);

async function answered(page, digit) {
  await page.waitForFunction((expected) => document.querySelector(".best").textContent === expected, digit, { timeout: 20_000 });
}

labTest("a drawn zero is recognised, then a one", digits, async ({ page, go, screenshot }) => {
  await go("draw");
  await page.locator("canvas.pad").waitFor();
  await page.locator(".bars tr").nth(9).waitFor();
  await stroke(page, circle);
  await answered(page, "0");
  const shares = await page.locator(".bars td.num").allTextContents();
  assert.equal(shares.length, 10);
  assert.ok(parseFloat(shares[0]) > 50, shares.join());
  assert.ok((await page.locator(".units canvas").evaluate((canvas) => canvas.width * canvas.height)) >= 64);
  await screenshot("draw-zero");

  await page.getByRole("button", { name: "Clear" }).click();
  await answered(page, "–");
  await stroke(page, [[0.38, 0.3], [0.55, 0.15], [0.55, 0.85]]);
  await page.waitForFunction(() => /^\d$/.test(document.querySelector(".best").textContent));
  await answered(page, "1");
});

labTest("one of the data can be shown by the keyboard", digits, async ({ page, go }) => {
  await go("draw");
  await page.locator(".bars tr").nth(9).waitFor();
  await page.getByLabel("A digit of the data").selectOption("7");
  await answered(page, "7");
});

labTest("without a model the page trains one", {}, async ({ page, go }) => {
  await go("draw");
  await page.getByRole("button", { name: "Train one on the digits" }).click();
  await page.locator("canvas.pad").waitFor();
  await page.locator(".bars tr").nth(9).waitFor();
  await stroke(page, circle);
  await answered(page, "0");
});

for (const scheme of ["light", "dark"]) {
  for (const width of [400, 1600]) {
    labTest(`draw fits, ${scheme}, ${width} pixels`, { ...digits, scheme, width }, async ({ page, go, screenshot }) => {
      await go("draw");
      await page.locator(".bars tr").nth(9).waitFor();
      await stroke(page, circle);
      await answered(page, "0");
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `${wide} pixels too wide`);
      await screenshot(`draw-${scheme}-${width}`);
    });
  }
}
