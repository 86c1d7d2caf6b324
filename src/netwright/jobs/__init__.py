"""What differs by the kind of data: how it is loaded, what a network has to beat there, and the last act of a run."""
