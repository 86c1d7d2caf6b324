// Draws every chart, again when its box, the colours or the paper change.
globalThis.netwrightReport = report; // for whoever looks closer, and for the tests
report.data = JSON.parse(document.getElementById("report-data").textContent);

report.draw = (node) => {
  let chart = report.drawn.get(node.id);
  if (!chart) {
    node.replaceChildren();
    chart = echarts.init(node, null, { renderer: "svg" });
    report.drawn.set(node.id, chart);
  } else {
    chart.resize();
  }
  const { kind, ...data } = report.data[node.id];
  const size = { width: node.clientWidth, narrow: node.clientWidth < 430 };
  chart.setOption(report.kinds[kind](data, report.theme(), size, node.id), true);
  chart.getZr().flush(); // printing does not wait for the next frame
};

report.drawAll = () => report.plots.forEach(report.draw);

report.plots = [...document.querySelectorAll(".plot")];
for (const node of report.plots) {
  const own = report.data[node.id];
  if (own.steep) report.logarithmic.add(node.id);
}
report.drawAll();

const waiting = new Set();
const watcher = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.clientWidth === report.drawn.get(target.id).getWidth()) continue;
    if (!waiting.size) requestAnimationFrame(() => { waiting.forEach(report.draw); waiting.clear(); });
    waiting.add(target);
  }
});
report.plots.forEach((node) => watcher.observe(node));

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", report.drawAll);

// On paper: light colours, the width of the page, nothing folded away
let folded = [];
addEventListener("beforeprint", () => {
  document.documentElement.dataset.print = ""; // report.css reads it
  folded = [...document.querySelectorAll("details:not([open])")];
  folded.forEach((node) => { node.open = true; });
  report.drawAll();
});
addEventListener("afterprint", () => {
  delete document.documentElement.dataset.print;
  folded.forEach((node) => { node.open = false; });
  report.drawAll();
});

for (const button of document.querySelectorAll("button[data-log]")) {
  const show = () => {
    const on = report.logarithmic.has(button.dataset.log);
    button.setAttribute("aria-pressed", String(on));
  };
  button.hidden = false;
  show();
  button.addEventListener("click", () => {
    const id = button.dataset.log;
    if (!report.logarithmic.delete(id)) report.logarithmic.add(id);
    show();
    report.draw(document.getElementById(id));
  });
}

for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const source = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(source.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(source);
      button.textContent = "Selected: press Ctrl+C";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 2500);
  });
}

// The table of contents shows where the reader is
const links = new Map([...document.querySelectorAll("nav a")].map((link) => [link.hash.slice(1), link]));
const here = () => {
  const sections = [...document.querySelectorAll("main > section")];
  const current = sections.filter((own) => own.getBoundingClientRect().top < 160).at(-1) || sections[0];
  for (const [id, link] of links) {
    const active = id === current.id;
    if (active && !link.hasAttribute("aria-current")) {
      const list = link.closest("ol");
      list.scrollLeft = link.offsetLeft - (list.clientWidth - link.clientWidth) / 2;
    }
    link.toggleAttribute("aria-current", active);
  }
};
addEventListener("scroll", here, { passive: true });
here();
