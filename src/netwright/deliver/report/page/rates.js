// Loss against learning rate: the valley of the range test, with what left the picture at its top.
report.kinds.rates = (data, theme, size) => {
  const pairs = (values) => data.rates.map((rate, place) => [rate, values[place] === null ? "-" : values[place]]);
  const name = (rate) => (rate >= 1e-3 && rate < 1e4 ? String(Number(rate.toPrecision(3))) : rate.toExponential(0));
  const line = (label, values, colour, more) => ({
    type: "line", name: label, data: pairs(values), itemStyle: { color: colour }, emphasis: { disabled: true }, ...more,
    lineStyle: { color: colour, width: 2.4, ...more.lineStyle },
  });
  const edge = { stack: "noise", silent: true, symbol: "none", lineStyle: { opacity: 0 }, tooltip: { show: false }, z: 1 };
  const mark = (value, text, more) => ({
    ...value, lineStyle: { color: theme.ink, type: "dashed", width: 1.2, ...more }, label: {
      show: true, formatter: text, color: theme.ink, fontFamily: theme.font, fontSize: 12,
      position: value.xAxis ? "insideEndTop" : "insideStartTop", ...(value.xAxis ? { rotate: 0, align: "left", padding: [0, 0, 0, 6] } : {}),
    },
  });
  const band = data.high.map((high, place) => (high === null || data.low[place] === null ? "-" : high - data.low[place]));
  return report.base(theme, {
    grid: report.grid({ top: size.narrow ? 58 : 40 }),
    legend: {
      top: 0, left: 0, itemWidth: 18, itemGap: 18, icon: "roundRect", itemHeight: 4, selectedMode: false,
      textStyle: { color: theme.ink, fontFamily: theme.font },
      data: ["train", "validation", ...(data.beyond.length ? [{ name: "beyond the picture", icon: "circle", itemStyle: { color: theme.quiet } }] : [])],
    },
    tooltip: {
      trigger: "axis", formatter: (params) => {
        const rate = params[0].value[0], place = data.rates.indexOf(rate);
        if (data.beyond.includes(rate)) return report.tip(`rate ${name(rate)}`, [["validation", "beyond the picture"]]);
        return report.tip(`rate ${name(rate)}`, [
          ["train", report.figure(data.train[place]), theme.train], ["validation", report.figure(data.valid[place]), theme.validation],
          ["standard error", report.figure(data.high[place] - data.valid[place])],
        ]);
      },
    },
    xAxis: report.axis(theme, "learning rate (log scale)", {
      type: "log", min: data.rates[0], max: data.rates.at(-1), splitLine: { show: false },
      axisLine: { show: true, onZero: false, lineStyle: { color: theme.line } }, axisLabel: { formatter: name },
    }),
    yAxis: report.axis(theme, data.axis, { scale: true, max: data.top, axisLabel: { showMaxLabel: false } }),
    series: [
      { type: "line", name: "low", data: pairs(data.low), stackStrategy: "all", ...edge },
      { type: "line", name: "high", data: pairs(band), stackStrategy: "all", areaStyle: { color: report.faded(theme.validation, 0.18) }, ...edge },
      line("train", data.train, theme.train, { showSymbol: false, z: 3, lineStyle: { width: 1.6 } }),
      line("validation", data.valid, theme.validation, {
        symbol: "circle", symbolSize: 6, showSymbol: true, z: 4,
        markLine: {
          silent: true, symbol: "none", data: [
            mark({ yAxis: data.start }, "untrained", { color: theme.soft }),
            ...(data.suggested === null ? [] : [mark({ xAxis: data.suggested }, name(data.suggested), {})]),
          ],
        },
      }),
      {
        type: "scatter", name: "beyond the picture", data: data.beyond.map((rate) => [rate, data.top]), z: 5, symbolSize: 9,
        symbol: "path://M0,1 L1,0 L5,4 L9,0 L10,1 L6,5 L10,9 L9,10 L5,6 L1,10 L0,9 L4,5 Z", itemStyle: { color: theme.soft },
      },
    ],
  });
};
