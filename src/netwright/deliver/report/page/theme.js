// The look that all charts share. Colours stand once, in report.css, and are read from there.
report.theme = () => {
  const css = getComputedStyle(document.documentElement);
  const of = (name) => css.getPropertyValue(`--${name}`).trim();
  return {
    ink: of("ink"), soft: of("soft"), line: of("line"), grid: of("grid"), surface: of("surface"), quiet: of("quiet"),
    train: of("train"), validation: of("validation"), test: of("test"), used: of("used"),
    minus: of("minus"), plus: of("plus"),
    many: Array.from({ length: 8 }, (_, index) => of(`many-${index + 1}`)),
    font: getComputedStyle(document.body).fontFamily,
  };
};

// A colour with some of it let through: every colour in report.css is written as #rrggbb
report.faded = (colour, opacity) => {
  const parts = [1, 3, 5].map((place) => parseInt(colour.slice(place, place + 2), 16));
  return `rgba(${parts.join(",")},${opacity})`;
};

// What every chart starts from
report.base = (theme, option) => ({
  animation: false,
  textStyle: { fontFamily: theme.font, color: theme.ink, fontSize: 12 },
  tooltip: {
    confine: true, transitionDuration: 0, backgroundColor: theme.surface, borderColor: theme.line, borderWidth: 1,
    padding: [8, 10], textStyle: { color: theme.ink, fontFamily: theme.font, fontSize: 12.5 }, ...option.tooltip,
  },
  ...Object.fromEntries(Object.entries(option).filter(([name]) => name !== "tooltip")),
});

// Room for the names of the axes, whatever their labels need
report.grid = (more = {}) => ({
  left: 8, right: 16, top: 14, bottom: 8, outerBoundsMode: "same", outerBoundsContain: "all", ...more,
});

report.axis = (theme, name, more = {}) => {
  const { axisLabel, ...rest } = more;
  return {
    type: "value", name, nameLocation: "middle", nameGap: 28, nameTextStyle: { color: theme.soft, fontSize: 12 },
    axisLine: { show: false }, axisTick: { show: false },
    axisLabel: { color: theme.soft, fontSize: 11.5, hideOverlap: true, ...axisLabel },
    splitLine: { lineStyle: { color: theme.grid } }, ...rest,
  };
};

// A tooltip as elements: names are the user's and must not be read as HTML
report.tip = (title, lines) => {
  const box = document.createElement("div");
  box.className = "tip";
  const add = (tag, text, parent) => {
    const node = document.createElement(tag);
    node.textContent = text;
    parent.append(node);
    return node;
  };
  add("strong", title, box);
  const list = add("dl", "", box);
  for (const [name, value, colour] of lines) {
    const term = add("dt", name, list);
    if (colour) term.style.setProperty("--dot", colour);
    term.classList.toggle("dotted", Boolean(colour));
    add("dd", value, list);
  }
  return box;
};
