"""One weight update, computed by torch."""

# -- torch
import torch

x, y = torch.tensor([1.5, -0.5], dtype=torch.float64), 2.0
w = torch.tensor([0.4, 0.3], dtype=torch.float64, requires_grad=True)
b = torch.tensor(0.1, dtype=torch.float64, requires_grad=True)
optimizer = torch.optim.SGD([w, b], lr=0.1)

loss = (w @ x + b - y) ** 2
loss.backward()
print(f"loss {loss.item():.6f}   gradient {w.grad.numpy().round(6).tolist()} {b.grad.item():.6f}")
optimizer.step()
print(f"new weights {w.detach().numpy().round(6).tolist()} {b.item():.6f}")
print(f"loss after {((w @ x + b - y) ** 2).item():.6f}")
