// Made rows: bars of real and made side by side, and lines of both networks.
report.kinds.pairs = (data, theme, size) => {
  const bars = (name, values, colour) => ({
    type: "bar", name, data: values, itemStyle: { color: colour }, barGap: "8%", barCategoryGap: "28%",
    emphasis: { disabled: true },
  });
  return report.base(theme, {
    grid: report.grid({ top: 34 }),
    legend: {
      top: 0, left: 0, itemWidth: 12, itemHeight: 10, itemGap: 18, selectedMode: false,
      textStyle: { color: theme.ink, fontFamily: theme.font }, data: ["real", "made"],
    },
    tooltip: {
      trigger: "axis", formatter: (params) => {
        const at = params[0].dataIndex;
        const share = (value) => `${report.figure(100 * value)} %`;
        return report.tip(data.labels[at], [
          ["real", share(data.real[at]), theme.train], ["made", share(data.made[at]), theme.validation],
        ]);
      },
    },
    xAxis: {
      type: "category", data: data.labels, axisTick: { show: false }, axisLine: { lineStyle: { color: theme.line } },
      axisLabel: { color: theme.soft, fontSize: 11, hideOverlap: true, width: size.narrow ? 50 : 84, overflow: "truncate" },
    },
    yAxis: report.axis(theme, "", { axisLabel: { formatter: (value) => `${Math.round(100 * value)} %` }, splitNumber: 3 }),
    series: [bars("real", data.real, theme.train), bars("made", data.made, theme.validation)],
  });
};

report.kinds.both = (data, theme, size) => {
  const colours = [theme.validation, theme.train, theme.test];
  return report.base(theme, {
    grid: report.grid({ top: size.narrow ? 78 : 40 }),
    legend: {
      top: 0, left: 0, itemWidth: 18, itemHeight: 4, itemGap: 18, icon: "roundRect", selectedMode: false,
      textStyle: { color: theme.ink, fontFamily: theme.font }, data: data.lines.map((line) => line.name),
    },
    tooltip: {
      trigger: "axis", formatter: (params) =>
        report.tip(`epoch ${params[0].value[0]}`, params.map((one) => [one.seriesName, report.figure(one.value[1]), one.color])),
    },
    xAxis: report.axis(theme, "epoch", { minInterval: 1, splitLine: { show: false } }),
    yAxis: report.axis(theme, ""),
    series: data.lines.map((line, index) => ({
      type: "line", name: line.name, data: line.points.map(([x, y]) => [x, y === null ? "-" : y]), showSymbol: false,
      symbolSize: 7, itemStyle: { color: colours[index] }, lineStyle: { color: colours[index], width: 2 },
      emphasis: { disabled: true },
    })),
  });
};
