// Learning curves: thin lines of all members in one series a part, their mean in another.
report.kinds.curves = (data, theme, size, id) => {
  const logarithmic = report.logarithmic.has(id);
  const parts = [["train", "train"], ["valid", "validation"]];
  const keep = (value) => (value === null || (logarithmic && value <= 0) ? "-" : value);
  const pairs = (losses) => data.epochs.map((epoch, place) => [epoch, keep(losses[place])]);
  const last = Math.max(data.epochs.at(-1), 1);
  const every = Math.max(1, Math.round(report.round(0, last, size.narrow ? 4 : 8).interval));
  const faint = Math.min(0.5, 0.18 + 1.6 / data.members.length);
  const thin = parts.map(([part, name]) => ({
    type: "line", name: `${name}, each`, silent: true, showSymbol: false, emphasis: { disabled: true }, z: 2,
    lineStyle: { width: 1, color: report.faded(theme[name], faint) }, tooltip: { show: false },
    // a gap between one member and the next, so that they stay lines of their own
    data: data.members.flatMap((member) => [...pairs(member[part]), ["-", "-"]]),
  }));
  const bold = parts.map(([part, name]) => ({
    type: "line", name, showSymbol: false, z: 4, data: pairs(data.mean[part]), itemStyle: { color: theme[name] },
    lineStyle: { width: 2.8, color: theme[name] }, emphasis: { disabled: true },
  }));
  const kept = {
    type: "scatter", name: "best epoch of a network", z: 5, symbolSize: 8,
    data: data.members.filter((member) => member.best && keep(member.best[1]) !== "-").map((member) => member.best),
    itemStyle: { color: theme.surface, borderColor: theme.validation, borderWidth: 1.8, opacity: 1 },
  };
  return report.base(theme, {
    grid: report.grid({ top: size.narrow ? 58 : 40 }),
    legend: {
      top: 0, left: 0, itemWidth: 18, itemGap: 18, icon: "roundRect", itemHeight: 4, selectedMode: false,
      textStyle: { color: theme.ink, fontFamily: theme.font },
      data: ["train", "validation", {
        name: kept.name, icon: "circle", itemStyle: { color: theme.surface, borderColor: theme.validation, borderWidth: 1.8 },
      }],
    },
    tooltip: { trigger: "axis", formatter: (params) => curveTip(params, data, theme) },
    xAxis: report.axis(theme, "epoch", {
      min: 0, max: last, interval: every, splitLine: { show: false }, axisLabel: { showMaxLabel: last % every === 0 },
      axisLine: { show: true, onZero: false, lineStyle: { color: theme.line } },
    }),
    yAxis: report.axis(theme, data.axis, {
      type: logarithmic ? "log" : "value", scale: true, ...(logarithmic ? logEnds([...thin, ...bold]) : {}),
      ...(logarithmic ? { axisLabel: { formatter: (value) => String(Number(value.toPrecision(6))) } } : {}),
    }),
    series: [...thin, ...bold, kept],
  });
};

// Ends at 1, 2 or 5: a whole decade would leave most of the chart empty
function logEnds(series) {
  const values = series.flatMap((own) => own.data.map((pair) => pair[1])).filter((value) => typeof value === "number");
  if (!values.length) return {};
  let [low, high] = [Infinity, 0];
  for (const value of values) { low = Math.min(low, value); high = Math.max(high, value); }
  const steps = [1, 2, 5, 10].map((step) => (value) => step * 10 ** Math.floor(Math.log10(value)));
  return {
    min: steps.map((step) => step(low)).filter((value) => value <= low).at(-1),
    max: steps.map((step) => step(high)).find((value) => value >= high),
  };
}

function curveTip(params, data, theme) {
  const shown = params.filter((own) => own.seriesName === "train" || own.seriesName === "validation");
  if (!shown.length) return "";
  const epoch = shown[0].value[0];
  const place = data.epochs.indexOf(epoch);
  const kept = data.members.filter((member) => member.best && member.best[0] === epoch).length;
  const lines = shown.map((own) => [`${own.seriesName}, mean`, report.figure(own.value[1] === "-" ? null : own.value[1]), theme[own.seriesName]]);
  for (const [part, name] of [["train", "train"], ["valid", "validation"]]) {
    const values = data.members.map((member) => member[part][place]).filter((value) => value !== null);
    if (values.length > 1) {
      lines.push([`${name}, each`, `${report.figure(Math.min(...values))} to ${report.figure(Math.max(...values))}`]);
    }
  }
  if (kept) lines.push(["best epoch of", report.count(kept, "network")]);
  return report.tip(`epoch ${epoch}`, lines);
}
