"""netwright: a data file in, a trained, diagnosed and honestly tested neural network out."""
