"""What can ail a training run, one file each."""
