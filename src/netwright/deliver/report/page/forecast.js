// A series: its history, what was forecast for the test, and what comes next with its interval.
const whenText = (data, value) => {
  if (!data.time) return report.figure(value, 6);
  const text = new Date(value).toISOString();
  return text.endsWith("T00:00:00.000Z") ? text.slice(0, 10) : text.slice(0, 16).replace("T", " ");
};

report.kinds.forecast = (data, theme, size) => {
  const gaps = (value) => (value === null ? "-" : value);
  const pairs = (points) => points.map(([at, value]) => [at, gaps(value)]);
  const line = (name, colour, points, more = {}) => ({
    type: "line", name, showSymbol: false, z: 4, data: pairs(points), itemStyle: { color: colour },
    lineStyle: { width: 2, color: colour, ...more }, emphasis: { disabled: true },
  });
  const known = data.ahead.filter((own) => own[2] !== null);
  // between the ends, drawn as one area: line below, then what lies between
  const between = [0, 1].map((part) => ({
    type: "line", name: "interval", stack: "interval", stackStrategy: "all", silent: true, showSymbol: false, z: 2,
    lineStyle: { width: 0 }, emphasis: { disabled: true }, itemStyle: { color: report.faded(theme.used, 0.3) },
    areaStyle: part ? { color: theme.used, opacity: 0.2 } : { opacity: 0 },
    data: known.map((own) => [own[0], part ? own[3] - own[2] : own[2]]),
  }));
  const names = ["history", ...(data.tested.length ? ["forecasts of the test"] : []), "forecast", ...(known.length ? ["interval"] : [])];
  return report.base(theme, {
    grid: report.grid({ top: size.narrow ? 58 : 40, right: 22 }),
    legend: {
      top: 0, left: 0, itemWidth: 18, itemGap: 18, icon: "roundRect", itemHeight: 4, selectedMode: false,
      textStyle: { color: theme.ink, fontFamily: theme.font }, data: names,
    },
    tooltip: {
      trigger: "axis",
      formatter: (params) => {
        const at = params[0].value[0];
        const ahead = data.ahead.find((own) => own[0] === at);
        const lines = params.filter((own) => own.seriesName !== "interval" && own.value[1] !== "-")
          .map((own) => [own.seriesName, report.figure(own.value[1], 4), own.color]);
        if (ahead && ahead[2] !== null) lines.push(["interval", `${report.figure(ahead[2], 4)} to ${report.figure(ahead[3], 4)}`]);
        return lines.length ? report.tip(whenText(data, at), lines) : "";
      },
    },
    xAxis: report.axis(theme, data.x, {
      type: data.time ? "time" : "value", scale: true, splitLine: { show: false }, splitNumber: size.narrow ? 3 : 6,
      axisLine: { show: true, onZero: false, lineStyle: { color: theme.line } }, axisLabel: { showMinLabel: false, showMaxLabel: false },
    }),
    yAxis: report.axis(theme, data.y, { scale: true, axisLabel: { formatter: report.axisText } }),
    series: [
      line("history", theme.ink, data.history, { width: 1.6 }),
      // a gap between one forecast and the next, so that they stay lines of their own
      line("forecasts of the test", theme.test, data.tested.flatMap((own) => [...own, [own.at(-1)[0], null]]), { width: 1.8 }),
      line("forecast", theme.used, data.ahead.map((own) => [own[0], own[1]]), { width: 2.6 }),
      ...between,
    ],
  });
};

// The error of each step ahead, of what ships and of baselines
report.kinds.steps = (data, theme, size) => report.base(theme, {
  grid: report.grid({ top: size.narrow ? 74 : 40 }),
  legend: {
    top: 0, left: 0, itemWidth: 18, itemGap: 16, icon: "roundRect", itemHeight: 4, selectedMode: false,
    textStyle: { color: theme.ink, fontFamily: theme.font },
  },
  tooltip: {
    trigger: "axis",
    formatter: (params) => report.tip(`${report.count(params[0].value[0], "step")} ahead`,
      params.map((own) => [own.seriesName, report.figure(own.value[1]), own.color])),
  },
  xAxis: report.axis(theme, "steps ahead", {
    min: 1, max: Math.max(2, data.lines[0].values.length), minInterval: 1, splitLine: { show: false },
    axisLine: { show: true, onZero: false, lineStyle: { color: theme.line } },
  }),
  yAxis: report.axis(theme, data.y, { min: 0, axisLabel: { formatter: report.axisText } }),
  series: data.lines.map((own, place) => {
    const colour = own.strong ? theme.used : theme.many[(place + 1) % theme.many.length];
    return {
      type: "line", name: own.name, data: own.values.map((value, step) => [step + 1, value === null ? "-" : value]),
      symbol: "circle", symbolSize: 5, z: own.strong ? 5 : 3, itemStyle: { color: colour }, emphasis: { disabled: true },
      lineStyle: { width: own.strong ? 2.8 : 1.6, color: colour, type: own.strong ? "solid" : "dashed" },
    };
  }),
});
