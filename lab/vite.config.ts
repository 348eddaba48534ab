import { defineConfig } from "vite";

// Three files with fixed names: the program embeds them.
export default defineConfig({
  build: {
    target: "es2022",
    emptyOutDir: true,
    modulePreload: false,
    rollupOptions: {
      output: { entryFileNames: "lab.js", assetFileNames: "lab[extname]", inlineDynamicImports: true },
    },
  },
});
