"""Data sets, CSCL pre-training, fine-tuning, evaluation, export. Importing this package loads no torch."""
