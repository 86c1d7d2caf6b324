"""The one training loop, over a population of networks."""
