"""Prints which GPU a job was given, and keeps it for a moment."""

import os
import time

print(os.environ["CUDA_VISIBLE_DEVICES"], flush=True)
time.sleep(3)
