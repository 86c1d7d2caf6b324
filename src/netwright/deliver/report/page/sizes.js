// Error by number of train rows: what was tried, the law through it, and the law beyond the rows that there are.
report.kinds.sizes = (data, theme, size) => {
  const within = data.line.filter(([rows]) => rows <= data.now);
  const beyond = data.line.filter(([rows]) => rows >= data.now);
  const line = (name, points, type) => ({
    type: "line", name, data: points, showSymbol: false, symbolSize: 8, z: 2, itemStyle: { color: theme.validation },
    lineStyle: { color: theme.validation, width: 2, type }, emphasis: { disabled: true },
  });
  const rows = data.line.map((pair) => pair[0]);
  const values = [...data.points, ...data.line].map((pair) => pair[1]);
  return report.base(theme, {
    grid: report.grid(),
    tooltip: {
      formatter: ({ seriesName, value }) =>
        report.tip(seriesName, [[data.x, value[0].toLocaleString("en-US")], ["error", report.figure(value[1])]]),
    },
    xAxis: report.axis(theme, data.x, {
      type: "log", logBase: 2, min: rows[0], max: rows.at(-1), splitLine: { show: false },
      axisLine: { show: true, onZero: false, lineStyle: { color: theme.line } },
      axisLabel: { formatter: (value) => Math.round(value).toLocaleString("en-US"), customValues: size.narrow ? [rows[0], data.now] : rows },
    }),
    yAxis: report.axis(theme, data.y, { ...report.round(Math.min(...values), Math.max(...values)) }),
    series: [
      line("law", within, "solid"),
      line("law, beyond the rows that there are", beyond, "dashed"),
      {
        type: "scatter", name: "tried", data: data.points, symbolSize: 10, z: 4,
        itemStyle: { color: theme.surface, borderColor: theme.validation, borderWidth: 2.4, opacity: 1 },
      },
      { type: "scatter", name: "twice the rows", data: [data.line.at(-1)], symbolSize: 10, symbol: "diamond", z: 4, itemStyle: { color: theme.validation, opacity: 1 } },
    ],
  });
};
