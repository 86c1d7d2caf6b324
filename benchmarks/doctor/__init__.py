"""The benchmark of the doctor: planted faults, healthy runs, and how well he tells them apart."""
