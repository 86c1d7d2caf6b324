// Scatter of rows with a line of reference, and curves of a moving threshold.
report.kinds.scatter = (data, theme, size) => {
  const colour = theme[data.colour];
  const steps = size.narrow ? 4 : 6;
  const ends = (place, more = []) => {
    const values = [...data.points.map((point) => point[place]), ...more].filter((value) => value !== null);
    return [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
  };
  let [x, y] = [ends(0), data.line === "zero" ? ends(1, [0]) : ends(1)];
  if (data.line === "diagonal") x = y = [Math.min(x[0], y[0]), Math.max(x[1], y[1])];
  const [across, up] = [report.round(...x, steps), report.round(...y, steps)];
  const line = data.line === "diagonal"
    ? [[across.min, across.min], [across.max, across.max]]
    : [[across.min, 0], [across.max, 0]];
  const many = data.points.length;
  return report.base(theme, {
    grid: report.grid(),
    tooltip: {
      formatter: ({ value }) => report.tip(`row ${value[2].toLocaleString("en-US")}`,
        data.names.map((name, place) => [name, report.figure(value[place], data.digits)])),
    },
    xAxis: report.axis(theme, data.x, across),
    yAxis: report.axis(theme, data.y, up),
    series: [
      {
        type: "line", silent: true, showSymbol: false, data: line, z: 1, tooltip: { show: false },
        lineStyle: { color: theme.soft, type: "dashed", width: 1.4 },
      },
      {
        type: "scatter", data: data.points, symbolSize: many > 800 ? 5 : many > 150 ? 7 : 9, z: 3,
        itemStyle: { color: colour, opacity: many > 800 ? 0.35 : 0.6 },
        emphasis: { itemStyle: { opacity: 1, borderColor: theme.ink, borderWidth: 1 } },
      },
    ],
  });
};

// ROC and precision-recall: one line a class, between 0 and 1
report.kinds.ranks = (data, theme, size) => {
  const colours = data.lines.length === 1 ? [theme[data.colour]] : theme.many;
  const dashes = ["solid", "dashed", "dotted"];
  const guess = data.guess && {
    type: "line", name: "guessing", silent: true, showSymbol: false, data: data.guess, z: 1, tooltip: { show: false },
    lineStyle: { color: theme.soft, type: "dashed", width: 1.4 },
  };
  const mark = data.mark && {
    type: "scatter", name: "threshold 0.5", data: [data.mark], z: 6, symbolSize: 11,
    itemStyle: { color: theme.surface, borderColor: colours[0], borderWidth: 2.5, opacity: 1 },
  };
  const several = data.lines.length > 1;
  // a legend entry takes up to 150 pixels, and fewer where names are short
  const longest = Math.max(...data.lines.map((own) => own.name.length));
  const perRow = Math.max(1, Math.floor(size.width / Math.min(150, 48 + 8 * longest)));
  const unit = { min: 0, max: 1, interval: size.narrow ? 0.25 : 0.2 };
  return report.base(theme, {
    grid: report.grid({ top: several ? 22 + 21 * Math.ceil(data.lines.length / perRow) : 14 }),
    legend: several && {
      top: 0, left: 0, type: "plain", selectedMode: false, itemWidth: 20, itemHeight: 3, icon: "roundRect", itemGap: 14,
      itemStyle: { opacity: 1 },
      data: data.lines.map((own) => own.name),
      textStyle: { color: theme.ink, fontFamily: theme.font, width: 100, overflow: "truncate" },
    },
    tooltip: {
      formatter: ({ seriesName, value }) => {
        const own = data.lines.find((one) => one.name === seriesName);
        const lines = data.names.map((name, place) => [name, report.figure(value[place])]);
        return report.tip(own ? `${own.name}: ${own.text}` : seriesName, lines);
      },
    },
    xAxis: report.axis(theme, size.narrow ? data.names[0] : data.x, unit),
    yAxis: report.axis(theme, size.narrow ? data.names[1] : data.y, unit),
    series: [
      ...(guess ? [guess] : []),
      ...data.lines.map((own, place) => ({
        type: "line", name: own.name, data: own.points, symbolSize: 8, showSymbol: true, symbol: "circle",
        // corners answer the pointer and stay unseen until then
        z: 3, clip: false, itemStyle: { color: colours[place % colours.length], opacity: 0 },
        emphasis: { itemStyle: { opacity: 1 } },
        lineStyle: { width: several ? 2 : 2.6, type: several ? dashes[place % 3] : "solid", opacity: 1 },
      })),
      ...(mark ? [mark] : []),
    ],
  });
};
