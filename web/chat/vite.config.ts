import react from "@vitejs/plugin-react";
import { defineConfig, loadEnv } from "vite";

// Addresses are relative, so that the page also works under a path prefix. The service serves dist/ as /static.
export default defineConfig(({ mode }) => {
  const service = loadEnv(mode, ".", "TEXT2PROMQL_").TEXT2PROMQL_SERVICE ?? "http://127.0.0.1:8321";
  return {
    base: "./",
    plugins: [react()],
    build: { assetsDir: "static", target: "es2022", assetsInlineLimit: 0, chunkSizeWarningLimit: 700 },
    server: { proxy: Object.fromEntries(["/api", "/prometheus", "/readyz", "/healthz"].map((path) => [path, service])) },
  };
});
