"""Comparisons of ways to train, on scenes of parcels, profiles and years not trained on."""
