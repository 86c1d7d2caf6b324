"""From a table to tensors: split, encoders by column kind, targets, folds."""
