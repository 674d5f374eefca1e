"""The engine's sentences in QGIS's language: those that users of the plugin meet most. No QGIS in here.

The engine speaks English, to files and terminals too. Its events are translated when they come in; a sentence that is
not listed stays as the engine said it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Dict, Pattern, Tuple

from .translation import tr

SENTENCES = (
    # stages
    "Looking at the acquisitions",
    "Comparing the reflectance of the dates",
    "Trying a tile",
    "Forecast: about {}, {} GiB of memory, {} of disk, on {} ({})",
    "Mapping",
    "Counting",
    "Writing the layers",
    "Counting the cells of the parcels",
    "Looking whether the images are those of the map",
    "The map did not keep all class probabilities of its cells: mapping again where parcels lie",
    "Cutting the map at its boundaries",
    "Cutting fields",
    "Writing the fields",
    "{} of {} acquisitions are used",
    "{} of {} acquisitions are used, {} later ones are left out",
    "{} of {} blocks are done already",
    "{} {} on cpu ({})",
    "{} {} on cuda ({})",
    "{} {} on directml ({})",
    "this ONNX Runtime supports no other device",
    "asked for",
    # why a date is not used
    "{} is not used: {}.",
    "level {}, {} is wanted",
    "left out by you",
    "shows nothing of the region",
    "no clear pixel",
    "no clear pixel in the region",
    "{} clear, less than {}",
    "{} clear in the region, less than {}",
    "after {}",
    "the model takes {} dates at most, and others are clearer or stand more alone",
    # warnings
    "Some images come without a cloud mask (SCL, MSK_CLASSI): their clouds are not masked.",
    "Some images do not say their processing level; they are taken for {}.",
    "The images run over {} days, from {} to {}; the model was trained on single seasons, and takes a day of the year "
    "for the same in every year.",
    "For {} days from {} on there is no usable image.",
    "The images lie outside of the regions that '{}' was trained on ({}).",
    "{} to {} east, {} to {} north",
    "Running on {}: {}.",
    "{} is installed but does not work: {}",
    "{}: an unfinished run lies here that differs in {}; its {} finished blocks are discarded.",
    "{}: the file of a finished block is damaged; the block is done again.",
    "The boundaries of this map have gaps: {} % of the mapped ground is enclosed together with other crops, so that "
    "none has the majority; it keeps its classes and belongs to no field.",
    "The boundaries of this map enclose little: {} % of the mapped ground is far from the inside of any field; it "
    "keeps its classes and belongs to no field.",
    "The map has no field with a crop: its boundaries enclose ground that is mapped as no parcel.",
    "Fields without an outline in fields.gpkg: {}. Their outlines are too long, as where boundaries have gaps and many "
    "fields are enclosed as one; their crops and areas are in the table.",
    "Areas are counts of mapped cells and so biased; an unbiased estimate needs a sample of the map.",
    # errors of the images
    "No Sentinel-2 images found in {}: expected .SAFE products, zips of them, or rasters ({}) with a date such as "
    "20180418 in their names.",
    "Choose the folder that holds the images.",
    "{}: no date such as 20180418 in its name, nor a DATE tag.",
    "Put the date into the name, or into a table acquisitions.csv with the columns file and date.",
    "{}: its {} bands have no names such as B02, so nobody can tell which is which.",
    "Name them with the option --bands (in QGIS: 'Band names'), in file order, e.g. B02,B03,B04,B08.",
    "{}: the file has {} bands, but {} band names were given.",
    "Give one name for each band of the file, in its order.",
    "The acquisition of {} has no band {} (it has {}); wanted are {}.",
    "Add the missing band to {}, or leave that date out.",
    "{} of {} acquisitions are usable, the model '{}' wants {} or more ({}).",
    "{} of {} acquisitions are usable, the model '{}' wants {} or more.",
    "Give more dates, or lower the least clear share.",
    "Give a later day or more dates, or lower the least clear share.",
    "The images are of level {}, the model '{}' wants {}.",
    "Give {} images or a model trained on {}.",
    "No pixel could be mapped: none of the used dates has a clear pixel in the region.",
    "Choose another region or more dates.",
    "{}: the raster has no coordinate system.",
    "{}: its coordinate system is {}, that of {} is {}.",
    "Give images of one coordinate system at a time (for Sentinel-2: of one UTM zone).",
    "{}: its pixels cannot be read ({}).",
    "Copy or download the file again.",
    "{}: expected a raster, but GDAL cannot open it ({}).",
    "Check that the file is whole, or leave it out.",
    "{}: the zip is cut short or damaged ({}).",
    "Download the product again.",
    # errors of region and parcels
    "{}: the region does not touch the images (they cover {} to {} east, {} to {} north in {}).",
    "Choose a region over the images.",
    "{}: the region has no polygon.",
    "{}: none of its {} parcels touches the map, which covers {} to {} east, {} to {} north in {}.",
    "Give the parcels of the mapped region.",
    "{}: there is no polygon in it.",
    "The declared crops in the field '{}' need a class table, which says what their codes mean.",
    "Give the name of a shipped one (rpg, hcat, eurocrops_hcat, ...), or a CSV file of your own.",
    "The class table {} is given, but not the field of the parcels that it is for.",
    "Name the field with the declared crops.",
    # errors of finished maps
    "{}: the model of this map, {}, is not there any more.",
    "{}: {} is not the model any more that made this map.",
    "Put the model back where it was, or map again.",
    "{}: the map has no crop map ({}).",
    "{}: the map has no boundary layer ({}).",
    "{}: its rasters are not those of one run.",
    "{}: another map was made there while its fields were cut.",
    "{}: it has a code that is no class of the map's model.",
    "{}: cannot be replaced ({}); the fields in this folder may not be whole.",
    "Map again.",
    "Run again.",
    "The cutting of fields was cancelled.",
    # errors of the computer
    "The device {} cannot be used: this ONNX Runtime has no {} support (it has {}).",
    "Use the device cpu, or an environment with {}.",
    "The device {} cannot be used: {}.",
    "Use the device cpu, or mend the driver of the graphics card.",
    "Mapping {} dates needs about {} GiB of memory, the limit is {} GiB.",
    "Raise the memory limit or give fewer dates.",
    "The memory ran out.",
    "The memory ran out while mapping a tile of {} x {} cells and {} dates.",
    "Lower the memory limit, so that smaller tiles are cut, or give fewer dates.",
    "Lower the memory limit, or close other programs.",
    "{}: the map needs about {} GB of disk, {} GB are free.",
    "Free some space, choose another folder, or map a smaller region.",
    "{}: the disk is full.",
    "{}: another run writes to this folder{}.",
    "Wait for it, or choose another output folder.",
    "{}: the folder cannot be written to.",
    "Choose another folder.",
    "Close the program that has it open (in QGIS, take its layer out of the project), or choose another folder, and "
    "run again.",
    "{}: another program has it open, and the results could not replace it.",
    "Install the model again.",
    "The run was cancelled; what is done so far is kept.",
    "The same command goes on where it stopped.",
)
"""As the engine says them, with {} where it names something; translated where an event comes in."""
TOLD = ("message", "hint", "what", "reason")
"""Values of an event that are sentences."""


def translated(event: Dict[str, Any]) -> Dict[str, Any]:
    """An event of the worker with its sentences in QGIS's language."""
    made = {name: told(value) if name in TOLD and isinstance(value, str) else value for name, value in event.items()}
    summary = made.get("summary")
    if isinstance(summary, dict):
        made["summary"] = dict(summary)
        if isinstance(summary.get("note"), str):
            made["summary"]["note"] = told(summary["note"])
        rows = summary.get("rows")
        if isinstance(rows, list):
            made["summary"]["rows"] = [translated(row) if isinstance(row, dict) else row for row in rows]
    return made


def told(text: str) -> str:
    """A sentence of the engine's in QGIS's language, with what it names; as it is where it is not listed."""
    for sentence, pattern in _patterns():
        found = pattern.fullmatch(text)
        if found:
            return tr(sentence).format(*(told(value) for value in found.groups()))
    return text


@lru_cache(maxsize=1)
def _patterns() -> Tuple[Tuple[str, Pattern[str]], ...]:
    """Whole sentences before parts of them, those that say most first, so that none is taken for another one."""
    ordered = sorted(SENTENCES, key=lambda sentence: (not sentence.endswith("."), -len(sentence.replace("{}", ""))))
    return tuple(
        (sentence, re.compile(re.escape(sentence).replace(r"\{\}", "(.*?)"), re.DOTALL)) for sentence in ordered
    )
