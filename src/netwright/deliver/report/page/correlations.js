// The map of correlations: two colours that colour-blind readers tell apart, none where neither column follows the other.
report.kinds.correlations = (data, theme, size) => {
  const names = data.names;
  const text = { color: theme.ink, interval: 0, overflow: "truncate", fontSize: names.length > 20 ? 10.5 : 11.5 };
  const category = (more) => ({
    type: "category", data: names, axisLine: { show: false }, axisTick: { show: false }, splitArea: { show: false }, ...more,
  });
  // cells of a few columns would be wide bars
  const right = Math.max(12, size.width - 190 - 84 * names.length);
  return report.base(theme, {
    grid: report.grid({ top: 8, right, bottom: 58 }),
    tooltip: {
      formatter: ({ value }) => report.tip(`${names[value[1]]} and ${names[value[0]]}`, [["rank correlation", report.figure(value[2])]]),
    },
    visualMap: {
      min: -1, max: 1, dimension: 2, calculable: false, orient: "horizontal", left: size.narrow ? "center" : 8, bottom: 0, itemWidth: 12,
      itemHeight: size.narrow ? 110 : 180, text: size.narrow ? ["1", "-1"] : ["1 rise together", "-1 one falls as the other rises"], textStyle: { color: theme.soft, fontFamily: theme.font },
      inRange: { color: [theme.minus, theme.surface, theme.plus] },
    },
    xAxis: category({ axisLabel: { ...text, rotate: names.length > 6 || size.narrow ? 60 : 0, width: 100 } }),
    yAxis: category({ inverse: true, axisLabel: { ...text, width: size.narrow ? 92 : 150 } }),
    series: [{
      type: "heatmap", itemStyle: { borderColor: theme.surface, borderWidth: names.length > 20 ? 1 : 2, borderRadius: 3 },
      emphasis: { itemStyle: { borderColor: theme.ink, borderWidth: 1.5 } },
      label: {
        show: data.figures && !(size.narrow && names.length > 8), fontSize: 10.5,
        formatter: ({ value }) => value[2].toFixed(2),
      },
      data: data.cells.map((cell) => ({ value: cell, label: { color: Math.abs(cell[2]) > 0.6 ? theme.surface : theme.ink } })),
    }],
  });
};
