// The best score over time: steps at the end of each round, of the best plan and of the best plans together.
report.kinds.best = (data, theme, size) => {
  const line = (name, key, colour, type) => ({
    type: "line", name, step: "end", symbol: "circle", symbolSize: 7, showSymbol: true, emphasis: { disabled: true },
    data: data.points.map((point) => [point.at, point[key] === null ? "-" : point[key]]),
    itemStyle: { color: colour }, lineStyle: { color: colour, width: 2.2, type },
  });
  const values = data.points.flatMap((point) => [point.score, point.together]).filter((value) => value !== null);
  return report.base(theme, {
    grid: report.grid({ top: size.narrow ? 58 : 40 }),
    legend: {
      top: 0, left: 0, itemWidth: 18, itemGap: 18, icon: "roundRect", itemHeight: 4, selectedMode: false,
      textStyle: { color: theme.ink, fontFamily: theme.font }, data: ["best plan", "best plans together"],
    },
    tooltip: {
      trigger: "axis", formatter: (params) => {
        const point = data.points[params[0].dataIndex];
        return report.tip(point.text, [
          ["best plan", report.figure(point.score), theme.validation],
          ["best plans together", report.figure(point.together), theme.train],
          ["seconds", report.figure(point.at)],
        ]);
      },
    },
    xAxis: report.axis(theme, "seconds since the start", { min: 0, splitNumber: size.narrow ? 3 : 6, splitLine: { show: false } }),
    yAxis: report.axis(theme, data.axis, { ...report.round(Math.min(...values), Math.max(...values)) }),
    series: [
      line("best plan", "score", theme.validation, "solid"),
      line("best plans together", "together", theme.train, "dashed"),
    ],
  });
};
