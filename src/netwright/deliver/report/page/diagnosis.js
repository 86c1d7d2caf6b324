// Signals inside the networks, a line a layer; and curves before and after a repair.
report.kinds.signals = (data, theme, size) => {
  const last = Math.max(data.epochs.at(-1), 1);
  const dashed = data.dashed || [];
  const share = (value) => (value === null ? "-" : `${report.figure(100 * value)} %`);
  const text = data.percent ? share : report.figure;
  const ends = data.log ? powers(data) : {};
  const paint = (index) => theme.many[index % theme.many.length];
  return report.base(theme, {
    grid: report.grid({ top: 30 }),
    legend: {
      type: "scroll", top: 0, left: 0, itemWidth: 16, itemHeight: 3, itemGap: 14, icon: "roundRect", selectedMode: false,
      textStyle: { color: theme.ink, fontFamily: theme.font, fontSize: 12 }, data: data.names,
      pageIconColor: theme.soft, pageIconInactiveColor: theme.line, pageTextStyle: { color: theme.soft },
    },
    tooltip: {
      trigger: "axis", formatter: (params) => (params.length ? report.tip(`${data.words.epoch} ${params[0].value[0]}`,
        params.map((own) => [own.seriesName, text(own.value[1] === "-" ? null : own.value[1]), paint(own.seriesIndex)])) : ""),
    },
    xAxis: report.axis(theme, data.words.epoch, {
      min: 0, max: last, interval: Math.max(1, Math.round(report.round(0, last, 4).interval)), splitLine: { show: false },
      axisLine: { show: true, onZero: false, lineStyle: { color: theme.line } },
    }),
    yAxis: report.axis(theme, data.axis, data.log ? {
      type: "log", ...ends, axisLabel: { formatter: (value) => value.toExponential(0).replace("e+", "e") },
    } : { min: 0, max: 1, axisLabel: { formatter: (value) => `${Math.round(100 * value)} %` } }),
    series: data.lines.map((line, index) => ({
      type: "line", name: data.names[index], showSymbol: data.epochs.length < 3, connectNulls: true, emphasis: { disabled: true },
      data: data.epochs.map((epoch, place) => [epoch, line[place] === null || (data.log && line[place] < ends.min) ? "-" : line[place]]),
      itemStyle: { color: paint(index) }, lineStyle: { width: 2, color: paint(index), type: dashed[index] ? "dashed" : "solid" },
      ...(index === 0 && data.line ? { markLine: {
        silent: true, symbol: "none", precision: 9, data: [{ yAxis: data.line }], lineStyle: { color: theme.ink, type: "dashed", width: 1.2 },
        label: { formatter: String(data.line), position: "insideStartTop", color: theme.soft, fontFamily: theme.font },
      } } : {}),
    })),
  });
};

// Whole decades that hold every line and the dashed one, at most five: a rate that falls to zero would flatten the rest
function powers(data) {
  const values = [...data.lines.flat().filter((value) => value > 0), ...(data.line ? [data.line] : [])];
  let [low, high] = [Infinity, 0];
  for (const value of values) { low = Math.min(low, value); high = Math.max(high, value); }
  const top = Math.ceil(Math.log10(high));
  return { min: 10 ** Math.max(Math.floor(Math.log10(low)), top - 5), max: 10 ** top };
}

report.kinds.repair = (data, theme, size, id) => {
  const logarithmic = report.logarithmic.has(id);
  const last = Math.max(data.epochs.at(-1), 1);
  const keep = (value) => (value === null || (logarithmic && value <= 0) ? "-" : value);
  const height = (value) => { // what was cut off at the top edge is only known to be higher
    const shown = report.figure(value === "-" ? null : value);
    return data.top !== null && value >= data.top ? `${words.above} ${shown}` : shown;
  };
  const pairs = (losses) => data.epochs.map((epoch, place) => [epoch, keep(losses[place])]);
  const looks = {
    before: { color: theme.ink, width: 2.8, type: "solid", z: 5 },
    kept: { color: theme.validation, width: 3, type: "solid", z: 6 },
    tried: { color: report.faded(theme.used, 0.75), width: 1.5, type: "solid", z: 3 },
    control: { color: theme.quiet, width: 1.5, type: "dotted", z: 2 },
  };
  const words = data.words;
  const ends = { before: `, ${words.before}`, kept: `, ${words.kept}`, tried: "", control: "" };
  const name = (line) => line.name + ends[line.role];
  const group = (line) => ({ tried: words.back, control: words.chance })[line.role] || name(line); // one entry in the legend
  const series = data.lines.map((line, index) => {
    const { color, width, type, z } = looks[line.role];
    return {
      type: "line", name: group(line), id: `valid ${index}`, showSymbol: false, z, data: pairs(line.valid), emphasis: { disabled: true },
      itemStyle: { color }, lineStyle: { color, width, type },
    };
  });
  const thin = data.lines.filter((line) => line.role === "before" || line.role === "kept").map((line, index) => ({
    type: "line", name: `${name(line)}: ${words.train}`, id: `train ${index}`, showSymbol: false, silent: true, z: 4, data: pairs(line.train),
    tooltip: { show: false }, emphasis: { disabled: true },
    lineStyle: { color: line.role === "kept" ? theme.train : theme.soft, width: 1.1 }, itemStyle: { color: theme.train },
  }));
  const legend = [...new Set(data.lines.map(group))];
  return report.base(theme, {
    grid: report.grid({ top: size.narrow ? 30 + 20 * legend.length : 40 }),
    legend: {
      top: 0, left: 0, itemWidth: 18, itemGap: size.narrow ? 6 : 18, icon: "roundRect", itemHeight: 4, selectedMode: false,
      orient: size.narrow ? "vertical" : "horizontal", data: legend,
      textStyle: { color: theme.ink, fontFamily: theme.font, width: size.width - 50, overflow: "truncate" },
    },
    tooltip: {
      trigger: "axis", formatter: (params) => {
        const own = params.filter((one) => one.seriesId.startsWith("valid"));
        const lines = own.map((one) => {
          const line = data.lines[Number(one.seriesId.slice(6))];
          return [name(line), height(one.value[1]), looks[line.role].color];
        });
        return own.length ? report.tip(`${words.epoch} ${own[0].value[0]}, ${words.validation}`, lines) : "";
      },
    },
    xAxis: report.axis(theme, data.words.epoch, {
      min: 0, max: last, interval: Math.max(1, Math.round(report.round(0, last, size.narrow ? 4 : 8).interval)), splitLine: { show: false },
      axisLine: { show: true, onZero: false, lineStyle: { color: theme.line } },
    }),
    yAxis: report.axis(theme, data.axis, {
      type: logarithmic ? "log" : "value", scale: true, ...(logarithmic ? logEnds([...series, ...thin]) : {}), ...(data.top === null ? {} : { max: data.top }),
      ...(logarithmic ? { axisLabel: { formatter: (value) => String(Number(value.toPrecision(6))) } } : {}),
    }),
    series: [...thin, ...series],
  });
};
