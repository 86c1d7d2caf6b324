// Lying bars with a whisker where there is an interval, and the histogram.
report.kinds.bars = (data, theme, size) => {
  const rows = data.rows;
  const colour = theme[data.colour];
  const paint = (row) => (row.strong ? colour : theme.quiet);
  const whiskers = rows.flatMap((row, index) => (row.ends ? [[row.ends[0], row.ends[1], index]] : []));
  const category = (values, more) => ({
    type: "category", data: values, inverse: true, axisLine: { show: false }, axisTick: { show: false }, ...more,
  });
  const label = { color: theme.ink, fontSize: 12.5, width: Math.round(size.width * (size.narrow ? 0.3 : 0.26)) };
  return report.base(theme, {
    grid: report.grid(data.side ? { top: 30 } : {}),
    tooltip: {
      formatter: ({ dataIndex, seriesIndex }) => {
        const row = rows[seriesIndex === 0 ? dataIndex : whiskers[dataIndex][2]];
        const lines = [[data.axis, row.text]];
        if (row.ends) lines.push(["from, to", row.ends.map((end) => report.figure(end)).join(", ")]);
        if (row.detail) lines.push(["made of", row.detail]);
        return report.tip(row.label, lines);
      },
    },
    xAxis: report.axis(theme, data.axis, {
      splitNumber: size.narrow ? 3 : 5, ...(data.most ? { max: data.most, interval: data.most / (size.narrow ? 2 : 5) } : {}),
    }),
    yAxis: [
      category(rows.map((row) => row.label), {
        axisLabel: { ...label, overflow: "truncate", interval: 0 },
        name: data.side || "", nameLocation: "start", nameGap: 10, nameTruncate: { maxWidth: label.width },
        nameTextStyle: { color: theme.soft, fontSize: 12, align: "right", padding: [0, 8, 0, 0] },
      }),
      category(rows.map((row) => row.text), {
        position: "right",
        axisLabel: {
          interval: 0, fontSize: 12.5,
          color: (_, index) => (rows[index].strong ? theme.ink : theme.soft),
        },
      }),
    ],
    series: [
      {
        type: "bar", barMaxWidth: 22, barCategoryGap: "35%",
        ...(data.line ? {
          markLine: {
            silent: true, symbol: "none", data: [{ xAxis: data.line }], label: { show: false },
            lineStyle: { color: theme.ink, type: "dashed", width: 1.2 },
          },
        } : {}),
        data: rows.map((row) => ({
          value: row.value === null ? "-" : row.value,
          itemStyle: { color: paint(row), borderRadius: row.value < 0 ? [4, 0, 0, 4] : [0, 4, 4, 0] },
        })),
      },
      {
        type: "custom", data: whiskers, encode: { x: [0, 1], y: 2 }, z: 5,
        renderItem: (_, api) => whisker(api, theme),
      },
    ],
  });
};

function whisker(api, theme) {
  const [low, high] = [0, 1].map((place) => api.coord([api.value(place), api.value(2)]));
  const cap = 5;
  const stroke = (x1, y1, x2, y2) => ({
    type: "line", shape: { x1, y1, x2, y2 },
    style: { stroke: theme.ink, lineWidth: 1.6 },
  });
  return {
    type: "group",
    children: [
      stroke(low[0], low[1], high[0], high[1]),
      stroke(low[0], low[1] - cap, low[0], low[1] + cap),
      stroke(high[0], high[1] - cap, high[0], high[1] + cap),
    ],
  };
}

// Bars that stand side by side on an axis of numbers: [low, high, rows]
report.standing = (bars, colour, more = {}) => ({
  type: "custom", encode: { x: [0, 1], y: 2 }, data: bars, ...more,
  renderItem: (_, api) => {
    const [left, top] = api.coord([api.value(0), api.value(2)]);
    const [right, floor] = api.coord([api.value(1), 0]);
    const width = Math.max(right - left - 1.5, 2);
    return {
      type: "rect", style: { fill: colour },
      shape: { x: left + 0.75, y: top, width, height: Math.max(floor - top, 0), r: [2, 2, 0, 0] },
    };
  },
});

report.kinds.histogram = (data, theme, size) => {
  const low = data.bars[0][0], high = data.bars.at(-1)[1];
  const ends = report.round(Math.min(low, 0), Math.max(high, 0), size.narrow ? 4 : 8);
  return report.base(theme, {
    grid: report.grid(),
    tooltip: {
      formatter: ({ value }) =>
        value ? report.tip(`${report.figure(value[0])} to ${report.figure(value[1])}`, [["rows", String(value[2])]]) : "",
    },
    xAxis: report.axis(theme, data.x, { ...ends, splitLine: { show: false }, axisLine: { show: true, onZero: false, lineStyle: { color: theme.line } } }),
    yAxis: report.axis(theme, data.y, { minInterval: 1, splitNumber: 4 }),
    series: [
      report.standing(data.bars, theme[data.colour]),
      {
        type: "line", data: [], silent: true,
        markLine: {
          silent: true, symbol: "none", data: [{ xAxis: 0 }], label: { show: false },
          lineStyle: { color: theme.ink, type: "dashed", width: 1.2 },
        },
      },
    ],
  });
};
