// Optimizers racing on a function of two variables.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { labTest } from "./browser.mjs";

const race = "descent?f=booth&start=-5_-5&steps=50&c=sgd_0.02_0.9_1&c=momentum_0.01_0.9_1";

const points = (page, contender) => page.locator(`.path[data-contender="${contender}"]`).getAttribute("points");
const cells = (page, row) => page.locator(".contenders tbody tr").nth(row).locator("td.num").allTextContents();
const shows = (page, text) => page.waitForFunction((wanted) => document.querySelector(".where")?.textContent === wanted, text);

labTest("dragging the start changes the paths", {}, async ({ page, go, screenshot }) => {
  await go(race);
  await shows(page, "step 50 of 50");
  const before = [await points(page, 0), await points(page, 1)];
  const start = await page.locator(".start .ring").boundingBox();
  const from = { x: start.x + start.width / 2, y: start.y + start.height / 2 };
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(from.x + 60, from.y - 40, { steps: 5 });
  await page.waitForFunction((old) => document.querySelector('.path[data-contender="0"]').getAttribute("points") !== old, before[0]);
  await page.mouse.move(from.x + 120, from.y - 80, { steps: 5 });
  await page.mouse.up();
  await page.waitForFunction(() => !location.hash.includes("start=-5_-5") && location.hash.includes("start="));
  assert.notEqual(await points(page, 1), before[1]);
  const [x, y] = new URLSearchParams(new URL(page.url()).hash.split("?")[1]).get("start").split("_").map(Number);
  assert.ok(x > -5 && y > -5, `${x}, ${y}`);
  assert.equal(await page.getByLabel("start x").inputValue(), String(x));
  await screenshot("descent-dragged");
});

labTest("the arrow keys move the start too", {}, async ({ page, go }) => {
  await go(race);
  await shows(page, "step 50 of 50");
  const before = await points(page, 0);
  await page.locator(".start").focus();
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction((old) => document.querySelector('.path[data-contender="0"]').getAttribute("points") !== old, before);
  await page.waitForFunction(() => location.hash.includes("start=-4.6_-5"));
});

labTest("play, step and rewind", {}, async ({ page, go }) => {
  await go(race);
  await shows(page, "step 50 of 50");
  const end = await cells(page, 0);
  await page.getByRole("button", { name: "Rewind" }).click();
  await shows(page, "step 0 of 50");
  assert.deepEqual(await cells(page, 0), ["-5", "-5", "884"]);
  await page.getByRole("button", { name: "Step", exact: true }).click();
  await shows(page, "step 1 of 50");
  assert.equal((await points(page, 0)).split(" ").length, 2);
  assert.match(page.url(), /at=1/);
  await page.getByRole("button", { name: "Play", exact: true }).click();
  await page.getByRole("button", { name: "Pause" }).waitFor();
  await page.waitForFunction(() => Number(document.querySelector(".where").textContent.split(" ")[1]) > 3);
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByRole("button", { name: "End", exact: true }).click();
  await shows(page, "step 50 of 50");
  assert.deepEqual(await cells(page, 0), end);
});

labTest("contenders come, change and go, and the address keeps the race", {}, async ({ page, go }) => {
  await go(race);
  await shows(page, "step 50 of 50");
  await page.getByRole("button", { name: "Add a contender" }).click();
  await page.locator('.path[data-contender="2"]').waitFor();
  await page.getByLabel("Optimizer of contender 3").selectOption("adam");
  await page.getByLabel("Rate of contender 3").fill("0.5");
  await page.getByLabel("Rate of contender 3").press("Tab");
  await page.waitForFunction(() => location.hash.includes("c=adam_0.5_"));
  await page.getByRole("button", { name: "Remove contender 1" }).click();
  await page.locator('.path[data-contender="2"]').waitFor({ state: "detached" });
  const shown = [await cells(page, 0), await cells(page, 1)];
  await page.reload();
  await page.locator('.path[data-contender="1"]').waitFor();
  assert.deepEqual([await cells(page, 0), await cells(page, 1)], shown);
});

labTest("one that diverges says when", {}, async ({ page, go }) => {
  await go("descent?f=rosenbrock&steps=20&c=sgd_10_0.9_1");
  await shows(page, "step 20 of 20");
  assert.match((await cells(page, 0))[2], /diverged at step \d/);
});

labTest("a function of one's own, and its map as a file", {}, async ({ page, go }) => {
  await go(race);
  await shows(page, "step 50 of 50");
  const ground = await page.locator(".band").first().getAttribute("d");
  await page.getByLabel("f(x, y) =").fill("x^2 + 3*y^2 + sin(3 x)");
  await page.getByLabel("f(x, y) =").press("Enter");
  await page.waitForFunction((old) => document.querySelector(".band").getAttribute("d") !== old, ground);
  await page.waitForFunction(() => location.hash.includes("f=x%5E2"));
  const asked = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download the map as SVG" }).click();
  const file = await asked;
  assert.equal(file.suggestedFilename(), "descent.svg");
  const svg = readFileSync(await file.path(), "utf8");
  if (process.env.GRADUS_SCREENSHOTS) await file.saveAs(`${process.env.GRADUS_SCREENSHOTS}/descent.svg`);
  assert.match(svg, /^<svg/);
  assert.match(svg, /f\(x, y\) = x\^2 \+ 3\*y\^2 \+ sin\(3 x\)/);
  assert.doesNotMatch(svg, /var\(--|class=/);
});

for (const scheme of ["light", "dark"]) {
  for (const width of [400, 1600]) {
    labTest(`descent at work fits, ${scheme}, ${width} pixels`, { scheme, width }, async ({ page, go, screenshot }) => {
      await go("descent?f=rosenbrock&steps=200&c=sgd_0.001_0.9_1&c=momentum_0.0005_0.9_1&c=adam_0.05_0.9_1");
      await shows(page, "step 200 of 200");
      await page.waitForTimeout(300);
      assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0);
      await screenshot(`descent-at-work-${scheme}-${width}`);
    });
  }
}
