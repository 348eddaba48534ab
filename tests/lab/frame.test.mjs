// The frame of the page: the way in, the menu, the addresses.
import assert from "node:assert/strict";
import { labTest } from "./browser.mjs";

labTest("the token leaves the address, and the cookie lets in again", {}, async ({ page, address }) => {
  assert.equal(new URL(page.url()).search, "");
  await page.goto(new URL(address).origin);
  await page.getByRole("navigation").getByRole("link", { name: "Runs" }).waitFor();
});

labTest("a visitor without the token is told where to find it", {}, async ({ page, address }) => {
  const answer = await page.context().browser().newContext().then((context) => context.request.get(new URL(address).origin));
  assert.equal(answer.status(), 401);
  assert.match(await answer.text(), /printed/);
});

for (const scheme of ["light", "dark"]) {
  for (const width of [400, 1600]) {
    labTest(`every part opens and fits, ${scheme}, ${width} pixels`, { scheme, width }, async ({ page, screenshot }) => {
      const parts = await page.getByRole("navigation").getByRole("link").allTextContents();
      assert.ok(parts.length >= 6, parts.join());
      for (const part of parts) {
        await page.getByRole("navigation").getByRole("link", { name: part, exact: true }).click();
        await page.getByRole("heading", { level: 1 }).waitFor();
        await page.waitForTimeout(150);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(wide <= 0, `${part} is ${wide} pixels too wide`);
        await screenshot(`${part}-${scheme}-${width}`.toLowerCase().replaceAll(" ", "-"));
      }
    });
  }
}
