"""What the steps of the pipeline share, as plain Python."""

import os

# Each fit runs on one thread and fits run side by side: sums split over a varying number of threads differ in
# their last bits. OpenMP and BLAS read these when they load, so `segmentation` is imported before NumPy.
for _library in ("OMP", "OPENBLAS", "MKL"):
    os.environ[f"{_library}_NUM_THREADS"] = "1"
