// Rows without a target on a map of two axes, a colour a cluster, anomalies ringed.
report.kinds.map = (data, theme, size) => {
  const steps = size.narrow ? 4 : 6;
  const ends = (place) => {
    const values = data.points.map((point) => point[place]);
    return [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
  };
  const colours = theme.many, many = data.points.length;
  const names = data.clusters;
  const perRow = Math.max(1, Math.floor(size.width / 150));
  return report.base(theme, {
    grid: report.grid({ top: 22 + 21 * Math.ceil((names.length + 1) / perRow) }),
    legend: {
      top: 0, left: 0, type: "plain", selectedMode: false, itemWidth: 10, itemHeight: 10, icon: "circle", itemGap: 14,
      itemStyle: { opacity: 1 },
      data: [...names, { name: data.ringed, icon: "emptyCircle" }],
    },
    tooltip: {
      formatter: ({ value }) => report.tip(`row ${value[4].toLocaleString("en-US")}`,
        [["cluster", String(value[2] + 1)], [data.ringed, value[3] ? "yes" : "no"]]),
    },
    xAxis: report.axis(theme, data.x, report.round(...ends(0), steps)),
    yAxis: report.axis(theme, data.y, report.round(...ends(1), steps)),
    series: [
      ...names.map((name, number) => ({
        type: "scatter", name, z: 3, symbolSize: many > 800 ? 5 : 8,
        data: data.points.filter((point) => point[2] === number),
        itemStyle: { color: colours[number % colours.length], opacity: many > 800 ? 0.5 : 0.7 },
      })),
      {
        type: "scatter", name: data.ringed, z: 4, symbol: "circle", symbolSize: many > 800 ? 11 : 15,
        data: data.points.filter((point) => point[3]),
        itemStyle: { color: "transparent", borderColor: theme.ink, borderWidth: 1.6 },
      },
    ],
  });
};
