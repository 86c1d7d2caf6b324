// Numbers as people read them, by the rule of netwright.base.figures: three digits that carry meaning.
const report = { kinds: {}, drawn: new Map(), logarithmic: new Set() };

report.figure = (value, significant = 3) => {
  if (value === null || value === undefined || Number.isNaN(value)) return "-";
  if (!Number.isFinite(value)) return value > 0 ? "infinite" : "-infinite";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e15) return exponential(value, significant - 1);
  const decimals = significant - 1 - Math.floor(Math.log10(size));
  const rounded = Number(`${Math.round(Number(`${value}e${decimals}`))}e${-decimals}`);
  const shown = Math.max(0, significant - 1 - Math.floor(Math.log10(Math.abs(rounded))));
  return rounded.toLocaleString("en-US", { minimumFractionDigits: shown, maximumFractionDigits: shown });
};

// Python pads the exponent to two digits
function exponential(value, decimals) {
  return value.toExponential(decimals).replace(/e([+-])(\d)$/, "e$10$2");
}

// A number on an axis: round already, so that no digit is added
report.axisText = (value) => (value !== 0 && (Math.abs(value) < 1e-4 || Math.abs(value) >= 1e15)
  ? exponential(value, 0) : Number(value.toPrecision(6)).toLocaleString("en-US", { maximumFractionDigits: 6 }));

report.count = (value, noun) => `${value.toLocaleString("en-US")} ${noun}${value === 1 ? "" : "s"}`;

// Ends and step of an axis that holds low to high and is cut at round numbers
report.round = (low, high, steps = 5) => {
  if (low === high) [low, high] = [low - (Math.abs(low) || 1) / 2, high + (Math.abs(high) || 1) / 2];
  const raw = (high - low) / steps;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * [1, 2, 2.5, 5, 10].find((factor) => factor * power >= raw * 0.999);
  return { min: Math.floor(low / step) * step, max: Math.ceil(high / step) * step, interval: step };
};
