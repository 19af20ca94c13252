import { createRoot } from "react-dom/client";
import { apply } from "./preferences";
import { App } from "./shell/App";
import "./style/theme.css";
import "./style/query.css";
import "./style/controls.css";
import "./style/shell.css";
import "./style/answer.css";
import "./style/result.css";
import "./style/review.css";

apply();
const page = document.getElementById("page");
if (page) createRoot(page).render(<App />);
