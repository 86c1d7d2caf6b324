// Partial dependence: predictions along a number or a date, with where its rows lie beneath, or at each level.
const alongColours = (data, theme) => (data.names.length === 1 ? [theme.used] : theme.many);
const dashesOf = ["solid", "dashed", "dotted"];

// A mean with its spread, in words
const meant = (data, line, place) => {
  const [mean, spread] = [data.mean[line][place], data.spread[line][place]];
  return spread ? `${report.figure(mean)} ± ${report.figure(spread)}` : report.figure(mean);
};

const meantLines = (data, colours, place) => data.names.map((name, line) =>
  [data.names.length > 1 ? name : data.y, meant(data, line, place), data.names.length > 1 ? colours[line] : undefined]);

report.kinds.dependence = (data, theme, size) => {
  const colours = alongColours(data, theme);
  const several = data.names.length > 1;
  const up = report.round(...data.ends, 4);
  const labels = [up.min, up.max].map((value) => report.axisText(value).length);
  const left = 34 + 7 * Math.max(...labels, 3);
  const low = Math.min(data.at[0], data.bars[0][0]), high = Math.max(data.at.at(-1), data.bars.at(-1)[1]);
  const place = (value) => (data.time ? new Date(value).toISOString().slice(0, 10) : report.figure(value));
  const along = {
    type: data.time ? "time" : "value", min: low, max: high, splitLine: { show: false }, splitNumber: size.narrow ? 3 : 5,
    axisLine: { show: true, onZero: false, lineStyle: { color: theme.line } },
  };
  const steps = (values) => data.at.map((value, index) => [value, values[index] === null ? "-" : values[index]]);
  return report.base(theme, {
    grid: [
      { left, right: 14, top: 10, bottom: 92, outerBoundsMode: "none" },
      { left, right: 14, height: 34, bottom: 44, outerBoundsMode: "none" },
    ],
    tooltip: {
      formatter: ({ seriesName, dataIndex, value }) => (seriesName === "rows"
        ? report.tip(`${data.x} ${place(value[0])} to ${place(value[1])}`, [["rows", value[2].toLocaleString("en-US")]])
        : report.tip(`${data.x} ${place(value[0])}`, meantLines(data, colours, dataIndex))),
    },
    xAxis: [
      report.axis(theme, "", { ...along, axisLabel: { show: false } }),
      report.axis(theme, data.x, {
        ...along, gridIndex: 1, nameGap: 26, nameTruncate: { maxWidth: size.width - left - 20 },
        axisLabel: { showMinLabel: false, showMaxLabel: false },
      }),
    ],
    yAxis: [
      report.axis(theme, data.y, {
        ...up, nameGap: left - 20, nameTruncate: { maxWidth: 200 }, axisLabel: { formatter: report.axisText },
      }),
      { type: "value", gridIndex: 1, show: false, min: 0 },
    ],
    series: [
      {
        type: "line", name: "single rows", silent: true, showSymbol: false, z: 2, tooltip: { show: false },
        lineStyle: { width: 1, color: report.faded(theme.quiet, 0.7) }, emphasis: { disabled: true },
        data: data.lines.flatMap((line) => [...steps(line), ["-", "-"]]),
      },
      ...data.names.map((_, line) => band(data, line, report.faded(colours[line], several ? 0.14 : 0.22))),
      ...data.names.map((name, line) => ({
        type: "line", name, data: steps(data.mean[line]), z: 4, symbol: "circle", symbolSize: several ? 7 : 5,
        itemStyle: { color: colours[line], opacity: several ? 0 : 1 }, emphasis: { itemStyle: { opacity: 1 } },
        lineStyle: { width: 2.4, color: colours[line], opacity: 1, type: several ? dashesOf[line % 3] : "solid" },
      })),
      report.standing(data.bars, theme.quiet, { name: "rows", xAxisIndex: 1, yAxisIndex: 1 }),
    ],
  });
};

// What lies within the spread of a line, as one shape
function band(data, line, colour) {
  const at = data.at.map((value, place) => [value, data.mean[line][place], data.spread[line][place]]);
  const known = at.filter(([, mean, spread]) => mean !== null && spread !== null);
  return {
    type: "custom", silent: true, z: 3, clip: true, tooltip: { show: false }, data: known.length > 1 ? [[known[0][0], known[0][1]]] : [],
    renderItem: (_, api) => ({
      type: "polygon", style: { fill: colour },
      shape: {
        points: [
          ...known.map(([value, mean, spread]) => api.coord([value, mean + spread])),
          ...known.toReversed().map(([value, mean, spread]) => api.coord([value, mean - spread])),
        ],
      },
    }),
  };
}

report.kinds.levels = (data, theme, size) => {
  const colours = alongColours(data, theme);
  const across = report.round(...data.ends, size.narrow ? 3 : 4);
  const lines = data.names.length;
  const offset = (line) => (line - (lines - 1) / 2) * 7;
  const category = (values, more) => ({
    type: "category", data: values, inverse: true, axisLine: { show: false }, axisTick: { show: false }, ...more,
  });
  const width = Math.round(size.width * 0.3);
  const marks = data.names.flatMap((_, line) => data.at.flatMap((_, place) =>
    (data.mean[line][place] === null ? [] : [[data.mean[line][place], place, line, data.spread[line][place] || 0]])));
  return report.base(theme, {
    grid: report.grid(),
    tooltip: {
      formatter: ({ value }) => report.tip(`${data.x} ${data.at[value[1]]}`, [
        ...meantLines(data, colours, value[1]), ["rows", data.counts[value[1]].toLocaleString("en-US")],
      ]),
    },
    xAxis: report.axis(theme, data.y, { ...across, nameTruncate: { maxWidth: size.width - 30 }, axisLabel: { formatter: report.axisText } }),
    yAxis: [
      category(data.at, {
        splitLine: { show: true, lineStyle: { color: theme.grid } },
        name: data.x, nameLocation: "start", nameGap: 8, nameTruncate: { maxWidth: width },
        nameTextStyle: { color: theme.soft, fontSize: 12, align: "right", padding: [0, 8, 0, 0] },
        axisLabel: { color: theme.ink, fontSize: 12.5, width, overflow: "truncate", interval: 0 },
      }),
      category(data.shares, {
        position: "right", name: "rows", nameLocation: "start", nameGap: 8,
        nameTextStyle: { color: theme.soft, fontSize: 12, align: "left", padding: [0, 0, 0, 8] },
        axisLabel: { color: theme.soft, fontSize: 12, interval: 0 },
      }),
    ],
    series: [{
      type: "custom", data: marks, encode: { x: 0, y: 1 }, z: 4,
      renderItem: (_, api) => {
        const [mean, place, line, spread] = [0, 1, 2, 3].map((part) => api.value(part));
        const [x, y] = api.coord([mean, place]);
        const [from, to] = [mean - spread, mean + spread].map((value) => api.coord([value, place])[0]);
        const middle = y + offset(line);
        return {
          type: "group",
          children: [
            { type: "line", shape: { x1: from, y1: middle, x2: to, y2: middle }, style: { stroke: colours[line], lineWidth: 2 } },
            ...[from, to].map((end) => (
              { type: "line", shape: { x1: end, y1: middle - 3, x2: end, y2: middle + 3 }, style: { stroke: colours[line], lineWidth: 2 } })),
            { type: "circle", shape: { cx: x, cy: middle, r: lines > 1 ? 3.6 : 5 }, style: { fill: colours[line] } },
          ],
        };
      },
    }],
  });
};
