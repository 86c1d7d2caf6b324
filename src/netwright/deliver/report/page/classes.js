// Confusion matrix and calibration.
report.kinds.confusion = (data, theme, size) => {
  const colour = theme[data.colour];
  const labels = data.labels;
  const wide = Math.max(...data.across.map((name) => name.length)) * data.across.length * 7 > size.width * 0.7;
  const category = (values, name, more) => ({
    type: "category", data: values, name, nameLocation: "middle", nameGap: 28, nameTextStyle: { color: theme.soft, fontSize: 12 },
    axisLine: { show: false }, axisTick: { show: false }, splitArea: { show: false }, ...more,
  });
  const text = { color: theme.ink, interval: 0, overflow: "truncate", fontSize: data.across.length > 30 ? 9 : 11.5 };
  const cellText = ({ value }) => {
    if (labels === "none" || (labels === "count" && value[2] === 0)) return "";
    const percent = Math.round(100 * value[3]);
    return labels === "share" && value[2] > 0 ? `${value[2].toLocaleString("en-US")}\n${percent} %` : value[2].toLocaleString("en-US");
  };
  return report.base(theme, {
    grid: report.grid({ right: 10, top: 8 }),
    tooltip: {
      formatter: ({ value }) => report.tip(`true ${data.down[value[1]]}`, [
        ["predicted", data.across[value[0]]],
        ["rows", value[2].toLocaleString("en-US")],
        ["of this true class", `${Math.round(100 * value[3])} %`],
      ]),
    },
    visualMap: { show: false, min: 0, max: 1, dimension: 3, inRange: { color: [report.faded(colour, 0.05), colour] } },
    xAxis: category(data.across, "predicted class", {
      axisLabel: { ...text, rotate: wide ? (data.across.length > 12 ? 90 : 40) : 0, width: wide ? 96 : undefined },
    }),
    yAxis: category(data.down, "true class", {
      inverse: true,
      axisLabel: { ...text, width: size.narrow ? 84 : 150 },
    }),
    series: [{
      type: "heatmap", itemStyle: { borderColor: theme.surface, borderWidth: data.across.length > 30 ? 0.5 : 2, borderRadius: 3 },
      emphasis: { itemStyle: { borderColor: theme.ink, borderWidth: 1.5 } },
      label: { show: labels !== "none", fontSize: labels === "share" ? 12 : 10.5, lineHeight: 15, formatter: cellText },
      data: data.cells.map((cell) => ({
        value: cell, label: { color: cell[3] > 0.55 ? theme.surface : theme.ink },
      })),
    }],
  });
};

report.kinds.calibration = (data, theme, size) => {
  const colour = theme[data.colour];
  const unit = { min: 0, max: 1, interval: size.narrow ? 0.25 : 0.2 };
  const rows = data.bins.map((own) => [own[0], own[1], own[2]]);
  const tip = (own) => report.tip(`said ${report.figure(own[0])} to ${report.figure(own[1])}`, [
    ["rows", own[2].toLocaleString("en-US")], ["said, mean", report.figure(own[3])], ["happened", report.figure(own[4])],
  ]);
  const left = 56;
  return report.base(theme, {
    grid: [
      { left, right: 16, top: 14, bottom: 142, outerBoundsMode: "none" },
      { left, right: 16, height: 62, bottom: 46, outerBoundsMode: "none" },
    ],
    tooltip: { formatter: ({ dataIndex, seriesIndex }) => (seriesIndex ? tip(data.bins[dataIndex]) : "") },
    xAxis: [
      report.axis(theme, "", { ...unit, axisLabel: { show: true } }),
      report.axis(theme, data.x, { ...unit, gridIndex: 1, splitLine: { show: false }, nameGap: 26 }),
    ],
    yAxis: [
      report.axis(theme, data.y, { ...unit, nameGap: 38 }),
      report.axis(theme, "rows", { gridIndex: 1, splitNumber: 2, minInterval: 1, nameGap: 38 }),
    ],
    series: [
      {
        type: "line", silent: true, showSymbol: false, data: [[0, 0], [1, 1]], z: 1,
        lineStyle: { color: theme.soft, type: "dashed", width: 1.4 },
      },
      {
        type: "line", data: data.bins.map((own) => [own[3], own[4]]), symbol: "circle", symbolSize: 9, z: 3, clip: false,
        itemStyle: { color: colour }, lineStyle: { color: colour, width: 2.4 },
      },
      report.standing(rows, theme.quiet, { xAxisIndex: 1, yAxisIndex: 1 }),
    ],
  });
};
