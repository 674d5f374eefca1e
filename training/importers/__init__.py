"""Published data sets taken over into the same store as our own: T31TFM-1618, MTLCC and PASTIS. Loads nothing itself;
open them with training.importers.sets.open_import."""
