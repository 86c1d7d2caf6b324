"""A line through lstat and medv: by the formula, and by gradient descent."""

# -- formula
import pandas as pd

table = pd.read_csv("boston.csv")
x, y = table["lstat"], table["medv"]
slope = ((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum()
print(f"medv = {y.mean() - slope * x.mean():.2f} {slope:+.3f} * lstat")

# -- descent
mean, spread = x.mean(), x.std()
z, w, b = (x - mean) / spread, 0.0, 0.0
lines = {}
for epoch in range(1, 51):
    error = w * z + b - y
    w, b = w - 0.1 * 2 * (error * z).mean(), b - 0.1 * 2 * error.mean()
    lines[epoch] = (b - w * mean / spread, w / spread)
    if epoch in (1, 2, 5, 10, 20, 50):
        mse = ((w * z + b - y) ** 2).mean()
        print(f"epoch {epoch:2d}: medv = {lines[epoch][0]:.2f} {lines[epoch][1]:+.3f} * lstat   MSE {mse:.1f}")
