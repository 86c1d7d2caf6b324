"""What leaves a run: the bundle, the predictor, the run folder, the report."""
