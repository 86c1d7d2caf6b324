"""The steps by hand, in the order of the page: each part between two marks is one block of the course, and runs."""

# -- read
import pandas as pd

table = pd.read_csv("flats.csv")
print(table.shape, table.columns.tolist())
print(table.head(3).to_string())

# -- split
from sklearn.model_selection import train_test_split

rest, test = train_test_split(table, test_size=0.2, random_state=0)
train, valid = train_test_split(rest, test_size=0.2, random_state=0)
print(len(train), len(valid), len(test))

# -- missing
numbers = ["area", "rooms", "floor", "built"]
medians = train[numbers].median()
filled = [part[numbers].fillna(medians) for part in (train, valid, test)]
print(table.isna().sum().to_dict())
print(medians.to_dict())

# -- encode
from sklearn.preprocessing import OneHotEncoder

categories = ["district", "parking"]
encoder = OneHotEncoder(sparse_output=False, handle_unknown="ignore").fit(train[categories])
coded = [encoder.transform(part[categories]) for part in (train, valid, test)]
print(encoder.get_feature_names_out().tolist())
print(train[categories].iloc[0].tolist(), "->", coded[0][0].astype(int).tolist())

# -- scale
import numpy as np
from sklearn.preprocessing import StandardScaler

scaler = StandardScaler().fit(filled[0])
inputs = [np.hstack([scaler.transform(x), codes]) for x, codes in zip(filled, coded)]
mean, spread = train["price"].mean(), train["price"].std()
print("before", filled[0].iloc[0].tolist())
print("after ", inputs[0][0, :4].round(2).tolist())

# -- tensors
import torch
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x, x_valid, x_test = (torch.tensor(part, dtype=torch.float32) for part in inputs)
y = torch.tensor(((train["price"] - mean) / spread).to_numpy(), dtype=torch.float32)[:, None]
y_valid = torch.tensor(((valid["price"] - mean) / spread).to_numpy(), dtype=torch.float32)[:, None]
batches = DataLoader(TensorDataset(x, y), batch_size=32, shuffle=True)
print(tuple(x.shape), len(batches), "batches:", [len(rows) for rows, _ in batches])

# -- network
from torch import nn

network = nn.Sequential(nn.Linear(x.shape[1], 32), nn.ReLU(), nn.Linear(32, 1))
print(network)
print(sum(weights.numel() for weights in network.parameters()), "weights")

# -- loss
predicted, true = torch.tensor([410.0, 520.0, 700.0]), torch.tensor([400.0, 550.0, 690.0])
print((predicted - true).tolist(), ((predicted - true) ** 2).tolist())
print(nn.functional.mse_loss(predicted, true).item())

# -- optimizer
optimizer = torch.optim.Adam(network.parameters(), lr=0.003)

# -- epochs
curve = []
for epoch in range(100):
    for rows, truth in batches:
        optimizer.zero_grad()
        nn.functional.mse_loss(network(rows), truth).backward()
        optimizer.step()
    with torch.no_grad():
        losses = [nn.functional.mse_loss(network(a), b).item() for a, b in ((x, y), (x_valid, y_valid))]
    curve.append(losses)
print([f"{train_loss:.3f} {valid_loss:.3f}" for train_loss, valid_loss in curve[::33]])

# -- test
def rmse(inputs, prices):
    with torch.no_grad():
        guess = network(inputs).numpy()[:, 0] * spread + mean
    return float(np.sqrt(np.mean((guess - prices.to_numpy()) ** 2)))


print(f"train {rmse(x, train['price']):.1f}   test {rmse(x_test, test['price']):.1f}")

# -- predict
flat = pd.DataFrame({"area": [84.0], "rooms": [3], "floor": [12], "built": [2005], "district": ["Park"], "parking": ["yes"]})
row = np.hstack([scaler.transform(flat[numbers].fillna(medians)), encoder.transform(flat[categories])])
with torch.no_grad():
    print(f"{network(torch.tensor(row, dtype=torch.float32)).item() * spread + mean:.0f}")
