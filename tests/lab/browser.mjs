// A lab of the test's own and a browser on it. A line on the browser's console that is an error fails the test.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import test from "node:test";

const root = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), "../..");
const { chromium } = createRequire(path.join(root, "lab/package.json"))("playwright-core");

export const program = path.resolve(process.env.GRADUS_PROGRAM ?? path.join(root, "build/gradus"));

const browserPath = ["chromium", "chromium-browser", "google-chrome"]
  .map((name) => spawnSync("which", [name], { encoding: "utf8" }).stdout.trim())
  .find((found) => found !== "");

/** Runs gradus to its end in the lab's folder: runs to look at, say. */
export function gradus(folder, ...words) {
  const done = spawnSync(program, words, { cwd: folder, encoding: "utf8" });
  if (done.status !== 0) throw new Error(`gradus ${words.join(" ")}: status ${done.status}\n${done.stderr}`);
  return done.stdout;
}

/** `gradus lab` in `folder`: its address, token included, and how to end it. */
export async function startLab(folder) {
  const lab = spawn(program, ["lab"], { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
  const address = await new Promise((resolve, reject) => {
    let text = "";
    lab.stdout.on("data", (part) => {
      text += part;
      const found = text.match(/http:\/\/\S+/);
      if (found) resolve(found[0]);
    });
    lab.on("exit", (status) => reject(new Error(`gradus lab ended with ${status}`)));
  });
  const ended = new Promise((resolve) => lab.on("exit", resolve));
  return {
    address,
    async end() {
      lab.kill("SIGINT");
      return ended;
    },
  };
}

/**
 * A test with a folder, a lab in it and a page that shows it. `prepare(folder)` makes the runs that are to be there. `use`
 * gets {page, folder, address, go, screenshot}: go("descent?rate=0.1") shows a view.
 */
export function labTest(title, { prepare = () => {}, width = 1280, height = 900, scheme = "light" } = {}, use) {
  test(title, { timeout: 120_000, skip: browserPath === undefined && "no Chromium is installed" }, async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "gradus-lab-"));
    let lab;
    let browser;
    try {
      await prepare(folder);
      lab = await startLab(folder);
      browser = await chromium.launch({ executablePath: browserPath, args: ["--no-sandbox", "--disable-gpu"] });
      const page = await browser.newPage({ viewport: { width, height }, colorScheme: scheme, reducedMotion: "reduce" });
      const faults = [];
      page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
      page.on("pageerror", (error) => faults.push(String(error)));
      await page.goto(lab.address);
      await use({
        page,
        folder,
        address: lab.address,
        go: (hash) => page.evaluate((text) => void (location.hash = text), hash),
        screenshot: (name) => {
          const place = process.env.GRADUS_SCREENSHOTS;
          return place ? page.screenshot({ path: path.join(place, `${name}.png`), fullPage: true }) : undefined;
        },
      });
      if (faults.length > 0) throw new Error(`the browser's console says:\n${faults.join("\n")}`);
    } finally {
      await browser?.close();
      const status = await lab?.end();
      rmSync(folder, { recursive: true, force: true });
      if (status) throw new Error(`gradus lab ended with ${status}`);
    }
  });
}
