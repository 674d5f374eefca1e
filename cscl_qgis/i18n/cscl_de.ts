<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
  <context>
    <name>CSCL</name>
    <message>
      <source>&amp;Back</source>
      <translation>&amp;Zurück</translation>
    </message>
    <message>
      <source>&amp;Band names</source>
      <translation>&amp;Bandnamen</translation>
    </message>
    <message>
      <source>&amp;Declared crop</source>
      <translation>&amp;Gemeldete Kultur</translation>
    </message>
    <message>
      <source>&amp;Device</source>
      <translation>&amp;Gerät</translation>
    </message>
    <message>
      <source>&amp;Effort</source>
      <translation>Auf&amp;wand</translation>
    </message>
    <message>
      <source>&amp;Folder</source>
      <translation>&amp;Ordner</translation>
    </message>
    <message>
      <source>&amp;Go to</source>
      <translation>&amp;Gehe zu</translation>
    </message>
    <message>
      <source>&amp;Id</source>
      <translation>&amp;Kennung</translation>
    </message>
    <message>
      <source>&amp;Layer</source>
      <translation>&amp;Layer</translation>
    </message>
    <message>
      <source>&amp;Learning rate</source>
      <translation>&amp;Lernrate</translation>
    </message>
    <message>
      <source>&amp;Memory limit</source>
      <translation>&amp;Speichergrenze</translation>
    </message>
    <message>
      <source>&amp;Model</source>
      <translation>&amp;Modell</translation>
    </message>
    <message>
      <source>&amp;Most dates</source>
      <translation>&amp;Höchstzahl der Tage</translation>
    </message>
    <message>
      <source>&amp;Name</source>
      <translation>&amp;Name</translation>
    </message>
    <message>
      <source>&amp;Or raster layers of the project:</source>
      <translation>&amp;Oder Rasterlayer des Projekts:</translation>
    </message>
    <message>
      <source>&amp;Outside of all parcels</source>
      <translation>A&amp;ußerhalb aller Parzellen</translation>
    </message>
    <message>
      <source>&amp;Results in</source>
      <translation>&amp;Ergebnisse in</translation>
    </message>
    <message>
      <source>&amp;Side of a sample</source>
      <translation>&amp;Seite eines Ausschnitts</translation>
    </message>
    <message>
      <source>&amp;Start from</source>
      <translation>&amp;Ausgehen von</translation>
    </message>
    <message>
      <source>&amp;Steps</source>
      <translation>&amp;Schritte</translation>
    </message>
    <message>
      <source>&amp;Threads</source>
      <translation>&amp;Threads</translation>
    </message>
    <message>
      <source>&amp;Whose data</source>
      <translation>Wess&amp;en Daten</translation>
    </message>
    <message>
      <source>(95 % interval {:.3f}-{:.3f})</source>
      <translation>(95-%-Intervall {:.3f}-{:.3f})</translation>
    </message>
    <message>
      <source>({:.2f} to {:.2f})</source>
      <translation>({:.2f} bis {:.2f})</translation>
    </message>
    <message>
      <source>0.0005 from a model's weights, 0.0015 from scratch.</source>
      <translation>0,0005 von den Gewichten eines Modells aus, 0,0015 von Grund auf.</translation>
    </message>
    <message>
      <source>1. Images</source>
      <translation>1. Bilder</translation>
    </message>
    <message>
      <source>2. Parcels</source>
      <translation>2. Parzellen</translation>
    </message>
    <message>
      <source>2. Region</source>
      <translation>2. Region</translation>
    </message>
    <message>
      <source>3. Model</source>
      <translation>3. Modell</translation>
    </message>
    <message>
      <source>4. Parcels and outputs</source>
      <translation>4. Parzellen und Ergebnisse</translation>
    </message>
    <message>
      <source>4. Run</source>
      <translation>4. Lauf</translation>
    </message>
    <message>
      <source>5. Run</source>
      <translation>5. Lauf</translation>
    </message>
    <message>
      <source>A CSV file with the columns source_code (the crop code) and name (a name of the legend, see resources/classes/legend.csv), one line for each code.</source>
      <translation>Eine CSV-Datei mit den Spalten source_code (der Kulturcode) und name (ein Name der Legende, siehe resources/classes/legend.csv), eine Zeile je Code.</translation>
    </message>
    <message>
      <source>A CSV file with the columns source_code (the declared code) and name (classes of the model, several with bars between: barley|cereal_other). The window 'Map a region' has an editor for it.</source>
      <translation>Eine CSV-Datei mit den Spalten source_code (der gemeldete Code) und name (Klassen des Modells, mehrere mit Strichen dazwischen: barley|cereal_other). Das Fenster „Eine Region kartieren“ hat einen Editor dafür.</translation>
    </message>
    <message>
      <source>A CSV file with the columns source_code and name.</source>
      <translation>Eine CSV-Datei mit den Spalten source_code und name.</translation>
    </message>
    <message>
      <source>A Python that has the packages</source>
      <translation>Ein Python, das die Pakete hat</translation>
    </message>
    <message>
      <source>A YAML configuration of training/train.py, for several series at once or settings that are not listed here. It stands for everything but the output folder: leave images and parcels empty.</source>
      <translation>Eine YAML-Konfiguration von training/train.py, für mehrere Zeitreihen auf einmal oder Einstellungen, die hier fehlen. Sie steht für alles außer dem Ausgabeordner: Lassen Sie Bilder und Parzellen leer.</translation>
    </message>
    <message>
      <source>A data set of the same settings in it is taken as it is; one of other settings is replaced. To build it anew because files of the images have changed, take another folder.</source>
      <translation>Ein Datensatz mit denselben Einstellungen darin wird genommen, wie er ist; einer mit anderen wird ersetzt. Um ihn neu zu bauen, weil sich Dateien der Bilder geändert haben, nehmen Sie einen anderen Ordner.</translation>
    </message>
    <message>
      <source>A data set that is built already:</source>
      <translation>Ein Datensatz, der schon gebaut ist:</translation>
    </message>
    <message>
      <source>A file</source>
      <translation>Eine Datei</translation>
    </message>
    <message>
      <source>A folder that holds all the packages as .whl files. If it is given, nothing is fetched.</source>
      <translation>Ein Ordner, der alle Pakete als .whl-Dateien enthält. Ist er angegeben, wird nichts geholt.</translation>
    </message>
    <message>
      <source>A folder with the images of one season: Sentinel-2 products (.SAFE, also zipped) or GeoTIFFs with the date in their name. Folders inside it are searched too.</source>
      <translation>Ein Ordner mit den Bildern einer Saison: Sentinel-2-Produkte (.SAFE, auch gezippt) oder GeoTIFFs mit dem Datum im Namen. Auch Ordner darin werden durchsucht.</translation>
    </message>
    <message>
      <source>A graphics card is tried by running a model on it, and no model is installed.</source>
      <translation>Eine Grafikkarte wird erprobt, indem sie ein Modell rechnet, und es ist kein Modell installiert.</translation>
    </message>
    <message>
      <source>A map is being made. Close the window, and let it go on in the background?</source>
      <translation>Eine Karte entsteht gerade. Fenster schließen und sie im Hintergrund weiterlaufen lassen?</translation>
    </message>
    <message>
      <source>A model is being trained. Close the window, and let it go on in the background?</source>
      <translation>Ein Modell wird gerade trainiert. Fenster schließen und es im Hintergrund weiterlaufen lassen?</translation>
    </message>
    <message>
      <source>A polygon is drawn.</source>
      <translation>Ein Polygon ist gezeichnet.</translation>
    </message>
    <message>
      <source>A polygon that I draw</source>
      <translation>Ein Polygon, das ich zeichne</translation>
    </message>
    <message>
      <source>A raster with the probability of each class, one band a class.</source>
      <translation>Ein Raster mit der Wahrscheinlichkeit jeder Klasse, ein Band je Klasse.</translation>
    </message>
    <message>
      <source>A raster with the probability of each class: on the images' grid, or on the fine one.</source>
      <translation>Ein Raster mit der Wahrscheinlichkeit jeder Klasse: im Raster der Bilder, oder im feinen.</translation>
    </message>
    <message>
      <source>A virus scanner may be reading its files; try again, or have the folder exempted.</source>
      <translation>Vielleicht liest ein Virenscanner seine Dateien; versuchen Sie es erneut, oder lassen Sie den Ordner ausnehmen.</translation>
    </message>
    <message>
      <source>A wrong choice teaches the model that fields are none.</source>
      <translation>Eine falsche Wahl lehrt das Modell, dass Felder keine sind.</translation>
    </message>
    <message>
      <source>Accuracy</source>
      <translation>Genauigkeit</translation>
    </message>
    <message>
      <source>Accuracy of pixels (0-1)</source>
      <translation>Genauigkeit der Pixel (0-1)</translation>
    </message>
    <message>
      <source>Accuracy on the test parcels' pixels (0-1)</source>
      <translation>Genauigkeit auf den Pixeln der Testparzellen (0-1)</translation>
    </message>
    <message>
      <source>Accuracy where it was not trained (95 % interval)</source>
      <translation>Genauigkeit, wo es nicht trainiert wurde (95-%-Intervall)</translation>
    </message>
    <message>
      <source>Acquisitions</source>
      <translation>Aufnahmen</translation>
    </message>
    <message>
      <source>Add a file...</source>
      <translation>Datei hinzufügen...</translation>
    </message>
    <message>
      <source>Add a folder...</source>
      <translation>Ordner hinzufügen...</translation>
    </message>
    <message>
      <source>Add a model</source>
      <translation>Modell hinzufügen</translation>
    </message>
    <message>
      <source>Add a model...</source>
      <translation>Modell hinzufügen...</translation>
    </message>
    <message>
      <source>Add models</source>
      <translation>Modelle hinzufügen</translation>
    </message>
    <message>
      <source>Add the fields and the map by field to the project, named and styled, beside the layers of the map.</source>
      <translation>Fügt die Schläge und die Karte je Schlag dem Projekt hinzu, benannt und gestaltet, neben den Layern der Karte.</translation>
    </message>
    <message>
      <source>Add the missing band to {}, or leave that date out.</source>
      <translation>Fügen Sie das fehlende Band hinzu in {}, oder lassen Sie diesen Tag weg.</translation>
    </message>
    <message>
      <source>Add the results to the project</source>
      <translation>Die Ergebnisse dem Projekt hinzufügen</translation>
    </message>
    <message>
      <source>Add the table to the project, named and styled, beside the layers of its map.</source>
      <translation>Fügt die Tabelle dem Projekt hinzu, benannt und gestaltet, neben den Layern ihrer Karte.</translation>
    </message>
    <message>
      <source>Add the three rasters, and parcels and fields if there are any, to the project, named and styled, in a layer group of their own.</source>
      <translation>Fügt die drei Raster und, wenn es sie gibt, Parzellen und Schläge dem Projekt hinzu, benannt und gestaltet, in einer eigenen Layergruppe.</translation>
    </message>
    <message>
      <source>Add zips or files...</source>
      <translation>Zips oder Dateien hinzufügen...</translation>
    </message>
    <message>
      <source>Added: {}</source>
      <translation>Hinzugefügt: {}</translation>
    </message>
    <message>
      <source>Adding a model</source>
      <translation>Ein Modell wird hinzugefügt</translation>
    </message>
    <message>
      <source>All dates lie in the season that the model was trained on ({} to {}).</source>
      <translation>Alle Tage liegen in der Saison, auf der das Modell trainiert wurde ({} bis {}).</translation>
    </message>
    <message>
      <source>All figures (JSON)</source>
      <translation>Alle Zahlen (JSON)</translation>
    </message>
    <message>
      <source>All that maps need and PyTorch, for those who train models; it can map, too.</source>
      <translation>Alles, was Karten brauchen, und PyTorch, für alle, die Modelle trainieren; kann auch kartieren.</translation>
    </message>
    <message>
      <source>All {} bands are there.</source>
      <translation>Alle {} Bänder sind da.</translation>
    </message>
    <message>
      <source>All {} codes of the layer are in the table.</source>
      <translation>Alle {} Codes des Layers stehen in der Tabelle.</translation>
    </message>
    <message>
      <source>An ONNX file with its model card (.json) beside it. If it is left empty, the installed model of the highest version is taken: of equal versions your own before those that come with the plugin, and of these the newest file. Install one with 'Install a model'.</source>
      <translation>Eine ONNX-Datei mit ihrer Modellkarte (.json) daneben. Leer: das installierte Modell mit der höchsten Version, bei gleicher Version Ihre eigenen vor denen, die mit dem Plugin kommen, und davon die neueste Datei. Installieren Sie eines mit „Ein Modell installieren“.</translation>
    </message>
    <message>
      <source>An environment made of {} does not run ({}).</source>
      <translation>Eine Umgebung aus {} läuft nicht ({}).</translation>
    </message>
    <message>
      <source>An interpreter of version 3.10 to 3.14 (for mapping-gpu 3.10 to 3.13, for training 3.11 to 3.13). If empty, the best found on this computer.</source>
      <translation>Ein Interpreter der Version 3.10 bis 3.14 (für mapping-gpu 3.10 bis 3.13, für training 3.11 bis 3.13). Leer: der beste auf diesem Computer gefundene.</translation>
    </message>
    <message>
      <source>Another crop found</source>
      <translation>Andere Kultur gefunden</translation>
    </message>
    <message>
      <source>Another model '{}' is installed already: choose another name, or remove it.</source>
      <translation>Ein anderes Modell „{}“ ist schon installiert: Wählen Sie einen anderen Namen, oder entfernen Sie es.</translation>
    </message>
    <message>
      <source>Another seed gives figures that differ by some points: so far they can be trusted.</source>
      <translation>Ein anderer Startwert gibt Zahlen, die um einige Punkte abweichen: So weit kann man ihnen trauen.</translation>
    </message>
    <message>
      <source>Apr</source>
      <translation>April</translation>
    </message>
    <message>
      <source>Area (ha)</source>
      <translation>Fläche (ha)</translation>
    </message>
    <message>
      <source>Area mapped (ha)</source>
      <translation>Kartierte Fläche (ha)</translation>
    </message>
    <message>
      <source>Area of the fields (ha)</source>
      <translation>Fläche der Schläge (ha)</translation>
    </message>
    <message>
      <source>Areas are counts of mapped cells and so biased; an unbiased estimate needs a sample of the map.</source>
      <translation>Flächen sind gezählte kartierte Zellen und daher verzerrt; eine unverzerrte Schätzung braucht eine Stichprobe der Karte.</translation>
    </message>
    <message>
      <source>Aug</source>
      <translation>August</translation>
    </message>
    <message>
      <source>Band names of the images, in file order</source>
      <translation>Bandnamen der Bilder, in der Reihenfolge der Datei</translation>
    </message>
    <message>
      <source>Bands</source>
      <translation>Bänder</translation>
    </message>
    <message>
      <source>Bands that the model wants are missing: {}.</source>
      <translation>Bänder, die das Modell braucht, fehlen: {}.</translation>
    </message>
    <message>
      <source>Beside {} lie no weights to train further from (a .pt file).</source>
      <translation>Neben {} liegen keine Gewichte zum Weitertrainieren (eine .pt-Datei).</translation>
    </message>
    <message>
      <source>Build a data set from images and declared parcels</source>
      <translation>Einen Datensatz aus Bildern und gemeldeten Parzellen bauen</translation>
    </message>
    <message>
      <source>Build a training data set</source>
      <translation>Trainingsdatensatz bauen</translation>
    </message>
    <message>
      <source>Build a training data set...</source>
      <translation>Trainingsdatensatz bauen...</translation>
    </message>
    <message>
      <source>Building</source>
      <translation>Bauen</translation>
    </message>
    <message>
      <source>Building the data set</source>
      <translation>Datensatz wird gebaut</translation>
    </message>
    <message>
      <source>Builds the Python environment that does the mapping, outside QGIS.</source>
      <translation>Baut die Python-Umgebung, die kartiert, außerhalb von QGIS.</translation>
    </message>
    <message>
      <source>Builds, once, the Python environment in which maps are made: numpy, ONNX Runtime, rasterio, pyogrio and shapely, in pinned versions. It lies in your user's data folder, outside QGIS and its profiles; nothing is installed into QGIS's own Python, and no administrator rights are needed. A setup that was broken off is recognised and built again.

For mapping it fetches about 170 MB from the Python package index and needs 0.6 GB of disk; with the packages for training (PyTorch and others; only for those who train models) about 600 MB and 1.9 GB. Each package but PyTorch is checked against its hash, except on Macs with Intel's processors and on Linux on ARM. On a computer without network choose a folder of wheels, filled elsewhere by 'python3 cscl_qgis/set_up.py wheels FOLDER'.

For mapping on the graphics card (mapping-gpu) it is 2.1 GB and 3.7 GB on Linux, for NVIDIA cards with a driver from 525 on, and 0.2 GB and 0.7 GB on Windows, for any card of DirectX 12. A model must be installed: the card is used only once it has run it and agrees with the processor.</source>
      <translation>Baut, einmal, die Python-Umgebung, in der Karten entstehen: numpy, ONNX Runtime, rasterio, pyogrio und shapely, in festgelegten Versionen. Sie liegt in Ihrem Benutzerordner, außerhalb von QGIS und seinen Profilen; in das Python von QGIS wird nichts installiert, und Administratorrechte sind nicht nötig. Eine abgebrochene Einrichtung wird erkannt und neu gebaut.

Zum Kartieren werden etwa 170 MB vom Python-Paketindex geholt und 0,6 GB auf der Platte gebraucht; mit den Paketen für das Training (PyTorch und andere; nur für alle, die Modelle trainieren) etwa 600 MB und 1,9 GB. Jedes Paket außer PyTorch wird mit seiner Prüfsumme verglichen, nur nicht auf Macs mit Intel-Prozessor und unter Linux auf ARM. Auf einem Computer ohne Netz wählen Sie einen Ordner mit Wheels, der anderswo mit „python3 cscl_qgis/set_up.py wheels FOLDER“ gefüllt wurde.

Zum Kartieren auf der Grafikkarte (mapping-gpu) sind es unter Linux 2,1 GB und 3,7 GB, für NVIDIA-Karten mit einem Treiber ab 525, und unter Windows 0,2 GB und 0,7 GB, für jede Karte mit DirectX 12. Ein Modell muss installiert sein: Die Karte wird erst genutzt, wenn sie es gerechnet hat und mit dem Prozessor übereinstimmt.</translation>
    </message>
    <message>
      <source>By CSCL, before crops are learned; only from scratch.</source>
      <translation>Durch CSCL, bevor Kulturen gelernt werden; nur von Grund auf.</translation>
    </message>
    <message>
      <source>By context-self contrast, before crops are learned; only from scratch.</source>
      <translation>Durch Kontrast mit der Umgebung, bevor Kulturen gelernt werden; nur von Grund auf.</translation>
    </message>
    <message>
      <source>Cancel</source>
      <translation>Abbrechen</translation>
    </message>
    <message>
      <source>Cancelled.</source>
      <translation>Abgebrochen.</translation>
    </message>
    <message>
      <source>Cancelling</source>
      <translation>Wird abgebrochen</translation>
    </message>
    <message>
      <source>Cells inside</source>
      <translation>Zellen innen</translation>
    </message>
    <message>
      <source>Cells nearer to a parcel's edge do not count for it.</source>
      <translation>Zellen, die näher am Rand einer Parzelle liegen, zählen nicht für sie.</translation>
    </message>
    <message>
      <source>Cells nearer to a parcel's edge do not count for it; small parcels get a smaller buffer.</source>
      <translation>Zellen, die näher am Rand einer Parzelle liegen, zählen nicht für sie; kleine Parzellen bekommen einen kleineren Puffer.</translation>
    </message>
    <message>
      <source>Cells of the &amp;map</source>
      <translation>Zellen der &amp;Karte</translation>
    </message>
    <message>
      <source>Check</source>
      <translation>Prüfen</translation>
    </message>
    <message>
      <source>Check that the file is whole, or leave it out.</source>
      <translation>Prüfen Sie, ob die Datei vollständig ist, oder lassen Sie sie weg.</translation>
    </message>
    <message>
      <source>Check the disk, then run it again.</source>
      <translation>Prüfen Sie die Platte, dann starten Sie noch einmal.</translation>
    </message>
    <message>
      <source>Checking</source>
      <translation>Prüfung</translation>
    </message>
    <message>
      <source>Checks the file's hash, loads it and runs it on this computer.</source>
      <translation>Vergleicht die Prüfsumme der Datei, lädt sie und lässt sie auf diesem Computer laufen.</translation>
    </message>
    <message>
      <source>Choose a folder for the results on page 4.</source>
      <translation>Wählen Sie auf Seite 4 einen Ordner für die Ergebnisse.</translation>
    </message>
    <message>
      <source>Choose a region over the images.</source>
      <translation>Wählen Sie eine Region auf den Bildern.</translation>
    </message>
    <message>
      <source>Choose another field or class table, or edit the table.</source>
      <translation>Wählen Sie ein anderes Feld oder eine andere Klassentabelle, oder bearbeiten Sie die Tabelle.</translation>
    </message>
    <message>
      <source>Choose another folder, or empty this one.</source>
      <translation>Wählen Sie einen anderen Ordner, oder leeren Sie diesen.</translation>
    </message>
    <message>
      <source>Choose another folder.</source>
      <translation>Wählen Sie einen anderen Ordner.</translation>
    </message>
    <message>
      <source>Choose another region or more dates.</source>
      <translation>Wählen Sie eine andere Region oder mehr Tage.</translation>
    </message>
    <message>
      <source>Choose the class table of the crop codes, or give one of your own.</source>
      <translation>Wählen Sie die Klassentabelle der Kulturcodes, oder geben Sie eine eigene an.</translation>
    </message>
    <message>
      <source>Choose the class table that says what the crop codes mean, on page 2.</source>
      <translation>Wählen Sie auf Seite 2 die Klassentabelle, die sagt, was die Kulturcodes bedeuten.</translation>
    </message>
    <message>
      <source>Choose the device cpu, or auto, which takes a graphics card only where PyTorch finds one.</source>
      <translation>Wählen Sie das Gerät cpu, oder auto, das eine Grafikkarte nur nimmt, wo PyTorch eine findet.</translation>
    </message>
    <message>
      <source>Choose the field of the parcels that holds the crop code, on page 2.</source>
      <translation>Wählen Sie auf Seite 2 das Feld der Parzellen, das den Kulturcode enthält.</translation>
    </message>
    <message>
      <source>Choose the field of the parcels that holds the crop code.</source>
      <translation>Wählen Sie das Feld der Parzellen, das den Kulturcode enthält.</translation>
    </message>
    <message>
      <source>Choose the field of the sample that holds the crop found there.</source>
      <translation>Wählen Sie das Feld der Stichprobe, das die dort gefundene Kultur enthält.</translation>
    </message>
    <message>
      <source>Choose the folder for the data set and the model on page 3.</source>
      <translation>Wählen Sie auf Seite 3 den Ordner für den Datensatz und das Modell.</translation>
    </message>
    <message>
      <source>Choose the folder of the data set on page 1.</source>
      <translation>Wählen Sie auf Seite 1 den Ordner des Datensatzes.</translation>
    </message>
    <message>
      <source>Choose the folder that holds the images.</source>
      <translation>Wählen Sie den Ordner, der die Bilder enthält.</translation>
    </message>
    <message>
      <source>Choose the layer of the parcels first.</source>
      <translation>Erst den Layer der Parzellen wählen.</translation>
    </message>
    <message>
      <source>Choose what lies outside of all parcels, on page 2: fields that are not in the layer must not be taught as ground without any.</source>
      <translation>Wählen Sie auf Seite 2, was außerhalb aller Parzellen liegt: Felder, die nicht im Layer sind, dürfen nicht als Fläche ohne Feld gelernt werden.</translation>
    </message>
    <message>
      <source>Choose what lies outside of all parcels. 'background' is right only where the layer holds every field of the images' ground; where it is a sample, choose 'ignore', or the network learns that the other fields are none.</source>
      <translation>Wählen Sie, was außerhalb aller Parzellen liegt. „background“ ist nur richtig, wo der Layer jedes Feldstück auf der Fläche der Bilder enthält; wo er eine Stichprobe ist, wählen Sie „ignore“, sonst lernt das Netz, dass die anderen Felder keine sind.</translation>
    </message>
    <message>
      <source>Choose...</source>
      <translation>Wählen...</translation>
    </message>
    <message>
      <source>Class</source>
      <translation>Klasse</translation>
    </message>
    <message>
      <source>Class &amp;probabilities</source>
      <translation>Klassen&amp;wahrscheinlichkeiten</translation>
    </message>
    <message>
      <source>Class &amp;table</source>
      <translation>Klassen&amp;tabelle</translation>
    </message>
    <message>
      <source>Class probabilities</source>
      <translation>Klassenwahrscheinlichkeiten</translation>
    </message>
    <message>
      <source>Class table</source>
      <translation>Klassentabelle</translation>
    </message>
    <message>
      <source>Class table of the declared crops</source>
      <translation>Klassentabelle der gemeldeten Kulturen</translation>
    </message>
    <message>
      <source>Class table {}</source>
      <translation>Klassentabelle {}</translation>
    </message>
    <message>
      <source>Classes</source>
      <translation>Klassen</translation>
    </message>
    <message>
      <source>Clear</source>
      <translation>Klar</translation>
    </message>
    <message>
      <source>Clear dates</source>
      <translation>Klare Tage</translation>
    </message>
    <message>
      <source>Clear shares over the season</source>
      <translation>Klare Anteile über die Saison</translation>
    </message>
    <message>
      <source>Click on a parcel of a crop map.</source>
      <translation>Klicken Sie eine Parzelle einer Kulturkarte an.</translation>
    </message>
    <message>
      <source>Click the corners on the map; a right click ends the polygon, Escape gives it up.</source>
      <translation>Klicken Sie die Ecken auf der Karte an; ein Rechtsklick beendet das Polygon, Escape verwirft es.</translation>
    </message>
    <message>
      <source>Close the program that has it open (in QGIS, take its layer out of the project), or choose another folder, and run again.</source>
      <translation>Schließen Sie das Programm, das sie geöffnet hat (in QGIS: nehmen Sie ihren Layer aus dem Projekt), oder wählen Sie einen anderen Ordner, und starten Sie noch einmal.</translation>
    </message>
    <message>
      <source>Clouds and season</source>
      <translation>Wolken und Saison</translation>
    </message>
    <message>
      <source>Clouds and shadows are grown by this, where the scene classification draws them too narrow.</source>
      <translation>Wolken und Schatten werden um so viel vergrößert, wo die Szenenklassifikation sie zu eng zeichnet.</translation>
    </message>
    <message>
      <source>Clouds and shadows are grown by this.</source>
      <translation>Wolken und Schatten werden um so viel vergrößert.</translation>
    </message>
    <message>
      <source>Code</source>
      <translation>Code</translation>
    </message>
    <message>
      <source>Code of the crop</source>
      <translation>Code der Kultur</translation>
    </message>
    <message>
      <source>Compares a crop map with parcels whose crops are known: accuracy, F1 and intersection over union by class, confusion matrix, accuracy at edges and inside, by parcel and by size of parcels, calibration, with 95 % intervals that draw blocks of ground again. The report is evaluation.html; metrics.json has all figures.

Parcels that the model was trained on make a map look better than it is. Where the model's card names the ground that it has seen, parcels on it are left out; give others where it does not. Declarations may be wrong, too: where map and declaration differ, either may be.

Areas of crops with intervals need a probability sample: points drawn at random within each class of this very map, with the crop found there.</source>
      <translation>Vergleicht eine Kulturkarte mit Parzellen, deren Kulturen bekannt sind: Genauigkeit, F1 und Schnittmenge durch Vereinigung je Klasse, Konfusionsmatrix, Genauigkeit an Rändern und innen, je Parzelle und je Größe der Parzellen, Kalibrierung, mit 95-%-Intervallen, für die Blöcke neu ausgelost werden. Der Bericht ist evaluation.html; metrics.json hat alle Zahlen.

Parzellen, auf denen das Modell trainiert wurde, lassen eine Karte besser aussehen, als sie ist. Nennt die Modellkarte die Flächen, die das Modell gesehen hat, so werden Parzellen darauf ausgelassen; tut sie es nicht, geben Sie andere an. Auch Meldungen können falsch sein: Wo Karte und Meldung sich unterscheiden, kann jede von beiden irren.

Flächen der Kulturen mit Intervallen brauchen eine Zufallsstichprobe: Punkte, die zufällig innerhalb jeder Klasse ebendieser Karte gezogen sind, mit der dort gefundenen Kultur.</translation>
    </message>
    <message>
      <source>Comparing</source>
      <translation>Vergleich</translation>
    </message>
    <message>
      <source>Comparing the reflectance of the dates</source>
      <translation>Die Reflexion der Tage wird verglichen</translation>
    </message>
    <message>
      <source>Computer</source>
      <translation>Computer</translation>
    </message>
    <message>
      <source>Confidence (%)</source>
      <translation>Sicherheit (%)</translation>
    </message>
    <message>
      <source>Configuration</source>
      <translation>Konfiguration</translation>
    </message>
    <message>
      <source>Configuration instead of all this</source>
      <translation>Konfiguration statt alledem</translation>
    </message>
    <message>
      <source>Copies a zip of models, or an ONNX file with its card beside it, to your models.</source>
      <translation>Kopiert ein Zip mit Modellen, oder eine ONNX-Datei mit ihrer Karte daneben, zu Ihren Modellen.</translation>
    </message>
    <message>
      <source>Copy or download the file again.</source>
      <translation>Kopieren oder laden Sie die Datei noch einmal.</translation>
    </message>
    <message>
      <source>Copy the report</source>
      <translation>Bericht kopieren</translation>
    </message>
    <message>
      <source>Correct or remove it.</source>
      <translation>Berichtigen oder entfernen Sie es.</translation>
    </message>
    <message>
      <source>Counting</source>
      <translation>Zählen</translation>
    </message>
    <message>
      <source>Counting the cells of the parcels</source>
      <translation>Zellen der Parzellen werden gezählt</translation>
    </message>
    <message>
      <source>Crop</source>
      <translation>Kultur</translation>
    </message>
    <message>
      <source>Crop codes of the parcels</source>
      <translation>Kulturcodes der Parzellen</translation>
    </message>
    <message>
      <source>Crop found</source>
      <translation>Gefundene Kultur</translation>
    </message>
    <message>
      <source>Crop map and parcels</source>
      <translation>Kulturkarte und Parzellen</translation>
    </message>
    <message>
      <source>Crop map {}</source>
      <translation>Kulturkarte {}</translation>
    </message>
    <message>
      <source>Crop type, confidence and parcel boundaries from a Sentinel-2 time series.</source>
      <translation>Kulturart, Sicherheit und Parzellengrenzen aus einer Sentinel-2-Zeitreihe.</translation>
    </message>
    <message>
      <source>Crop types</source>
      <translation>Kulturarten</translation>
    </message>
    <message>
      <source>Crop types by field</source>
      <translation>Kulturarten je Schlag</translation>
    </message>
    <message>
      <source>Crops with fewer pixels of 10 m to train on become the class 'other', since little could be learned of them. Small regions need a lower limit, or 0.</source>
      <translation>Kulturen mit weniger 10-m-Pixeln zum Trainieren werden zur Klasse „other“, da sich wenig über sie lernen ließe. Kleine Regionen brauchen eine niedrigere Grenze, oder 0.</translation>
    </message>
    <message>
      <source>Crops with less ground to train on become the class 'other', since little could be learned of them. Small regions need a lower limit, or 0.</source>
      <translation>Kulturen mit weniger Fläche zum Trainieren werden zur Klasse „other“, da sich wenig über sie lernen ließe. Kleine Regionen brauchen eine niedrigere Grenze, oder 0.</translation>
    </message>
    <message>
      <source>Cut the map into fields</source>
      <translation>Die Karte in Schläge zerlegen</translation>
    </message>
    <message>
      <source>Cuts a finished crop map into fields at its boundary layer, for ground where no parcels are declared. Each field takes the crop that most of its cells are mapped as. Needs no images; the model must still be where it was. The map itself stays as it is.

Two files are written into the map's folder: fields.gpkg, an outline for each field with its crop, the share of its cells that are mapped so, its area and the mean confidence; and crop_type_fields.tif, the crop map with one crop for each field.

Look at the boundaries first: where they have gaps, several fields are enclosed as one. Ground in which no crop has the majority keeps its classes and gets no outline; if that is much, a warning says so. Strips without parcels stay as they are mapped.</source>
      <translation>Zerlegt eine fertige Kulturkarte an ihrer Grenzschicht in Schläge, für Flächen, auf denen keine Parzellen gemeldet sind. Jeder Schlag bekommt die Kultur, als die die meisten seiner Zellen kartiert sind. Bilder werden nicht gebraucht; das Modell muss noch liegen, wo es lag. Die Karte selbst bleibt, wie sie ist.

In den Ordner der Karte werden zwei Dateien geschrieben: fields.gpkg, ein Umriss für jeden Schlag mit seiner Kultur, dem Anteil der so kartierten Zellen, seiner Fläche und der mittleren Sicherheit; und crop_type_fields.tif, die Kulturkarte mit einer Kultur für jeden Schlag.

Sehen Sie zuerst die Grenzen an: Wo sie Lücken haben, sind mehrere Schläge als einer umschlossen. Flächen, auf denen keine Kultur die Mehrheit hat, behalten ihre Klassen und bekommen keinen Umriss; ist das viel, so sagt es eine Warnung. Streifen ohne Parzelle bleiben, wie sie kartiert sind.</translation>
    </message>
    <message>
      <source>Cuts a time series of Sentinel-2 images and the declared parcels on its ground into samples with labels, as training takes them: crop class, parcel and covered share of every cell, on the images' grid and on finer ones, in splits for training, validation, calibration and test that share no parcel.

Give the images as a folder or as layers, the parcels with the field of their crop code, and the table that maps these codes onto the legend. Say also what lies outside of all parcels; only you can know whether the layer holds every field.

The results go into one folder: dataset.zarr, the report dataset.html, the summary dataset.json, and dataset.yaml, the configuration, with which the log's command builds the same again without QGIS. A run that was cancelled or broken off goes on where it stopped when it is started again with the same settings and folder.

It runs in a Python of yours that has the packages for training; nothing heavy is loaded into QGIS, and nothing is sent anywhere.</source>
      <translation>Schneidet eine Zeitreihe von Sentinel-2-Bildern und die gemeldeten Parzellen darauf in Ausschnitte mit Label, wie das Training sie nimmt: Kulturklasse, Parzelle und bedeckter Anteil jeder Zelle, im Raster der Bilder und in feineren, aufgeteilt in Training, Validierung, Kalibrierung und Test ohne gemeinsame Parzelle.

Geben Sie die Bilder als Ordner oder als Layer an, die Parzellen mit dem Feld ihres Kulturcodes, und die Tabelle, die diese Codes auf die Legende abbildet. Sagen Sie auch, was außerhalb aller Parzellen liegt; nur Sie können wissen, ob der Layer jedes Feldstück enthält.

Die Ergebnisse kommen in einen Ordner: dataset.zarr, der Bericht dataset.html, die Übersicht dataset.json, und dataset.yaml, die Konfiguration, mit der der Befehl im Protokoll dasselbe ohne QGIS baut. Ein Lauf, der abgebrochen wurde oder abbrach, macht weiter, wo er aufhörte, wenn er mit denselben Einstellungen und demselben Ordner wieder gestartet wird.

Er läuft in einem Python von Ihnen, das die Pakete für das Training hat; nichts Schweres wird in QGIS geladen, und nichts wird irgendwohin gesendet.</translation>
    </message>
    <message>
      <source>Cutting fields</source>
      <translation>Schläge werden gebildet</translation>
    </message>
    <message>
      <source>Cutting the map at its boundaries</source>
      <translation>Die Karte wird an ihren Grenzen zerlegt</translation>
    </message>
    <message>
      <source>Data set (Zarr)</source>
      <translation>Datensatz (Zarr)</translation>
    </message>
    <message>
      <source>Date</source>
      <translation>Datum</translation>
    </message>
    <message>
      <source>Dates used</source>
      <translation>Verwendete Tage</translation>
    </message>
    <message>
      <source>Dates with a smaller clear share in the images are left out.</source>
      <translation>Tage mit einem kleineren klaren Anteil in den Bildern werden ausgelassen.</translation>
    </message>
    <message>
      <source>Dates with a smaller clear share in the region are left out.</source>
      <translation>Tage mit einem kleineren klaren Anteil in der Region werden ausgelassen.</translation>
    </message>
    <message>
      <source>Dates with a smaller share of clear pixels in the images are left out, and named in the report.</source>
      <translation>Tage mit einem kleineren Anteil klarer Pixel in den Bildern werden ausgelassen und im Bericht genannt.</translation>
    </message>
    <message>
      <source>Dates with a smaller share of clear pixels in the region are left out, and named in the log.</source>
      <translation>Tage mit einem kleineren Anteil klarer Pixel in der Region werden ausgelassen und im Protokoll genannt.</translation>
    </message>
    <message>
      <source>De&amp;vice</source>
      <translation>&amp;Gerät</translation>
    </message>
    <message>
      <source>Dec</source>
      <translation>Dezember</translation>
    </message>
    <message>
      <source>Declared</source>
      <translation>Gemeldet</translation>
    </message>
    <message>
      <source>Declared and found</source>
      <translation>Gemeldet und gefunden</translation>
    </message>
    <message>
      <source>Declared code</source>
      <translation>Gemeldeter Code</translation>
    </message>
    <message>
      <source>Declared code not in the class table</source>
      <translation>Gemeldeter Code nicht in der Klassentabelle</translation>
    </message>
    <message>
      <source>Declared codes</source>
      <translation>Gemeldete Codes</translation>
    </message>
    <message>
      <source>Declared crop</source>
      <translation>Gemeldete Kultur</translation>
    </message>
    <message>
      <source>Declared crop found</source>
      <translation>Gemeldete Kultur gefunden</translation>
    </message>
    <message>
      <source>Declared crop unknown to the model</source>
      <translation>Gemeldete Kultur dem Modell unbekannt</translation>
    </message>
    <message>
      <source>Declared parcels</source>
      <translation>Gemeldete Parzellen</translation>
    </message>
    <message>
      <source>Des&amp;cription</source>
      <translation>&amp;Beschreibung</translation>
    </message>
    <message>
      <source>Description</source>
      <translation>Beschreibung</translation>
    </message>
    <message>
      <source>Device</source>
      <translation>Gerät</translation>
    </message>
    <message>
      <source>Different for each parcel, so that reports can name them. Empty: numbered.</source>
      <translation>Für jede Parzelle anders, damit Berichte sie nennen können. Leer: nummeriert.</translation>
    </message>
    <message>
      <source>Done.</source>
      <translation>Fertig.</translation>
    </message>
    <message>
      <source>Done: the model {} is installed.</source>
      <translation>Fertig: Das Modell {} ist installiert.</translation>
    </message>
    <message>
      <source>Done: {:.0f} ha mapped.</source>
      <translation>Fertig: {:.0f} ha kartiert.</translation>
    </message>
    <message>
      <source>Download the product again.</source>
      <translation>Laden Sie das Produkt noch einmal herunter.</translation>
    </message>
    <message>
      <source>Draw on the map...</source>
      <translation>Auf der Karte zeichnen...</translation>
    </message>
    <message>
      <source>Draws the first weights and the samples; the same seed trains the same. Another one gives figures that differ by some points, which shows how far they can be trusted.</source>
      <translation>Lost die ersten Gewichte und die Ausschnitte aus; derselbe Startwert trainiert dasselbe. Ein anderer gibt Zahlen, die um einige Punkte abweichen, was zeigt, wie weit man ihnen trauen kann.</translation>
    </message>
    <message>
      <source>Edit...</source>
      <translation>Bearbeiten...</translation>
    </message>
    <message>
      <source>Effort</source>
      <translation>Aufwand</translation>
    </message>
    <message>
      <source>Else parcels on ground that the map's model was trained or calibrated on, with declarations of that year, are left out. With them the figures are too good.</source>
      <translation>Sonst werden Parzellen auf Flächen ausgelassen, auf denen das Modell der Karte mit Meldungen jenes Jahres trainiert oder kalibriert wurde. Mit ihnen sind die Zahlen zu gut.</translation>
    </message>
    <message>
      <source>End maps that run and close other QGIS windows, then try again.</source>
      <translation>Beenden Sie laufende Karten und schließen Sie andere QGIS-Fenster, dann versuchen Sie es erneut.</translation>
    </message>
    <message>
      <source>Engine: {}</source>
      <translation>Kartier-Maschine: {}</translation>
    </message>
    <message>
      <source>Entropy (bits)</source>
      <translation>Entropie (Bit)</translation>
    </message>
    <message>
      <source>Evaluate a map</source>
      <translation>Eine Karte bewerten</translation>
    </message>
    <message>
      <source>Evaluate a map...</source>
      <translation>Eine Karte bewerten...</translation>
    </message>
    <message>
      <source>Evaluating</source>
      <translation>Wird bewertet</translation>
    </message>
    <message>
      <source>Evaluation</source>
      <translation>Bewertung</translation>
    </message>
    <message>
      <source>Every crop has less ground than {:g} ha, the limit among the samples on page 3: lower it.</source>
      <translation>Jede Kultur hat weniger Fläche als {:g} ha, die Grenze bei den Ausschnitten auf Seite 3: Senken Sie sie.</translation>
    </message>
    <message>
      <source>Exporting</source>
      <translation>Wird exportiert</translation>
    </message>
    <message>
      <source>Feb</source>
      <translation>Februar</translation>
    </message>
    <message>
      <source>Fetch it again.</source>
      <translation>Holen Sie es noch einmal.</translation>
    </message>
    <message>
      <source>Fetches the packages here, for another computer that has no internet.</source>
      <translation>Holt die Pakete hier, für einen anderen Computer ohne Internet.</translation>
    </message>
    <message>
      <source>Fetching packages</source>
      <translation>Pakete werden geholt</translation>
    </message>
    <message>
      <source>Fewer threads leave cores to other programs, and take longer.</source>
      <translation>Weniger Threads lassen anderen Programmen Kerne und brauchen länger.</translation>
    </message>
    <message>
      <source>Field number</source>
      <translation>Nummer des Schlags</translation>
    </message>
    <message>
      <source>Field of the crop code</source>
      <translation>Feld des Kulturcodes</translation>
    </message>
    <message>
      <source>Field of the declared crop</source>
      <translation>Feld der gemeldeten Kultur</translation>
    </message>
    <message>
      <source>Field of the parcel's id</source>
      <translation>Feld der Kennung der Parzelle</translation>
    </message>
    <message>
      <source>Field of the sample's crop code</source>
      <translation>Feld des Kulturcodes der Stichprobe</translation>
    </message>
    <message>
      <source>Field of the year</source>
      <translation>Feld des Jahres</translation>
    </message>
    <message>
      <source>Field that names a parcel</source>
      <translation>Feld, das eine Parzelle benennt</translation>
    </message>
    <message>
      <source>Fields</source>
      <translation>Erkannte Schläge</translation>
    </message>
    <message>
      <source>Fields of a crop map</source>
      <translation>Schläge einer Kulturkarte</translation>
    </message>
    <message>
      <source>Fields with what grows there</source>
      <translation>Schläge mit dem, was dort wächst</translation>
    </message>
    <message>
      <source>Fields without an outline in fields.gpkg: {}. Their outlines are too long, as where boundaries have gaps and many fields are enclosed as one; their crops and areas are in the table.</source>
      <translation>Schläge ohne Umriss in fields.gpkg: {}. Ihre Umrisse sind zu lang, wie dort, wo Grenzen Lücken haben und viele Schläge als einer umschlossen sind; ihre Kulturen und Flächen stehen in der Tabelle.</translation>
    </message>
    <message>
      <source>File of models</source>
      <translation>Datei mit Modellen</translation>
    </message>
    <message>
      <source>Fill a folder...</source>
      <translation>Ordner füllen...</translation>
    </message>
    <message>
      <source>Find a code or a meaning</source>
      <translation>Code oder Bedeutung suchen</translation>
    </message>
    <message>
      <source>Folder for crop_type.tif, confidence.tif, boundary.tif, report.html, run.json and what else is asked for. Files of an earlier run in it are replaced when the new run is whole, not before. A run that was broken off goes on where it stopped when it is started again with the same settings.</source>
      <translation>Ordner für crop_type.tif, confidence.tif, boundary.tif, report.html, run.json und was sonst verlangt wird. Dateien eines früheren Laufs darin werden erst ersetzt, wenn der neue ganz ist. Ein abgebrochener Lauf macht weiter, wo er aufhörte, wenn er mit denselben Einstellungen wieder gestartet wird.</translation>
    </message>
    <message>
      <source>Folder for dataset.zarr, dataset.html, dataset.json and dataset.yaml. A broken-off run of the same settings in it is gone on with; a data set of other settings in it is replaced.</source>
      <translation>Ordner für dataset.zarr, dataset.html, dataset.json und dataset.yaml. Ein abgebrochener Lauf mit denselben Einstellungen wird darin fortgesetzt; ein Datensatz mit anderen Einstellungen wird darin ersetzt.</translation>
    </message>
    <message>
      <source>Folder for the data set</source>
      <translation>Ordner für den Datensatz</translation>
    </message>
    <message>
      <source>Folder for the data set and the model</source>
      <translation>Ordner für den Datensatz und das Modell</translation>
    </message>
    <message>
      <source>Folder for the evaluation</source>
      <translation>Ordner für die Bewertung</translation>
    </message>
    <message>
      <source>Folder for the packages</source>
      <translation>Ordner für die Pakete</translation>
    </message>
    <message>
      <source>Folder for the results</source>
      <translation>Ordner für die Ergebnisse</translation>
    </message>
    <message>
      <source>Folder of the crop map</source>
      <translation>Ordner der Kulturkarte</translation>
    </message>
    <message>
      <source>Folder of the data set</source>
      <translation>Ordner des Datensatzes</translation>
    </message>
    <message>
      <source>Folder of the model</source>
      <translation>Ordner des Modells</translation>
    </message>
    <message>
      <source>Folder of wheels (for a computer without network)</source>
      <translation>Ordner mit Wheels (für einen Computer ohne Netz)</translation>
    </message>
    <message>
      <source>Folder that the configuration's paths are relative to</source>
      <translation>Ordner, auf den sich die Pfade der Konfiguration beziehen</translation>
    </message>
    <message>
      <source>Folder with SAFE products, zips of them or GeoTIFFs</source>
      <translation>Ordner mit SAFE-Produkten, deren Zips oder GeoTIFFs</translation>
    </message>
    <message>
      <source>Folder with models</source>
      <translation>Ordner mit Modellen</translation>
    </message>
    <message>
      <source>Folder with the images of one season</source>
      <translation>Ordner mit den Bildern einer Saison</translation>
    </message>
    <message>
      <source>Folder: {}</source>
      <translation>Ordner: {}</translation>
    </message>
    <message>
      <source>Folds of blocks (0 = none)</source>
      <translation>Folds aus Blöcken (0 = keine)</translation>
    </message>
    <message>
      <source>For another computer with</source>
      <translation>Für einen anderen Computer mit</translation>
    </message>
    <message>
      <source>For ground where no parcels are at hand: an outline for each field that the boundary layer encloses, with the crop that most of its cells are mapped as, and the crop map with one crop for each field. Where boundaries have gaps little is enclosed; it is told.</source>
      <translation>Wo keine Parzellen zur Hand sind: ein Umriss für jeden Schlag, den die Grenzschicht umschließt, mit der Kultur, als die die meisten seiner Zellen kartiert sind, und die Kulturkarte mit einer Kultur für jeden Schlag. Wo Grenzen Lücken haben, ist wenig umschlossen; es wird gesagt.</translation>
    </message>
    <message>
      <source>For ground where no parcels are at hand: outlines of the fields that the boundary layer encloses, and the map with one crop for each.</source>
      <translation>Wo keine Parzellen zur Hand sind: Umrisse der Schläge, die die Grenzschicht umschließt, und die Karte mit einer Kultur für jeden.</translation>
    </message>
    <message>
      <source>For layers that hold the declarations of several years: only those of the year given are taken.</source>
      <translation>Für Layer mit den Meldungen mehrerer Jahre: Nur die des angegebenen Jahres werden genommen.</translation>
    </message>
    <message>
      <source>For {} days from {} on there is no usable image.</source>
      <translation>Für {} Tage ab dem {} gibt es kein brauchbares Bild.</translation>
    </message>
    <message>
      <source>Forecast of a map</source>
      <translation>Vorhersage für eine Karte</translation>
    </message>
    <message>
      <source>Forecast: about {}, {} GiB of memory, {} of disk, on {} ({})</source>
      <translation>Vorhersage: etwa {}, {} GiB Speicher, {} auf der Platte, auf {} ({})</translation>
    </message>
    <message>
      <source>Forecast: {}</source>
      <translation>Vorhersage: {}</translation>
    </message>
    <message>
      <source>Found</source>
      <translation>Gefunden</translation>
    </message>
    <message>
      <source>Found: {}</source>
      <translation>Gefunden: {}</translation>
    </message>
    <message>
      <source>Free some space and try again.</source>
      <translation>Schaffen Sie Platz und versuchen Sie es erneut.</translation>
    </message>
    <message>
      <source>Free some space for temporary files.</source>
      <translation>Schaffen Sie Platz für temporäre Dateien.</translation>
    </message>
    <message>
      <source>Free some space, choose another folder, or map a smaller region.</source>
      <translation>Schaffen Sie Platz, wählen Sie einen anderen Ordner, oder kartieren Sie eine kleinere Region.</translation>
    </message>
    <message>
      <source>From a model's weights takes the fewest parcels and the least time. The samples then get its bands.</source>
      <translation>Von den Gewichten eines Modells aus braucht es die wenigsten Parzellen und die wenigste Zeit. Die Ausschnitte bekommen dann seine Bänder.</translation>
    </message>
    <message>
      <source>Gets the report evaluation.html and all figures in metrics.json.</source>
      <translation>Bekommt den Bericht evaluation.html und alle Zahlen in metrics.json.</translation>
    </message>
    <message>
      <source>Give a later day or more dates, or lower the least clear share.</source>
      <translation>Geben Sie einen späteren Tag oder mehr Tage an, oder senken Sie den kleinsten klaren Anteil.</translation>
    </message>
    <message>
      <source>Give images of one coordinate system at a time (for Sentinel-2: of one UTM zone).</source>
      <translation>Geben Sie nur Bilder eines Koordinatensystems zugleich an (bei Sentinel-2: einer UTM-Zone).</translation>
    </message>
    <message>
      <source>Give more dates, or lower the least clear share.</source>
      <translation>Geben Sie mehr Tage an, oder senken Sie den kleinsten klaren Anteil.</translation>
    </message>
    <message>
      <source>Give one name for each band of the file, in its order.</source>
      <translation>Geben Sie für jedes Band der Datei einen Namen an, in ihrer Reihenfolge.</translation>
    </message>
    <message>
      <source>Give the declared parcels, or choose the sampling 'unlabelled'.</source>
      <translation>Geben Sie die gemeldeten Parzellen an, oder wählen Sie die Auswahl „unlabelled“.</translation>
    </message>
    <message>
      <source>Give the images of the season: raster layers or a folder.</source>
      <translation>Geben Sie die Bilder der Saison an: Rasterlayer oder einen Ordner.</translation>
    </message>
    <message>
      <source>Give the name of a shipped one (rpg, hcat, eurocrops_hcat, ...), or a CSV file of your own.</source>
      <translation>Geben Sie den Namen einer mitgelieferten an (rpg, hcat, eurocrops_hcat, ...), oder eine eigene CSV-Datei.</translation>
    </message>
    <message>
      <source>Give the parcels of the mapped region.</source>
      <translation>Geben Sie die Parzellen der kartierten Region an.</translation>
    </message>
    <message>
      <source>Give the parcels with known crops.</source>
      <translation>Geben Sie die Parzellen mit bekannter Kultur an.</translation>
    </message>
    <message>
      <source>Give the year whose declarations are to be taken from the field of the year.</source>
      <translation>Geben Sie das Jahr an, dessen Meldungen nach dem Feld des Jahres zu nehmen sind.</translation>
    </message>
    <message>
      <source>Give this code to the IT desk, with the log.</source>
      <translation>Geben Sie diesen Code der IT-Abteilung, mit dem Protokoll.</translation>
    </message>
    <message>
      <source>Give {} images or a model trained on {}.</source>
      <translation>Geben Sie Bilder der Stufe {} oder ein auf {} trainiertes Modell an.</translation>
    </message>
    <message>
      <source>Goes on with what is done already.</source>
      <translation>Macht mit dem weiter, was schon fertig ist.</translation>
    </message>
    <message>
      <source>Goes onto the card: whose images and parcels it was trained on, and under which licences.</source>
      <translation>Kommt auf die Modellkarte: auf wessen Bildern und Parzellen es trainiert wurde, und unter welchen Lizenzen.</translation>
    </message>
    <message>
      <source>Goes onto the card: whose images and parcels, and under which licences.</source>
      <translation>Kommt auf die Modellkarte: wessen Bilder und Parzellen, und unter welchen Lizenzen.</translation>
    </message>
    <message>
      <source>Goes onto the model's card: what it was made for.</source>
      <translation>Kommt auf die Modellkarte: wofür das Modell gemacht wurde.</translation>
    </message>
    <message>
      <source>Graphics card: {}</source>
      <translation>Grafikkarte: {}</translation>
    </message>
    <message>
      <source>Grid</source>
      <translation>Raster</translation>
    </message>
    <message>
      <source>Grid of the map, times finer (from scratch)</source>
      <translation>Raster der Karte (n-mal feiner, von Grund auf)</translation>
    </message>
    <message>
      <source>Ground outside of all parcels (to be chosen)</source>
      <translation>Fläche außerhalb aller Parzellen (zu wählen)</translation>
    </message>
    <message>
      <source>Grow &amp;what is not clear</source>
      <translation>&amp;Unklares vergrößern</translation>
    </message>
    <message>
      <source>Grow what is not clear (m)</source>
      <translation>Unklares vergrößern (m)</translation>
    </message>
    <message>
      <source>Guide</source>
      <translation>Anleitung</translation>
    </message>
    <message>
      <source>HCAT codes</source>
      <translation>HCAT-Codes</translation>
    </message>
    <message>
      <source>HCAT names (EuroCrops)</source>
      <translation>HCAT-Namen (EuroCrops)</translation>
    </message>
    <message>
      <source>Harvest &amp;year</source>
      <translation>Ernte&amp;jahr</translation>
    </message>
    <message>
      <source>Have the IT desk allow programs in that folder (application control, or a disk mounted without 'exec').</source>
      <translation>Lassen Sie die IT-Abteilung Programme in diesem Ordner erlauben (Anwendungssteuerung, oder eine Platte, die ohne „exec“ eingehängt ist).</translation>
    </message>
    <message>
      <source>Have the IT desk check whether a virus scanner injects code into the process, and update the graphics driver if a GPU was used; then try with the device set to cpu.</source>
      <translation>Lassen Sie die IT-Abteilung prüfen, ob ein Virenscanner Code in den Prozess einschleust, und aktualisieren Sie den Grafiktreiber, falls eine Grafikkarte genutzt wurde; dann versuchen Sie es mit dem Gerät cpu.</translation>
    </message>
    <message>
      <source>Have the IT desk check whether a virus scanner or application control blocks the engine's folder.</source>
      <translation>Lassen Sie die IT-Abteilung prüfen, ob ein Virenscanner oder eine Anwendungssteuerung den Ordner der Kartier-Maschine blockiert.</translation>
    </message>
    <message>
      <source>Have the IT desk exempt the engine's folder in the virus scanner or application control.</source>
      <translation>Lassen Sie die IT-Abteilung den Ordner der Kartier-Maschine im Virenscanner oder in der Anwendungssteuerung ausnehmen.</translation>
    </message>
    <message>
      <source>Have the IT desk exempt the engine's folder in the virus scanner.</source>
      <translation>Lassen Sie die IT-Abteilung den Ordner der Kartier-Maschine im Virenscanner ausnehmen.</translation>
    </message>
    <message>
      <source>Have the IT desk switch on long paths (Win32 long paths, in the group policy under File system), or build the environment in a short folder (set_up.py build --dir C:\cscl, see the user guide) and choose its Python in this window.</source>
      <translation>Lassen Sie die IT-Abteilung lange Pfade einschalten (lange Win32-Pfade, in der Gruppenrichtlinie unter Dateisystem), oder bauen Sie die Umgebung in einem kurzen Ordner (set_up.py build --dir C:\cscl, siehe Anleitung) und wählen Sie ihr Python in diesem Fenster.</translation>
    </message>
    <message>
      <source>Holds each parcel's crop code, as the class table lists them.</source>
      <translation>Enthält den Kulturcode jeder Parzelle, wie die Klassentabelle ihn führt.</translation>
    </message>
    <message>
      <source>How right a finished crop map is, against parcels with known crops.</source>
      <translation>Wie richtig eine fertige Kulturkarte ist, gemessen an Parzellen mit bekannter Kultur.</translation>
    </message>
    <message>
      <source>If it is empty, parcels are told apart by their feature numbers.</source>
      <translation>Leer: Parzellen werden an ihren Objektnummern unterschieden.</translation>
    </message>
    <message>
      <source>If there are more dates, the clearest are kept.</source>
      <translation>Gibt es mehr Tage, werden die klarsten behalten.</translation>
    </message>
    <message>
      <source>If there are more dates, the clearest are kept. All samples have as many dates as the longest series.</source>
      <translation>Gibt es mehr Tage, werden die klarsten behalten. Alle Ausschnitte haben so viele Tage wie die längste Zeitreihe.</translation>
    </message>
    <message>
      <source>Images</source>
      <translation>Bilder</translation>
    </message>
    <message>
      <source>Images (raster layers)</source>
      <translation>Bilder (Rasterlayer)</translation>
    </message>
    <message>
      <source>In any coordinate system; parcels outside of the map are listed with no cells.</source>
      <translation>In beliebigem Koordinatensystem; Parzellen außerhalb der Karte werden ohne Zellen aufgeführt.</translation>
    </message>
    <message>
      <source>In pixels of 10 m; a multiple of 4.</source>
      <translation>In Pixeln von 10 m; ein Vielfaches von 4.</translation>
    </message>
    <message>
      <source>Inner &amp;buffer</source>
      <translation>&amp;Innerer Puffer</translation>
    </message>
    <message>
      <source>Inner buffer (m)</source>
      <translation>Innerer Puffer (m)</translation>
    </message>
    <message>
      <source>Inner buffer of parcels (m)</source>
      <translation>Innerer Puffer der Parzellen (m)</translation>
    </message>
    <message>
      <source>Install Python 3.12 from python.org (no administrator rights needed) and try again.</source>
      <translation>Installieren Sie Python 3.12 von python.org (ohne Administratorrechte) und versuchen Sie es erneut.</translation>
    </message>
    <message>
      <source>Install Python 3.12 from python.org (no administrator rights needed), or set up from a folder of wheels.</source>
      <translation>Installieren Sie Python 3.12 von python.org (ohne Administratorrechte), oder richten Sie aus einem Ordner von Wheels ein.</translation>
    </message>
    <message>
      <source>Install a model</source>
      <translation>Ein Modell installieren</translation>
    </message>
    <message>
      <source>Install a model first, with the ordinary environment.</source>
      <translation>Installieren Sie zuerst ein Modell, mit der gewöhnlichen Umgebung.</translation>
    </message>
    <message>
      <source>Install the Microsoft Visual C++ Redistributable (x64), then set up the worker's Python again.</source>
      <translation>Installieren Sie das Microsoft Visual C++ Redistributable (x64), dann richten Sie das Python der Berechnung neu ein.</translation>
    </message>
    <message>
      <source>Install the Microsoft Visual C++ Redistributable (x64).</source>
      <translation>Installieren Sie das Microsoft Visual C++ Redistributable (x64).</translation>
    </message>
    <message>
      <source>Install the model afterwards</source>
      <translation>Das Modell danach installieren</translation>
    </message>
    <message>
      <source>Install the model again.</source>
      <translation>Installieren Sie das Modell neu.</translation>
    </message>
    <message>
      <source>Install the plugin again.</source>
      <translation>Installieren Sie das Plugin neu.</translation>
    </message>
    <message>
      <source>Installed as {}</source>
      <translation>Installiert als {}</translation>
    </message>
    <message>
      <source>Installed models</source>
      <translation>Installierte Modelle</translation>
    </message>
    <message>
      <source>Installing</source>
      <translation>Wird installiert</translation>
    </message>
    <message>
      <source>Installing the packages ({}, {:.1f} GB on disk)</source>
      <translation>Pakete werden installiert ({}, {:.1f} GB auf der Platte)</translation>
    </message>
    <message>
      <source>Installs models from cscl_models-&lt;version&gt;.zip or from an ONNX file with its card.</source>
      <translation>Installiert Modelle aus cscl_models-&lt;version&gt;.zip oder aus einer ONNX-Datei mit ihrer Modellkarte.</translation>
    </message>
    <message>
      <source>Installs the models of a file cscl_models-&lt;version&gt;.zip, or one ONNX file that has its model card (.json) beside it, into your user's data folder. Each model's checksum is compared with its card first. Where no model is named, 'Map crop types' takes that of the highest version: of equal versions your own before those that come with the plugin, and of these the newest file.</source>
      <translation>Installiert die Modelle einer Datei cscl_models-&lt;version&gt;.zip, oder eine ONNX-Datei, neben der ihre Modellkarte (.json) liegt, in Ihren Benutzerordner. Die Prüfsumme jedes Modells wird vorher mit seiner Modellkarte verglichen. Ohne Angabe eines Modells nimmt „Kulturen kartieren“ das mit der höchsten Version: bei gleicher Version Ihre eigenen vor denen, die mit dem Plugin kommen, und davon die neueste Datei.</translation>
    </message>
    <message>
      <source>Intervals draw square blocks of this side again, since neighbouring fields are alike.</source>
      <translation>Für die Intervalle werden quadratische Blöcke dieser Seitenlänge neu ausgelost, da benachbarte Felder sich ähneln.</translation>
    </message>
    <message>
      <source>Is different for each parcel, so that reports can name them. Without it they are numbered.</source>
      <translation>Ist für jede Parzelle anders, damit Berichte sie nennen können. Ohne es werden sie nummeriert.</translation>
    </message>
    <message>
      <source>It is built anew: {}</source>
      <translation>Sie wird neu gebaut: {}</translation>
    </message>
    <message>
      <source>Its card</source>
      <translation>Seine Modellkarte</translation>
    </message>
    <message>
      <source>Its probability</source>
      <translation>Ihre Wahrscheinlichkeit</translation>
    </message>
    <message>
      <source>Jan</source>
      <translation>Januar</translation>
    </message>
    <message>
      <source>Jul</source>
      <translation>Juli</translation>
    </message>
    <message>
      <source>Jun</source>
      <translation>Juni</translation>
    </message>
    <message>
      <source>Kept with the data set, and told on the model's card.</source>
      <translation>Wird mit dem Datensatz aufbewahrt und auf der Modellkarte genannt.</translation>
    </message>
    <message>
      <source>Kept with the data set. Where a field of the year is given too, only the declarations of this year are taken.</source>
      <translation>Wird mit dem Datensatz aufbewahrt. Ist auch ein Feld des Jahres angegeben, werden nur die Meldungen dieses Jahres genommen.</translation>
    </message>
    <message>
      <source>L2A: surface reflectance, the default. L1C: reflectance at the top of the atmosphere. Images of the other level are left out.</source>
      <translation>L2A: Reflexion am Boden, die Vorgabe. L1C: Reflexion am Oberrand der Atmosphäre. Bilder der anderen Stufe werden ausgelassen.</translation>
    </message>
    <message>
      <source>Label grids, times finer than the images</source>
      <translation>Label-Raster (n-mal feiner als die Bilder)</translation>
    </message>
    <message>
      <source>Labels are made on the images' own 10 m grid (1, always among them) and on grids 2 and 4 times finer; training takes one of them.</source>
      <translation>Label werden auf dem 10-m-Raster der Bilder gemacht (1, immer dabei) und auf 2- und 4-mal feineren Rastern; das Training nimmt eines davon.</translation>
    </message>
    <message>
      <source>Learning rate (0 = what suits the start)</source>
      <translation>Lernrate (0 = was zum Anfang passt)</translation>
    </message>
    <message>
      <source>Least &amp;clear share</source>
      <translation>Kleinster &amp;klarer Anteil</translation>
    </message>
    <message>
      <source>Least &amp;other ground of a crop</source>
      <translation>Kleinste &amp;andere Fläche einer Kultur</translation>
    </message>
    <message>
      <source>Least &amp;training ground of a crop</source>
      <translation>Kleinste &amp;Trainingsfläche einer Kultur</translation>
    </message>
    <message>
      <source>Least other pixels of a class (0 = no limit)</source>
      <translation>Mindestzahl anderer Pixel einer Klasse (0 = keine Grenze)</translation>
    </message>
    <message>
      <source>Least share of clear pixels (0-1)</source>
      <translation>Kleinster Anteil klarer Pixel (0-1)</translation>
    </message>
    <message>
      <source>Least training pixels of a class (0 = no limit)</source>
      <translation>Mindestzahl Trainingspixel einer Klasse (0 = keine Grenze)</translation>
    </message>
    <message>
      <source>Leave one core to QGIS</source>
      <translation>QGIS einen Kern lassen</translation>
    </message>
    <message>
      <source>Leaves out later images, for a map in season.</source>
      <translation>Lässt spätere Bilder weg, für eine Karte während der Saison.</translation>
    </message>
    <message>
      <source>Letters, digits, _ and -. The model's file and its folder are called so.</source>
      <translation>Buchstaben, Ziffern, _ und -. Die Datei des Modells und sein Ordner heißen so.</translation>
    </message>
    <message>
      <source>Licence</source>
      <translation>Lizenz</translation>
    </message>
    <message>
      <source>Loading the packages</source>
      <translation>Pakete werden geladen</translation>
    </message>
    <message>
      <source>Log of the run</source>
      <translation>Protokoll des Laufs</translation>
    </message>
    <message>
      <source>Longest gap (days)</source>
      <translation>Längste Lücke (Tage)</translation>
    </message>
    <message>
      <source>Look at a parcel</source>
      <translation>Eine Parzelle ansehen</translation>
    </message>
    <message>
      <source>Looking at a parcel</source>
      <translation>Eine Parzelle wird angesehen</translation>
    </message>
    <message>
      <source>Looking at acquisitions</source>
      <translation>Aufnahmen ansehen</translation>
    </message>
    <message>
      <source>Looking at the acquisitions</source>
      <translation>Aufnahmen werden angesehen</translation>
    </message>
    <message>
      <source>Looking at the acquisitions...</source>
      <translation>Aufnahmen werden angesehen...</translation>
    </message>
    <message>
      <source>Looking at the computer</source>
      <translation>Der Computer wird angesehen</translation>
    </message>
    <message>
      <source>Looking for a graphics card</source>
      <translation>Suche nach einer Grafikkarte</translation>
    </message>
    <message>
      <source>Looking for another Python.</source>
      <translation>Ein anderes Python wird gesucht.</translation>
    </message>
    <message>
      <source>Looking for the Python that trains</source>
      <translation>Suche nach dem Python, das trainiert</translation>
    </message>
    <message>
      <source>Looking whether the images are those of the map</source>
      <translation>Es wird geprüft, ob die Bilder die der Karte sind</translation>
    </message>
    <message>
      <source>Lower the memory limit, close other programs, or take a smaller region.</source>
      <translation>Senken Sie die Speichergrenze, schließen Sie andere Programme, oder nehmen Sie eine kleinere Region.</translation>
    </message>
    <message>
      <source>Lower the memory limit, or close other programs.</source>
      <translation>Senken Sie die Speichergrenze, oder schließen Sie andere Programme.</translation>
    </message>
    <message>
      <source>Lower the memory limit, or take a smaller region.</source>
      <translation>Senken Sie die Speichergrenze, oder nehmen Sie eine kleinere Region.</translation>
    </message>
    <message>
      <source>Lower the memory limit, so that smaller tiles are cut, or give fewer dates.</source>
      <translation>Senken Sie die Speichergrenze, damit kleinere Kacheln geschnitten werden, oder geben Sie weniger Tage an.</translation>
    </message>
    <message>
      <source>Macro F1 (0-1)</source>
      <translation>Makro-F1 (0-1)</translation>
    </message>
    <message>
      <source>Makes the map of a run.json again, beside it, from the same images and settings.</source>
      <translation>Macht die Karte eines run.json noch einmal, daneben, aus denselben Bildern und Einstellungen.</translation>
    </message>
    <message>
      <source>Makes the table of parcels of a crop map, for parcels that were not given then, or for another layer of them. The numbers are those that the map itself would have given.

A map with all class probabilities on the fine grid (the setting 'Class probabilities' of 'Map crop types') is enough. Otherwise the places where parcels lie are mapped again, which takes its time: the images and the model must still be where they were, and unchanged. The map itself stays as it is.

The table has the parcels' outlines and fields, and for each the crop with the largest mean probability inside an inner buffer, the second best, their probabilities, how mixed the parcel is, how many cells and clear dates stand behind it, and the share of strong boundary inside.

With a field of declared crops and a class table it also says what was declared and whether the map shows it: declared crop found, another crop found, no crop found, declared crop unknown to the model. These are no verdicts: the map errs, too.</source>
      <translation>Macht die Tabelle der Parzellen einer Kulturkarte, für Parzellen, die damals nicht angegeben waren, oder für einen anderen Layer. Die Zahlen sind die, die die Karte selbst ergeben hätte.

Eine Karte mit allen Klassenwahrscheinlichkeiten im feinen Raster (die Einstellung „Klassenwahrscheinlichkeiten“ von „Kulturen kartieren“) genügt. Sonst werden die Stellen, an denen Parzellen liegen, noch einmal kartiert, was seine Zeit braucht: Die Bilder und das Modell müssen noch liegen, wo sie lagen, und unverändert sein. Die Karte selbst bleibt, wie sie ist.

Die Tabelle hat die Umrisse und Felder der Parzellen, und für jede die Kultur mit der größten mittleren Wahrscheinlichkeit innerhalb eines inneren Puffers, die zweitbeste, ihre Wahrscheinlichkeiten, wie gemischt die Parzelle ist, wie viele Zellen und klare Tage dahinterstehen, und den Anteil starker Grenze innen.

Mit einem Feld der gemeldeten Kultur und einer Klassentabelle sagt sie auch, was gemeldet wurde und ob die Karte es zeigt: gemeldete Kultur gefunden, andere Kultur gefunden, keine Kultur gefunden, gemeldete Kultur dem Modell unbekannt. Das sind keine Urteile: Auch die Karte irrt.</translation>
    </message>
    <message>
      <source>Making an environment of {} in {}</source>
      <translation>Aus {} wird eine Umgebung angelegt in {}</translation>
    </message>
    <message>
      <source>Map a region</source>
      <translation>Eine Region kartieren</translation>
    </message>
    <message>
      <source>Map a region...</source>
      <translation>Eine Region kartieren...</translation>
    </message>
    <message>
      <source>Map again.</source>
      <translation>Kartieren Sie neu.</translation>
    </message>
    <message>
      <source>Map crop types</source>
      <translation>Kulturen kartieren</translation>
    </message>
    <message>
      <source>Mapping</source>
      <translation>Kartieren</translation>
    </message>
    <message>
      <source>Mapping on the graphics card</source>
      <translation>Kartieren auf der Grafikkarte</translation>
    </message>
    <message>
      <source>Mapping {}</source>
      <translation>{} wird kartiert</translation>
    </message>
    <message>
      <source>Mapping {} dates needs about {} GiB of memory, the limit is {} GiB.</source>
      <translation>{} Tage zu kartieren braucht etwa {} GiB Speicher, die Grenze ist {} GiB.</translation>
    </message>
    <message>
      <source>Maps are made by a Python of their own, in your user's folder: QGIS's Python stays as it is, and no administrator rights are needed. Every package but PyTorch is checked against its hash, except on Macs with Intel's processors and on Linux on ARM.</source>
      <translation>Karten entstehen in einem eigenen Python in Ihrem Benutzerordner: Das Python von QGIS bleibt, wie es ist, und Administratorrechte sind nicht nötig. Jedes Paket außer PyTorch wird mit seiner Prüfsumme verglichen, nur nicht auf Macs mit Intel-Prozessor und unter Linux auf ARM.</translation>
    </message>
    <message>
      <source>Maps crop types from a time series of Sentinel-2 images with a deep network, on a grid up to four times finer than the images (a finer label grid, not resolved detail).

Give a folder that holds the images of one season (SAFE products or GeoTIFFs, searched recursively), or raster layers, and a model whose card fits them. Dates are read from names and metadata; clouds are masked by the scene classification (SCL) where there is one.

The results go into one folder: crop_type.tif, confidence.tif and boundary.tif with their styles, report.html, and run.json, which says what was used, what was left out and why; with parcels also a table of what grows in each. The same request gives the same files from here, from qgis_process and from the command line.

Everything runs on this computer; nothing is sent anywhere.</source>
      <translation>Kartiert die Kulturarten einer Zeitreihe von Sentinel-2-Bildern mit einem tiefen Netz, auf einem bis zu viermal feineren Raster als dem der Bilder (ein feineres Raster für Klassen, keine aufgelöste Einzelheit).

Geben Sie einen Ordner an, der die Bilder einer Saison enthält (SAFE-Produkte oder GeoTIFFs, auch in Ordnern darin), oder Rasterlayer, und ein Modell, dessen Modellkarte zu ihnen passt. Die Tage werden aus Namen und Metadaten gelesen; Wolken werden durch die Szenenklassifikation (SCL) maskiert, wo es eine gibt.

Die Ergebnisse kommen in einen Ordner: crop_type.tif, confidence.tif und boundary.tif mit ihren Stilen, report.html, und run.json, das sagt, was verwendet wurde, was ausgelassen und warum; mit Parzellen auch eine Tabelle dessen, was in jeder wächst. Dieselbe Anfrage gibt von hier, von qgis_process und von der Kommandozeile dieselben Dateien.

Alles läuft auf diesem Computer; nichts wird irgendwohin gesendet.</translation>
    </message>
    <message>
      <source>Maps now run on {}: {}</source>
      <translation>Karten werden nun gerechnet auf {}: {}</translation>
    </message>
    <message>
      <source>Maps on the graphics card, once it has run a model and agrees with the processor.</source>
      <translation>Kartiert auf der Grafikkarte, sobald sie ein Modell gerechnet hat und mit dem Prozessor übereinstimmt.</translation>
    </message>
    <message>
      <source>Maps run on the processor as before.</source>
      <translation>Karten werden wie bisher auf dem Prozessor gerechnet.</translation>
    </message>
    <message>
      <source>Maps the codes onto the classes that the model learns.</source>
      <translation>Bildet die Codes auf die Klassen ab, die das Modell lernt.</translation>
    </message>
    <message>
      <source>Maps the crop types of a season of images, then makes the table of parcels: two algorithms in one run, and an example of how to chain them. Open it in the model designer, save it under another name, and change it there: other settings, steps before and after.</source>
      <translation>Kartiert die Kulturen einer Saison von Bildern und macht dann die Tabelle der Parzellen: zwei Algorithmen in einem Lauf, und ein Beispiel dafür, wie man sie verkettet. Öffnen Sie es im Modelldesigner, speichern Sie es unter anderem Namen und ändern Sie es dort: andere Einstellungen, Schritte davor und danach.</translation>
    </message>
    <message>
      <source>Mar</source>
      <translation>März</translation>
    </message>
    <message>
      <source>May</source>
      <translation>Mai</translation>
    </message>
    <message>
      <source>Mean confidence (%)</source>
      <translation>Mittlere Sicherheit (%)</translation>
    </message>
    <message>
      <source>Mean intersection over union (0-1)</source>
      <translation>Mittlere Schnittmenge durch Vereinigung (0-1)</translation>
    </message>
    <message>
      <source>Meaning</source>
      <translation>Bedeutung</translation>
    </message>
    <message>
      <source>Memor&amp;y limit</source>
      <translation>Speicher&amp;grenze</translation>
    </message>
    <message>
      <source>Memory limit (GiB)</source>
      <translation>Speichergrenze (GiB)</translation>
    </message>
    <message>
      <source>Model (an installed one if empty)</source>
      <translation>Modell (leer: ein installiertes)</translation>
    </message>
    <message>
      <source>Model card</source>
      <translation>Modellkarte</translation>
    </message>
    <message>
      <source>Models</source>
      <translation>Modelle</translation>
    </message>
    <message>
      <source>Models...</source>
      <translation>Modelle...</translation>
    </message>
    <message>
      <source>More steps help where there are many parcels.</source>
      <translation>Mehr Schritte helfen, wo es viele Parzellen gibt.</translation>
    </message>
    <message>
      <source>Most dates</source>
      <translation>Höchstzahl der Tage</translation>
    </message>
    <message>
      <source>Name of the class</source>
      <translation>Name der Klasse</translation>
    </message>
    <message>
      <source>Name of the model</source>
      <translation>Name des Modells</translation>
    </message>
    <message>
      <source>Name the field with the declared crops.</source>
      <translation>Nennen Sie das Feld mit den gemeldeten Kulturen.</translation>
    </message>
    <message>
      <source>Name them with the option --bands (in QGIS: 'Band names'), in file order, e.g. B02,B03,B04,B08.</source>
      <translation>Benennen Sie sie mit der Option --bands (in QGIS: „Bandnamen“), in der Reihenfolge der Datei, z. B. B02,B03,B04,B08.</translation>
    </message>
    <message>
      <source>Names a parcel in the table, each once. Empty: the layer's own feature numbers.</source>
      <translation>Benennt eine Parzelle in der Tabelle, jede nur einmal. Leer: die Objektnummern des Layers.</translation>
    </message>
    <message>
      <source>Network</source>
      <translation>Netz</translation>
    </message>
    <message>
      <source>No Python with the packages for training was found ({}).</source>
      <translation>Es wurde kein Python mit den Paketen für das Training gefunden ({}).</translation>
    </message>
    <message>
      <source>No Python with the packages for training was found.</source>
      <translation>Es wurde kein Python mit den Paketen für das Training gefunden.</translation>
    </message>
    <message>
      <source>No Python {} to {} was found to build the engine's environment from</source>
      <translation>Es wurde kein Python {} bis {} gefunden, um die Umgebung der Kartier-Maschine daraus zu bauen</translation>
    </message>
    <message>
      <source>No Sentinel-2 images found in {}: expected .SAFE products, zips of them, or rasters ({}) with a date such as 20180418 in their names.</source>
      <translation>Keine Sentinel-2-Bilder gefunden in {}: Erwartet werden .SAFE-Produkte, deren Zips, oder Raster ({}) mit einem Datum wie 20180418 im Namen.</translation>
    </message>
    <message>
      <source>No acquisitions yet</source>
      <translation>Noch keine Aufnahmen</translation>
    </message>
    <message>
      <source>No class can be told from this code</source>
      <translation>Dieser Code sagt keine Klasse</translation>
    </message>
    <message>
      <source>No code has a class yet: tick one first.</source>
      <translation>Noch hat kein Code eine Klasse: erst eine ankreuzen.</translation>
    </message>
    <message>
      <source>No crop found</source>
      <translation>Keine Kultur gefunden</translation>
    </message>
    <message>
      <source>No crop map with parcels is in the project: give parcels when you map.</source>
      <translation>Im Projekt ist keine Kulturkarte mit Parzellen: Geben Sie beim Kartieren Parzellen an.</translation>
    </message>
    <message>
      <source>No declaration</source>
      <translation>Keine Meldung</translation>
    </message>
    <message>
      <source>No fault was found.</source>
      <translation>Es wurde kein Fehler gefunden.</translation>
    </message>
    <message>
      <source>No feature of the layer '{}' is selected.</source>
      <translation>Kein Objekt des Layers „{}“ ist gewählt.</translation>
    </message>
    <message>
      <source>No field: the layer holds every field of the images' ground</source>
      <translation>Kein Feldstück: Der Layer enthält jedes Feldstück auf der Fläche der Bilder</translation>
    </message>
    <message>
      <source>No graphics card was found that maps could run on (on Linux NVIDIA's, on Windows any of DirectX 12).</source>
      <translation>Es wurde keine Grafikkarte gefunden, auf der Karten gerechnet werden könnten (unter Linux von NVIDIA, unter Windows jede mit DirectX 12).</translation>
    </message>
    <message>
      <source>No images are given: choose a folder, or tick raster layers.</source>
      <translation>Es sind keine Bilder angegeben: Wählen Sie einen Ordner, oder haken Sie Rasterlayer an.</translation>
    </message>
    <message>
      <source>No layer is chosen for the region.</source>
      <translation>Für die Region ist kein Layer gewählt.</translation>
    </message>
    <message>
      <source>No model is installed.</source>
      <translation>Es ist kein Modell installiert.</translation>
    </message>
    <message>
      <source>No model is installed: add one on page 3.</source>
      <translation>Es ist kein Modell installiert: Fügen Sie auf Seite 3 eines hinzu.</translation>
    </message>
    <message>
      <source>No model is installed: add one.</source>
      <translation>Es ist kein Modell installiert: Fügen Sie eines hinzu.</translation>
    </message>
    <message>
      <source>No parcel has a code in this field.</source>
      <translation>Keine Parzelle hat einen Code in diesem Feld.</translation>
    </message>
    <message>
      <source>No parcels are given.</source>
      <translation>Es sind keine Parzellen angegeben.</translation>
    </message>
    <message>
      <source>No parcels are given: choose their layer on page 2.</source>
      <translation>Es sind keine Parzellen angegeben: Wählen Sie ihren Layer auf Seite 2.</translation>
    </message>
    <message>
      <source>No pixel could be mapped: none of the used dates has a clear pixel in the region.</source>
      <translation>Es konnte kein Pixel kartiert werden: Keiner der verwendeten Tage hat ein klares Pixel in der Region.</translation>
    </message>
    <message>
      <source>No region has been drawn yet: click 'Draw on the map...'.</source>
      <translation>Es ist noch keine Region gezeichnet: Klicken Sie „Auf der Karte zeichnen...“.</translation>
    </message>
    <message>
      <source>None</source>
      <translation>Keine</translation>
    </message>
    <message>
      <source>None of the codes in the field '{}' has a class in the table {}: see page 2.</source>
      <translation>Keiner der Codes im Feld „{}“ hat eine Klasse in der Tabelle {}: siehe Seite 2.</translation>
    </message>
    <message>
      <source>Not known: the layer holds only some of the fields</source>
      <translation>Nicht bekannt: Der Layer enthält nur einige der Feldstücke</translation>
    </message>
    <message>
      <source>Nov</source>
      <translation>November</translation>
    </message>
    <message>
      <source>Number of classes with training pixels</source>
      <translation>Anzahl der Klassen mit Trainingspixeln</translation>
    </message>
    <message>
      <source>Number of fields</source>
      <translation>Zahl der Schläge</translation>
    </message>
    <message>
      <source>Number of models installed</source>
      <translation>Anzahl der installierten Modelle</translation>
    </message>
    <message>
      <source>Number of parcels</source>
      <translation>Anzahl der Parzellen</translation>
    </message>
    <message>
      <source>Number of parcels compared</source>
      <translation>Anzahl der verglichenen Parzellen</translation>
    </message>
    <message>
      <source>Number of samples</source>
      <translation>Anzahl der Ausschnitte</translation>
    </message>
    <message>
      <source>Number of test parcels</source>
      <translation>Anzahl der Testparzellen</translation>
    </message>
    <message>
      <source>Oct</source>
      <translation>Oktober</translation>
    </message>
    <message>
      <source>Offset</source>
      <translation>Versatz</translation>
    </message>
    <message>
      <source>On the fine grid</source>
      <translation>Im feinen Raster</translation>
    </message>
    <message>
      <source>On the images' grid</source>
      <translation>Im Raster der Bilder</translation>
    </message>
    <message>
      <source>Only for rasters that do not name their bands: Sentinel-2 names in file order, with commas, for example B02,B03,B04,B08.</source>
      <translation>Nur für Raster, die ihre Bänder nicht benennen: Sentinel-2-Namen in der Reihenfolge der Datei, mit Kommas, zum Beispiel B02,B03,B04,B08.</translation>
    </message>
    <message>
      <source>Only from scratch: a model that is started from keeps its own.</source>
      <translation>Nur von Grund auf: Ein Modell, von dem ausgegangen wird, behält sein Raster.</translation>
    </message>
    <message>
      <source>Only images until</source>
      <translation>Nur Bilder bis</translation>
    </message>
    <message>
      <source>Only what lies in these polygons is mapped; they may be in any coordinate system. Without a region the images' whole common area is mapped.</source>
      <translation>Nur was in diesen Polygonen liegt, wird kartiert; ihr Koordinatensystem ist beliebig. Ohne Region wird die ganze gemeinsame Fläche der Bilder kartiert.</translation>
    </message>
    <message>
      <source>Only with a configuration: the folder of the images and parcels that it names. If empty, the configuration's own folder.</source>
      <translation>Nur mit einer Konfiguration: der Ordner der Bilder und Parzellen, die sie nennt. Leer: der Ordner der Konfiguration.</translation>
    </message>
    <message>
      <source>Open a class table</source>
      <translation>Klassentabelle öffnen</translation>
    </message>
    <message>
      <source>Open the report</source>
      <translation>Bericht öffnen</translation>
    </message>
    <message>
      <source>Open...</source>
      <translation>Öffnen...</translation>
    </message>
    <message>
      <source>Opens 'Map a region' with this model.</source>
      <translation>Öffnet „Eine Region kartieren“ mit diesem Modell.</translation>
    </message>
    <message>
      <source>Other fields</source>
      <translation>Andere Felder</translation>
    </message>
    <message>
      <source>Outlines of declared fields, as the layer shows them: a filter on it counts.</source>
      <translation>Umrisse gemeldeter Feldstücke, wie der Layer sie zeigt: Ein Filter darauf zählt.</translation>
    </message>
    <message>
      <source>Outlines of fields where no parcels are at hand, and the crop map with one crop for each.</source>
      <translation>Umrisse von Schlägen, wo keine Parzellen zur Hand sind, und die Kulturkarte mit einer Kultur für jeden.</translation>
    </message>
    <message>
      <source>Packages</source>
      <translation>Pakete</translation>
    </message>
    <message>
      <source>Parcel boundaries (%)</source>
      <translation>Parzellengrenzen (%)</translation>
    </message>
    <message>
      <source>Parcel not mapped</source>
      <translation>Parzelle nicht kartiert</translation>
    </message>
    <message>
      <source>Parcel over the season</source>
      <translation>Die Parzelle über die Saison</translation>
    </message>
    <message>
      <source>Parcel {}</source>
      <translation>Parzelle {}</translation>
    </message>
    <message>
      <source>Parcels</source>
      <translation>Parzellen</translation>
    </message>
    <message>
      <source>Parcels (polygons)</source>
      <translation>Parzellen (Polygone)</translation>
    </message>
    <message>
      <source>Parcels with a mapped cell</source>
      <translation>Parzellen mit einer kartierten Zelle</translation>
    </message>
    <message>
      <source>Parcels with what grows there</source>
      <translation>Parzellen mit dem, was dort wächst</translation>
    </message>
    <message>
      <source>Paths in {} would have up to {} characters, and this Windows takes {}.</source>
      <translation>Pfade in {} hätten bis zu {} Zeichen, und dieses Windows nimmt {}.</translation>
    </message>
    <message>
      <source>Picture of the result</source>
      <translation>Bild des Ergebnisses</translation>
    </message>
    <message>
      <source>Points drawn at random within each class of this very map, for areas with intervals.</source>
      <translation>Punkte, die zufällig innerhalb jeder Klasse ebendieser Karte gezogen sind, für Flächen mit Intervallen.</translation>
    </message>
    <message>
      <source>Polygons of a layer</source>
      <translation>Polygone eines Layers</translation>
    </message>
    <message>
      <source>Polygons of declared fields, in any coordinate system. The layer's own file is read where it stands for all of the layer; a selection, a filter or a layer without a file is exported into the folder first.</source>
      <translation>Polygone gemeldeter Feldstücke, in beliebigem Koordinatensystem. Die Datei des Layers wird gelesen, wo sie für den ganzen Layer steht; eine Auswahl, ein Filter oder ein Layer ohne Datei wird vorher in den Ordner exportiert.</translation>
    </message>
    <message>
      <source>Pre-training without crops</source>
      <translation>Vortraining ohne Kulturen</translation>
    </message>
    <message>
      <source>Probability</source>
      <translation>Wahrscheinlichkeit</translation>
    </message>
    <message>
      <source>Probability of the declared crop</source>
      <translation>Wahrscheinlichkeit der gemeldeten Kultur</translation>
    </message>
    <message>
      <source>Probability sample (points)</source>
      <translation>Zufallsstichprobe (Punkte)</translation>
    </message>
    <message>
      <source>Processing level</source>
      <translation>Verarbeitungsstufe</translation>
    </message>
    <message>
      <source>Processor threads (0 = all)</source>
      <translation>Prozessor-Threads (0 = alle)</translation>
    </message>
    <message>
      <source>Progress and report</source>
      <translation>Fortschritt und Bericht</translation>
    </message>
    <message>
      <source>Put both files into one folder.</source>
      <translation>Legen Sie beide Dateien in einen Ordner.</translation>
    </message>
    <message>
      <source>Put the date into the name, or into a table acquisitions.csv with the columns file and date.</source>
      <translation>Schreiben Sie das Datum in den Namen, oder in eine Tabelle acquisitions.csv mit den Spalten file und date.</translation>
    </message>
    <message>
      <source>Put the model back where it was, or map again.</source>
      <translation>Legen Sie das Modell zurück an seinen Platz, oder kartieren Sie neu.</translation>
    </message>
    <message>
      <source>PyTorch cannot be installed</source>
      <translation>PyTorch lässt sich nicht installieren</translation>
    </message>
    <message>
      <source>PyTorch's own index cannot be used</source>
      <translation>Der Paketindex von PyTorch ist nicht nutzbar</translation>
    </message>
    <message>
      <source>Python to build it from</source>
      <translation>Python, aus dem sie gebaut wird</translation>
    </message>
    <message>
      <source>RPG (France), crop codes</source>
      <translation>RPG (Frankreich), Kulturcodes</translation>
    </message>
    <message>
      <source>Raise the memory limit or give fewer dates.</source>
      <translation>Erhöhen Sie die Speichergrenze oder geben Sie weniger Tage an.</translation>
    </message>
    <message>
      <source>Raster layers of the project</source>
      <translation>Rasterlayer des Projekts</translation>
    </message>
    <message>
      <source>Reading a class table</source>
      <translation>Klassentabelle lesen</translation>
    </message>
    <message>
      <source>Reading the class table and the layer's codes...</source>
      <translation>Klassentabelle und Codes des Layers werden gelesen...</translation>
    </message>
    <message>
      <source>Reading the crop codes</source>
      <translation>Kulturcodes werden gelesen</translation>
    </message>
    <message>
      <source>Ready: {}</source>
      <translation>Bereit: {}</translation>
    </message>
    <message>
      <source>Record of the run</source>
      <translation>Aufzeichnung des Laufs</translation>
    </message>
    <message>
      <source>Region (polygons)</source>
      <translation>Region (Polygone)</translation>
    </message>
    <message>
      <source>Remove</source>
      <translation>Entfernen</translation>
    </message>
    <message>
      <source>Remove the environment in {}?</source>
      <translation>Die Umgebung in {} entfernen?</translation>
    </message>
    <message>
      <source>Remove {} from your models?</source>
      <translation>{} aus Ihren Modellen entfernen?</translation>
    </message>
    <message>
      <source>Removing what an earlier, broken-off setup left in {}</source>
      <translation>Was eine frühere, abgebrochene Einrichtung in {} zurückließ, wird entfernt</translation>
    </message>
    <message>
      <source>Removing: {}</source>
      <translation>Wird entfernt: {}</translation>
    </message>
    <message>
      <source>Repeat a run...</source>
      <translation>Lauf wiederholen...</translation>
    </message>
    <message>
      <source>Report</source>
      <translation>Bericht</translation>
    </message>
    <message>
      <source>Report it with the log.</source>
      <translation>Melden Sie es mit dem Protokoll.</translation>
    </message>
    <message>
      <source>Resume</source>
      <translation>Fortsetzen</translation>
    </message>
    <message>
      <source>Run</source>
      <translation>Starten</translation>
    </message>
    <message>
      <source>Run 'Install a model' with the file cscl_models-&lt;version&gt;.zip, or choose an ONNX file under 'Model'.</source>
      <translation>Führen Sie „Ein Modell installieren“ mit der Datei cscl_models-&lt;version&gt;.zip aus, oder wählen Sie unter „Modell“ eine ONNX-Datei.</translation>
    </message>
    <message>
      <source>Run 'Set up the mapping engine' once, in the Processing toolbox under CSCL Crop Mapping, with the packages for training.</source>
      <translation>Führen Sie einmal „Die Kartier-Maschine einrichten“ aus, in der Verarbeitungs-Werkzeugkiste unter CSCL Crop Mapping, mit den Paketen für das Training.</translation>
    </message>
    <message>
      <source>Run 'Set up the mapping engine' once, in the Processing toolbox under CSCL Crop Mapping.</source>
      <translation>Führen Sie einmal „Die Kartier-Maschine einrichten“ aus, in der Verarbeitungs-Werkzeugkiste unter CSCL Crop Mapping.</translation>
    </message>
    <message>
      <source>Run 'Set up the mapping engine' with the packages for training, in the Processing toolbox under CSCL Crop Mapping, or in a terminal '{}'. Another Python is named by the environment variable {} (in QGIS: Settings, Options, System, Environment).</source>
      <translation>Führen Sie „Die Kartier-Maschine einrichten“ mit den Paketen für das Training aus, in der Verarbeitungs-Werkzeugkiste unter CSCL Crop Mapping, oder in einem Terminal „{}“. Ein anderes Python nennt die Umgebungsvariable {} (in QGIS: Einstellungen, Optionen, System, Umgebung).</translation>
    </message>
    <message>
      <source>Run again.</source>
      <translation>Starten Sie noch einmal.</translation>
    </message>
    <message>
      <source>Run it again.</source>
      <translation>Starten Sie noch einmal.</translation>
    </message>
    <message>
      <source>Run it again; if it happens again, report it with the log.</source>
      <translation>Starten Sie ihn noch einmal; wenn es wieder geschieht, melden Sie es mit dem Protokoll.</translation>
    </message>
    <message>
      <source>Run it again; then report it.</source>
      <translation>Starten Sie noch einmal; dann melden Sie es.</translation>
    </message>
    <message>
      <source>Running on {}: {}.</source>
      <translation>Gerechnet wird auf {}: {}.</translation>
    </message>
    <message>
      <source>Running {} on the card and on the processor</source>
      <translation>{} wird auf der Grafikkarte und auf dem Prozessor gerechnet</translation>
    </message>
    <message>
      <source>S&amp;eed</source>
      <translation>S&amp;tartwert</translation>
    </message>
    <message>
      <source>Samples</source>
      <translation>Ausschnitte</translation>
    </message>
    <message>
      <source>Samples are squares of this side; a multiple of 4. 64 is a good choice for a grid of samples, 24 to 48 for samples around parcels.</source>
      <translation>Ausschnitte sind Quadrate dieser Seitenlänge; ein Vielfaches von 4. 64 ist gut für ein Raster von Ausschnitten, 24 bis 48 für Ausschnitte um Parzellen.</translation>
    </message>
    <message>
      <source>Samples with labels for training, from a Sentinel-2 time series and declared parcels.</source>
      <translation>Ausschnitte mit Label zum Trainieren, aus einer Sentinel-2-Zeitreihe und gemeldeten Parzellen.</translation>
    </message>
    <message>
      <source>Sampling</source>
      <translation>Auswahl der Ausschnitte</translation>
    </message>
    <message>
      <source>Save as...</source>
      <translation>Speichern unter...</translation>
    </message>
    <message>
      <source>Save the class table</source>
      <translation>Klassentabelle speichern</translation>
    </message>
    <message>
      <source>Says which classes a declared code may be. With it the table of parcels tells whether they were found.</source>
      <translation>Sagt, welche Klassen ein gemeldeter Code sein kann. Damit sagt die Tabelle der Parzellen, ob sie gefunden wurden.</translation>
    </message>
    <message>
      <source>Score also parcels that the model has seen</source>
      <translation>Auch Parzellen werten, die das Modell gesehen hat</translation>
    </message>
    <message>
      <source>Season</source>
      <translation>Saison</translation>
    </message>
    <message>
      <source>Second best</source>
      <translation>Zweitbeste</translation>
    </message>
    <message>
      <source>Seed</source>
      <translation>Startwert</translation>
    </message>
    <message>
      <source>Selected features only</source>
      <translation>Nur gewählte Objekte</translation>
    </message>
    <message>
      <source>Sensor</source>
      <translation>Sensor</translation>
    </message>
    <message>
      <source>Sep</source>
      <translation>September</translation>
    </message>
    <message>
      <source>Set up</source>
      <translation>Einrichten</translation>
    </message>
    <message>
      <source>Set up from this folder of &amp;wheels</source>
      <translation>Aus diesem Ordner mit &amp;Wheels einrichten</translation>
    </message>
    <message>
      <source>Set up the mapping engine</source>
      <translation>Die Kartier-Maschine einrichten</translation>
    </message>
    <message>
      <source>Set up the mapping engine again.</source>
      <translation>Richten Sie die Kartier-Maschine neu ein.</translation>
    </message>
    <message>
      <source>Set up the mapping engine...</source>
      <translation>Die Kartier-Maschine einrichten...</translation>
    </message>
    <message>
      <source>Set up the ordinary environment; on macOS it uses the graphics card by itself.</source>
      <translation>Richten Sie die gewöhnliche Umgebung ein; unter macOS nutzt sie die Grafikkarte von selbst.</translation>
    </message>
    <message>
      <source>Setting up the ordinary environment instead</source>
      <translation>Stattdessen wird die gewöhnliche Umgebung eingerichtet</translation>
    </message>
    <message>
      <source>Setting up: {}</source>
      <translation>Einrichten: {}</translation>
    </message>
    <message>
      <source>Setup</source>
      <translation>Einrichtung</translation>
    </message>
    <message>
      <source>Share of boundary inside</source>
      <translation>Anteil Grenze innen</translation>
    </message>
    <message>
      <source>Share of its cells</source>
      <translation>Anteil ihrer Zellen</translation>
    </message>
    <message>
      <source>Share of its cells (%)</source>
      <translation>Anteil ihrer Zellen (%)</translation>
    </message>
    <message>
      <source>Share of the region that is imaged and clear on this day.</source>
      <translation>Anteil der Region, der an diesem Tag aufgenommen und klar ist.</translation>
    </message>
    <message>
      <source>Shown beside what grows there; the map is made without it.</source>
      <translation>Wird neben dem gezeigt, was dort wächst; die Karte entsteht ohne sie.</translation>
    </message>
    <message>
      <source>Side of a sample (10 m pixels)</source>
      <translation>Seite eines Ausschnitts (10-m-Pixel)</translation>
    </message>
    <message>
      <source>Side of the blocks (m)</source>
      <translation>Seite der Blöcke (m)</translation>
    </message>
    <message>
      <source>Side of the split &amp;blocks</source>
      <translation>Seite der &amp;Blöcke der Aufteilung</translation>
    </message>
    <message>
      <source>Side of the split blocks (m)</source>
      <translation>Seite der Blöcke der Aufteilung (m)</translation>
    </message>
    <message>
      <source>Some images come without a cloud mask (SCL, MSK_CLASSI): their clouds are not masked.</source>
      <translation>Einige Bilder kommen ohne Wolkenmaske (SCL, MSK_CLASSI): Ihre Wolken werden nicht maskiert.</translation>
    </message>
    <message>
      <source>Some images do not say their processing level; they are taken for {}.</source>
      <translation>Einige Bilder nennen ihre Verarbeitungsstufe nicht; sie werden für {} gehalten.</translation>
    </message>
    <message>
      <source>Some images have no cloud mask: their clouds are not masked.</source>
      <translation>Einige Bilder haben keine Wolkenmaske: ihre Wolken werden nicht maskiert.</translation>
    </message>
    <message>
      <source>Something is being set up or checked. Close the window and end it?</source>
      <translation>Es wird gerade etwas eingerichtet oder geprüft. Fenster schließen und dies beenden?</translation>
    </message>
    <message>
      <source>Something went wrong that should not: {}</source>
      <translation>Etwas ging schief, das nicht schiefgehen sollte: {}</translation>
    </message>
    <message>
      <source>Start from</source>
      <translation>Ausgehen von</translation>
    </message>
    <message>
      <source>Starting</source>
      <translation>Beginn</translation>
    </message>
    <message>
      <source>State</source>
      <translation>Zustand</translation>
    </message>
    <message>
      <source>State:</source>
      <translation>Zustand:</translation>
    </message>
    <message>
      <source>Steps (0 = as the effort says)</source>
      <translation>Schritte (0 = wie der Aufwand sagt)</translation>
    </message>
    <message>
      <source>Steps of &amp;pre-training</source>
      <translation>Schritte des &amp;Vortrainings</translation>
    </message>
    <message>
      <source>Steps of pre-training (-1 = as the effort says)</source>
      <translation>Schritte des Vortrainings (-1 = wie der Aufwand sagt)</translation>
    </message>
    <message>
      <source>System of the other computer</source>
      <translation>System des anderen Rechners</translation>
    </message>
    <message>
      <source>Table of parcels</source>
      <translation>Tabelle der Parzellen</translation>
    </message>
    <message>
      <source>Tables</source>
      <translation>Tabellen</translation>
    </message>
    <message>
      <source>Take Python {} to {}.</source>
      <translation>Nehmen Sie Python {} bis {}.</translation>
    </message>
    <message>
      <source>The Python set for the worker</source>
      <translation>Das für die Berechnung gewählte Python</translation>
    </message>
    <message>
      <source>The Python set for training</source>
      <translation>Das für das Training gewählte Python</translation>
    </message>
    <message>
      <source>The Python that the worker's environment was made of is gone, perhaps with an older QGIS.</source>
      <translation>Das Python, aus dem die Umgebung der Berechnung gebaut wurde, ist nicht mehr da, vielleicht mit einem älteren QGIS.</translation>
    </message>
    <message>
      <source>The acquisition of {} has no band {} (it has {}); wanted are {}.</source>
      <translation>Die Aufnahme vom {} hat kein Band {} (sie hat {}); gebraucht werden {}.</translation>
    </message>
    <message>
      <source>The boundaries of this map enclose little: {} % of the mapped ground is far from the inside of any field; it keeps its classes and belongs to no field.</source>
      <translation>Die Grenzen dieser Karte umschließen wenig: {} % der kartierten Fläche liegen weit vom Inneren jedes Schlags; sie behalten ihre Klassen und gehören zu keinem Schlag.</translation>
    </message>
    <message>
      <source>The boundaries of this map have gaps: {} % of the mapped ground is enclosed together with other crops, so that none has the majority; it keeps its classes and belongs to no field.</source>
      <translation>Die Grenzen dieser Karte haben Lücken: {} % der kartierten Fläche sind mit anderen Kulturen zusammen umschlossen, sodass keine die Mehrheit hat; sie behalten ihre Klassen und gehören zu keinem Schlag.</translation>
    </message>
    <message>
      <source>The card tells none.</source>
      <translation>Die Modellkarte nennt keine.</translation>
    </message>
    <message>
      <source>The class table {} is given, but not the field of the parcels that it is for.</source>
      <translation>Die Klassentabelle {} ist angegeben, aber nicht das Feld der Parzellen, für das sie gilt.</translation>
    </message>
    <message>
      <source>The configuration names the inputs: leave '{}' empty, or the configuration.</source>
      <translation>Die Konfiguration nennt die Eingaben: Lassen Sie „{}“ leer, oder die Konfiguration.</translation>
    </message>
    <message>
      <source>The crop found at the point, in the codes of the class table.</source>
      <translation>Die am Punkt gefundene Kultur, in den Codes der Klassentabelle.</translation>
    </message>
    <message>
      <source>The cutting of fields was cancelled.</source>
      <translation>Das Bilden der Schläge wurde abgebrochen.</translation>
    </message>
    <message>
      <source>The data set in {} has no labels: build one with declared parcels.</source>
      <translation>Der Datensatz in {} hat keine Label: Bauen Sie einen mit gemeldeten Parzellen.</translation>
    </message>
    <message>
      <source>The data set in {} was not built to its end: run 'Build a training data set' again.</source>
      <translation>Der Datensatz in {} wurde nicht zu Ende gebaut: Führen Sie „Trainingsdatensatz bauen“ noch einmal aus.</translation>
    </message>
    <message>
      <source>The data set must have labels on this grid. A model that is started from keeps its own.</source>
      <translation>Der Datensatz muss Label in diesem Raster haben. Ein Modell, von dem ausgegangen wird, behält seines.</translation>
    </message>
    <message>
      <source>The declared crops in the field '{}' need a class table, which says what their codes mean.</source>
      <translation>Die gemeldeten Kulturen im Feld „{}“ brauchen eine Klassentabelle, die sagt, was ihre Codes bedeuten.</translation>
    </message>
    <message>
      <source>The device {} cannot be used: this ONNX Runtime has no {} support (it has {}).</source>
      <translation>Das Gerät {} ist nicht nutzbar: Diese ONNX Runtime kennt {} nicht (sie hat {}).</translation>
    </message>
    <message>
      <source>The device {} cannot be used: {}.</source>
      <translation>Das Gerät {} ist nicht nutzbar: {}.</translation>
    </message>
    <message>
      <source>The driver of the NVIDIA card does not work ({}): install it again.</source>
      <translation>Der Treiber der NVIDIA-Karte arbeitet nicht ({}): Installieren Sie ihn neu.</translation>
    </message>
    <message>
      <source>The driver of the {} is version {}, older than {}: install a newer one.</source>
      <translation>Der Treiber der {} hat die Version {}, älter als {}: Installieren Sie einen neueren.</translation>
    </message>
    <message>
      <source>The engine chooses its tiles so that it stays below this. Less memory takes a little longer.</source>
      <translation>Die Kartier-Maschine wählt ihre Kacheln so, dass sie darunter bleibt. Mit weniger Speicher dauert es etwas länger.</translation>
    </message>
    <message>
      <source>The engine did not answer ({}).</source>
      <translation>Die Kartier-Maschine antwortete nicht ({}).</translation>
    </message>
    <message>
      <source>The engine did not try the device {}.</source>
      <translation>Die Kartier-Maschine hat das Gerät {} nicht probiert.</translation>
    </message>
    <message>
      <source>The engine gave no report (code {}): {}</source>
      <translation>Die Kartier-Maschine gab keinen Bericht (Code {}): {}</translation>
    </message>
    <message>
      <source>The engine refuses {}: {}</source>
      <translation>Die Kartier-Maschine lehnt {} ab: {}</translation>
    </message>
    <message>
      <source>The engine's packages cannot be installed</source>
      <translation>Die Pakete der Kartier-Maschine lassen sich nicht installieren</translation>
    </message>
    <message>
      <source>The environment cannot be made</source>
      <translation>Die Umgebung lässt sich nicht anlegen</translation>
    </message>
    <message>
      <source>The environment is whole already: {}</source>
      <translation>Die Umgebung ist schon vollständig: {}</translation>
    </message>
    <message>
      <source>The environment takes about {:.1f} GB, and {:.1f} GB are free where {} is to be.</source>
      <translation>Die Umgebung braucht etwa {:.1f} GB, und es sind {:.1f} GB frei, wo {} liegen soll.</translation>
    </message>
    <message>
      <source>The environment's Python</source>
      <translation>Das Python der Umgebung</translation>
    </message>
    <message>
      <source>The field '{}' of the layer '{}' is joined or virtual, so its file does not have it; save the layer to a new file and take that one.</source>
      <translation>Das Feld „{}“ des Layers „{}“ ist verknüpft oder virtuell, seine Datei hat es daher nicht; speichern Sie den Layer in eine neue Datei und nehmen Sie diese.</translation>
    </message>
    <message>
      <source>The file {} is missing.</source>
      <translation>Die Datei {} fehlt.</translation>
    </message>
    <message>
      <source>The folder of wheels, or the network's mirror, holds another file than the one that was tried.</source>
      <translation>Der Ordner mit Wheels, oder der Spiegel im Netz, enthält eine andere Datei als die, die erprobt wurde.</translation>
    </message>
    <message>
      <source>The folder that 'Build a training data set' filled: it holds dataset.yaml and dataset.zarr.</source>
      <translation>Der Ordner, den „Trainingsdatensatz bauen“ füllte: Er enthält dataset.yaml und dataset.zarr.</translation>
    </message>
    <message>
      <source>The folder that 'Map crop types' wrote, with its run.json.</source>
      <translation>Der Ordner, den „Kulturen kartieren“ schrieb, mit seinem run.json.</translation>
    </message>
    <message>
      <source>The folder that 'Map crop types' wrote: crop_type.tif, and confidence.tif and boundary.tif where they are there.</source>
      <translation>Der Ordner, den „Kulturen kartieren“ schrieb: crop_type.tif, und confidence.tif und boundary.tif, wo es sie gibt.</translation>
    </message>
    <message>
      <source>The images are of level {}, as the model wants.</source>
      <translation>Die Bilder sind von der Stufe {}, wie das Modell sie braucht.</translation>
    </message>
    <message>
      <source>The images are of level {}, the model '{}' wants {}.</source>
      <translation>Die Bilder sind von der Stufe {}, das Modell „{}“ braucht {}.</translation>
    </message>
    <message>
      <source>The images are of level {}, the model wants {}.</source>
      <translation>Die Bilder sind von der Stufe {}, das Modell braucht {}.</translation>
    </message>
    <message>
      <source>The images lie in a region that the model was trained on.</source>
      <translation>Die Bilder liegen in einem Gebiet, auf dem das Modell trainiert wurde.</translation>
    </message>
    <message>
      <source>The images lie in and around a region that the model was trained on.</source>
      <translation>Die Bilder liegen in einem Gebiet, auf dem das Modell trainiert wurde, und um es herum.</translation>
    </message>
    <message>
      <source>The images lie outside of the regions that '{}' was trained on ({}).</source>
      <translation>Die Bilder liegen außerhalb der Gebiete, auf denen „{}“ trainiert wurde ({}).</translation>
    </message>
    <message>
      <source>The images lie outside of the regions that the model was trained on; the nearest is {} km away.</source>
      <translation>Die Bilder liegen außerhalb der Gebiete, auf denen das Modell trainiert wurde; das nächste ist {} km entfernt.</translation>
    </message>
    <message>
      <source>The images of one season as raster layers, one or more per date. The date is read from the file's name or metadata. Give these, or a folder, or both.</source>
      <translation>Die Bilder einer Saison als Rasterlayer, einer oder mehrere je Tag. Der Tag wird aus dem Namen der Datei oder ihren Metadaten gelesen. Geben Sie diese an, oder einen Ordner, oder beides.</translation>
    </message>
    <message>
      <source>The images run over {} days, from {} to {}; the model was trained on single seasons, and takes a day of the year for the same in every year.</source>
      <translation>Die Bilder reichen über {} Tage, vom {} bis zum {}; das Modell wurde auf einzelnen Saisons trainiert und hält einen Tag des Jahres in jedem Jahr für denselben.</translation>
    </message>
    <message>
      <source>The images' whole area</source>
      <translation>Die ganze Fläche der Bilder</translation>
    </message>
    <message>
      <source>The layer '{}' cannot be read: its file or database is gone.</source>
      <translation>Der Layer '{}' kann nicht gelesen werden: Seine Datei oder Datenbank ist nicht mehr da.</translation>
    </message>
    <message>
      <source>The layer '{}' cannot be written: {}</source>
      <translation>Der Layer „{}“ kann nicht geschrieben werden: {}</translation>
    </message>
    <message>
      <source>The layer '{}' does not belong to a crop map.</source>
      <translation>Der Layer „{}“ gehört zu keiner Kulturkarte.</translation>
    </message>
    <message>
      <source>The layer '{}' has edits that are not saved: save them, or leave out the filter.</source>
      <translation>Der Layer '{}' hat ungespeicherte Änderungen: speichern Sie sie, oder lassen Sie den Filter weg.</translation>
    </message>
    <message>
      <source>The layer '{}' has no coordinate system: assign one first.</source>
      <translation>Der Layer „{}“ hat kein Koordinatensystem: Weisen Sie zuerst eines zu.</translation>
    </message>
    <message>
      <source>The layer '{}' has no features.</source>
      <translation>Der Layer „{}“ hat keine Objekte.</translation>
    </message>
    <message>
      <source>The layer '{}' has no file at {}.</source>
      <translation>Der Layer '{}' hat keine Datei unter {}.</translation>
    </message>
    <message>
      <source>The layer '{}' is no longer in the project.</source>
      <translation>Der Layer „{}“ ist nicht mehr im Projekt.</translation>
    </message>
    <message>
      <source>The layer '{}' is not a raster file (it comes from '{}').</source>
      <translation>Der Layer '{}' ist keine Rasterdatei (er kommt von '{}').</translation>
    </message>
    <message>
      <source>The layer '{}' lies in an archive or on the network; unpack or fetch it first.</source>
      <translation>Der Layer '{}' liegt in einem Archiv oder im Netz; entpacken oder holen Sie ihn zuerst.</translation>
    </message>
    <message>
      <source>The layers of '{}' are in the project.</source>
      <translation>Die Layer von „{}“ sind im Projekt.</translation>
    </message>
    <message>
      <source>The log above has the details.</source>
      <translation>Näheres steht im Protokoll darüber.</translation>
    </message>
    <message>
      <source>The map did not keep all class probabilities of its cells: mapping again where parcels lie</source>
      <translation>Die Karte hat nicht alle Klassenwahrscheinlichkeiten ihrer Zellen behalten: Wo Parzellen liegen, wird noch einmal kartiert</translation>
    </message>
    <message>
      <source>The map has no coordinate system: choose one for the project.</source>
      <translation>Die Karte hat kein Koordinatensystem: Wählen Sie eines für das Projekt.</translation>
    </message>
    <message>
      <source>The map has no field with a crop: its boundaries enclose ground that is mapped as no parcel.</source>
      <translation>Die Karte hat keinen Schlag mit einer Kultur: Was ihre Grenzen umschließen, ist als keine Parzelle kartiert.</translation>
    </message>
    <message>
      <source>The map is in {}. The project is another one now, so its layers were not added.</source>
      <translation>Die Karte liegt in {}. Das Projekt ist inzwischen ein anderes, deshalb wurden ihre Layer nicht hinzugefügt.</translation>
    </message>
    <message>
      <source>The mapping engine's Python environment has not been set up yet.</source>
      <translation>Die Python-Umgebung der Kartier-Maschine ist noch nicht eingerichtet.</translation>
    </message>
    <message>
      <source>The mapping engine's Python environment was not built to its end.</source>
      <translation>Die Python-Umgebung der Kartier-Maschine wurde nicht zu Ende gebaut.</translation>
    </message>
    <message>
      <source>The memory ran out while mapping a tile of {} x {} cells and {} dates.</source>
      <translation>Der Speicher ging aus beim Kartieren einer Kachel von {} x {} Zellen und {} Tagen.</translation>
    </message>
    <message>
      <source>The memory ran out.</source>
      <translation>Der Speicher ging aus.</translation>
    </message>
    <message>
      <source>The model (ONNX)</source>
      <translation>Das Modell (ONNX)</translation>
    </message>
    <message>
      <source>The model cannot be installed: {}</source>
      <translation>Das Modell lässt sich nicht installieren: {}</translation>
    </message>
    <message>
      <source>The model does not suit the images; see page 3.</source>
      <translation>Das Modell passt nicht zu den Bildern; siehe Seite 3.</translation>
    </message>
    <message>
      <source>The model installed</source>
      <translation>Das installierte Modell</translation>
    </message>
    <message>
      <source>The model is then among those of 'Map crop types' and of the window 'Models'.</source>
      <translation>Das Modell ist dann unter denen von „Kulturen kartieren“ und des Fensters „Modelle“.</translation>
    </message>
    <message>
      <source>The model was trained on the whole year.</source>
      <translation>Das Modell wurde auf dem ganzen Jahr trainiert.</translation>
    </message>
    <message>
      <source>The model {} sees the bands {}, the data set has {}.</source>
      <translation>Das Modell {} sieht die Bänder {}, der Datensatz hat {}.</translation>
    </message>
    <message>
      <source>The model {} was trained on {} images, the data set is of {}.</source>
      <translation>Das Modell {} wurde auf {}-Bildern trainiert, der Datensatz ist von {}.</translation>
    </message>
    <message>
      <source>The model's grid is {} times finer than the images, the data set has labels on {} times finer ones: build it with the label grid {}.</source>
      <translation>Das Raster des Modells ist {}-mal feiner als die Bilder, der Datensatz hat Label in {}-mal feineren: Bauen Sie ihn mit dem Label-Raster {}.</translation>
    </message>
    <message>
      <source>The model's name may hold letters, digits, _ and - only, not '{}'.</source>
      <translation>Der Name des Modells darf nur Buchstaben, Ziffern, _ und - enthalten, nicht „{}“.</translation>
    </message>
    <message>
      <source>The name of an installed model with weights to train further from, the path of its .onnx file, or '{}'. Models that can be started from: {}.</source>
      <translation>Der Name eines installierten Modells mit Gewichten zum Weitertrainieren, der Pfad seiner .onnx-Datei, oder „{}“ (von Grund auf). Modelle, von denen ausgegangen werden kann: {}.</translation>
    </message>
    <message>
      <source>The ordinary environment is not there either: {}</source>
      <translation>Die gewöhnliche Umgebung fehlt auch: {}</translation>
    </message>
    <message>
      <source>The ordinary environment was set up instead: maps run on the processor.</source>
      <translation>Stattdessen wurde die gewöhnliche Umgebung eingerichtet: Karten werden auf dem Prozessor gerechnet.</translation>
    </message>
    <message>
      <source>The packages cannot be fetched</source>
      <translation>Die Pakete lassen sich nicht holen</translation>
    </message>
    <message>
      <source>The packages need a processor with AVX2; use another computer.</source>
      <translation>Die Pakete brauchen einen Prozessor mit AVX2; nehmen Sie einen anderen Computer.</translation>
    </message>
    <message>
      <source>The page {} is missing. Install the plugin again.</source>
      <translation>Die Seite {} fehlt. Installieren Sie das Plugin neu.</translation>
    </message>
    <message>
      <source>The parcels '{}' have no coordinate system; set the layer's first.</source>
      <translation>Die Parzellen „{}“ haben kein Koordinatensystem; weisen Sie dem Layer zuerst eines zu.</translation>
    </message>
    <message>
      <source>The parcels have no field '{}' (they have: {}).</source>
      <translation>Die Parzellen haben kein Feld „{}“ (sie haben: {}).</translation>
    </message>
    <message>
      <source>The parcels {} cannot be read.</source>
      <translation>Die Parzellen {} lassen sich nicht lesen.</translation>
    </message>
    <message>
      <source>The proxy refused: check the proxy in QGIS's options under Network.</source>
      <translation>Der Proxy lehnte ab: Prüfen Sie ihn in den Optionen von QGIS unter Netzwerk.</translation>
    </message>
    <message>
      <source>The record of a run</source>
      <translation>Die Aufzeichnung eines Laufs</translation>
    </message>
    <message>
      <source>The reflectance cannot be right on {}: leave these dates out.</source>
      <translation>Die Reflexion kann nicht stimmen am {}: lassen Sie diese Tage weg.</translation>
    </message>
    <message>
      <source>The region has no area.</source>
      <translation>Die Region hat keine Fläche.</translation>
    </message>
    <message>
      <source>The request cannot be written ({}).</source>
      <translation>Die Anfrage lässt sich nicht schreiben ({}).</translation>
    </message>
    <message>
      <source>The run failed.</source>
      <translation>Der Lauf ist gescheitert.</translation>
    </message>
    <message>
      <source>The run was cancelled; what is done so far is kept, and the same run goes on from there.</source>
      <translation>Der Lauf wurde abgebrochen; was fertig ist, bleibt, und derselbe Lauf macht dort weiter.</translation>
    </message>
    <message>
      <source>The run was cancelled; what is done so far is kept.</source>
      <translation>Der Lauf wurde abgebrochen; was fertig ist, bleibt.</translation>
    </message>
    <message>
      <source>The same as GeoParquet</source>
      <translation>Dasselbe als GeoParquet</translation>
    </message>
    <message>
      <source>The same command goes on where it stopped.</source>
      <translation>Derselbe Befehl macht weiter, wo er aufhörte.</translation>
    </message>
    <message>
      <source>The same for the ground that is kept from training: with less nobody could say how well it is mapped.</source>
      <translation>Dasselbe für die Fläche, die dem Training vorenthalten wird: Mit weniger könnte niemand sagen, wie gut die Kultur kartiert wird.</translation>
    </message>
    <message>
      <source>The same for the pixels that are kept from training: with too few of them nobody could say how well a crop is mapped.</source>
      <translation>Dasselbe für die Pixel, die dem Training vorenthalten werden: Sind es zu wenige, kann niemand sagen, wie gut eine Kultur kartiert wird.</translation>
    </message>
    <message>
      <source>The same without QGIS, also to go on with a run that was broken off:</source>
      <translation>Dasselbe ohne QGIS, auch um einen abgebrochenen Lauf fortzusetzen:</translation>
    </message>
    <message>
      <source>The setup was cancelled; nothing was left behind.</source>
      <translation>Die Einrichtung wurde abgebrochen; es blieb nichts zurück.</translation>
    </message>
    <message>
      <source>The side of a sample must be a multiple of 4, not {}.</source>
      <translation>Die Seite eines Ausschnitts muss ein Vielfaches von 4 sein, nicht {}.</translation>
    </message>
    <message>
      <source>The style of '{}' could not be applied.</source>
      <translation>Der Stil von '{}' konnte nicht angewendet werden.</translation>
    </message>
    <message>
      <source>The table has {} codes.</source>
      <translation>Die Tabelle hat {} Codes.</translation>
    </message>
    <message>
      <source>The table that maps the crop codes onto the legend: one of those that come with the plugin. Choose one, or give a file of your own.</source>
      <translation>Die Tabelle, die die Kulturcodes auf die Legende abbildet: eine von denen, die mit dem Plugin kommen. Wählen Sie eine, oder geben Sie eine eigene Datei an.</translation>
    </message>
    <message>
      <source>The training's Python environment has not been set up yet.</source>
      <translation>Die Python-Umgebung für das Training ist noch nicht eingerichtet.</translation>
    </message>
    <message>
      <source>The training's Python environment was not built to its end.</source>
      <translation>Die Python-Umgebung für das Training wurde nicht zu Ende gebaut.</translation>
    </message>
    <message>
      <source>The virus scanner blocked {}.</source>
      <translation>Der Virenscanner hat {} blockiert.</translation>
    </message>
    <message>
      <source>The worker could not load one of its libraries: {}</source>
      <translation>Der Arbeitsprozess konnte eine seiner Bibliotheken nicht laden: {}</translation>
    </message>
    <message>
      <source>The worker crashed in native code (0x{:08X}).</source>
      <translation>Der Arbeitsprozess ist in nativem Code abgestürzt (0x{:08X}).</translation>
    </message>
    <message>
      <source>The worker ended with code {}: {}</source>
      <translation>Der Arbeitsprozess endete mit dem Code {}: {}</translation>
    </message>
    <message>
      <source>The worker ended without a result.</source>
      <translation>Der Arbeitsprozess endete ohne Ergebnis.</translation>
    </message>
    <message>
      <source>The worker failed.</source>
      <translation>Der Arbeitsprozess ist gescheitert.</translation>
    </message>
    <message>
      <source>The worker has given no news for {} minutes.</source>
      <translation>Der Arbeitsprozess hat seit {} Minuten nichts von sich hören lassen.</translation>
    </message>
    <message>
      <source>The worker was ended by signal {}.</source>
      <translation>Der Arbeitsprozess wurde durch das Signal {} beendet.</translation>
    </message>
    <message>
      <source>The worker {}.</source>
      <translation>Der Arbeitsprozess {}.</translation>
    </message>
    <message>
      <source>The worker's Python lacks a package: {}</source>
      <translation>Dem Python der Berechnung fehlt ein Paket: {}</translation>
    </message>
    <message>
      <source>The worker's Python {} cannot be started ({}).</source>
      <translation>Das Python der Berechnung {} lässt sich nicht starten ({}).</translation>
    </message>
    <message>
      <source>There is no class table {}.</source>
      <translation>Es gibt keine Klassentabelle {}.</translation>
    </message>
    <message>
      <source>There is no configuration {}.</source>
      <translation>Es gibt keine Konfiguration {}.</translation>
    </message>
    <message>
      <source>There is no data folder {}.</source>
      <translation>Es gibt keinen Datenordner {}.</translation>
    </message>
    <message>
      <source>There is no file {}.</source>
      <translation>Es gibt keine Datei {}.</translation>
    </message>
    <message>
      <source>There is no folder of images {}.</source>
      <translation>Es gibt keinen Ordner mit Bildern {}.</translation>
    </message>
    <message>
      <source>There is no folder of wheels {}.</source>
      <translation>Es gibt keinen Ordner mit Wheels {}.</translation>
    </message>
    <message>
      <source>There is no installed model '{}' with weights to train further from (there are: {}); '{}' starts from nothing.</source>
      <translation>Es ist kein Modell „{}“ mit Gewichten zum Weitertrainieren installiert (es gibt: {}); „{}“ beginnt bei nichts.</translation>
    </message>
    <message>
      <source>There is no list of packages '{}' for Python {} on {}.</source>
      <translation>Es gibt keine Liste der Pakete „{}“ für Python {} unter {}.</translation>
    </message>
    <message>
      <source>There is no lock file for {}: versions are fixed, hashes are not checked</source>
      <translation>Für {} gibt es keine Sperrdatei: Die Versionen sind festgelegt, Prüfsummen werden nicht verglichen</translation>
    </message>
    <message>
      <source>There is no model file {}.</source>
      <translation>Es gibt keine Modelldatei {}.</translation>
    </message>
    <message>
      <source>There is no model {}.</source>
      <translation>Es gibt kein Modell {}.</translation>
    </message>
    <message>
      <source>There is no network: set up from a folder of wheels (see the user guide).</source>
      <translation>Es gibt kein Netz: Richten Sie aus einem Ordner mit Wheels ein (siehe Benutzerhandbuch).</translation>
    </message>
    <message>
      <source>There is no parcel to test the model on.</source>
      <translation>Es gibt keine Parzelle, um das Modell zu testen.</translation>
    </message>
    <message>
      <source>There is none for that system; take the packages 'mapping'.</source>
      <translation>Für dieses System gibt es keine; nehmen Sie die Pakete „mapping“.</translation>
    </message>
    <message>
      <source>There must be 0 or at least {} folds, not {}.</source>
      <translation>Es müssen 0 oder mindestens {} Folds sein, nicht {}.</translation>
    </message>
    <message>
      <source>There was no parcel to test the model on.</source>
      <translation>Es gab keine Parzelle, um das Modell zu testen.</translation>
    </message>
    <message>
      <source>These packages are not to be had here: check the network, or set up from a folder of wheels.</source>
      <translation>Diese Pakete sind hier nicht zu bekommen: Prüfen Sie das Netz, oder richten Sie aus einem Ordner mit Wheels ein.</translation>
    </message>
    <message>
      <source>This computer does not allow {} to be run.</source>
      <translation>Dieser Computer erlaubt nicht, {} auszuführen.</translation>
    </message>
    <message>
      <source>Threads of the inference. Fewer leave more of the processor to other programs.</source>
      <translation>Threads der Berechnung. Weniger lassen anderen Programmen mehr vom Prozessor.</translation>
    </message>
    <message>
      <source>Tile</source>
      <translation>Kachel</translation>
    </message>
    <message>
      <source>Tiles are chosen so that the run stays below this.</source>
      <translation>Die Kacheln werden so gewählt, dass der Lauf darunter bleibt.</translation>
    </message>
    <message>
      <source>To fetch and on disk: about {}.</source>
      <translation>Zu holen und auf der Platte: etwa {}.</translation>
    </message>
    <message>
      <source>Train a model</source>
      <translation>Ein Modell trainieren</translation>
    </message>
    <message>
      <source>Train a model...</source>
      <translation>Ein Modell trainieren...</translation>
    </message>
    <message>
      <source>Trained in</source>
      <translation>Trainiert in</translation>
    </message>
    <message>
      <source>Training</source>
      <translation>Training</translation>
    </message>
    <message>
      <source>Training (and mapping)</source>
      <translation>Training (und Kartieren)</translation>
    </message>
    <message>
      <source>Training and test share no ground: they are drawn by square blocks of this side. Larger blocks make the test harder and more honest; take several kilometres where the images are large.</source>
      <translation>Training und Test haben keine Fläche gemeinsam: Sie werden in quadratischen Blöcken dieser Seitenlänge ausgelost. Größere Blöcke machen den Test schwerer und ehrlicher; nehmen Sie mehrere Kilometer, wo die Bilder groß sind.</translation>
    </message>
    <message>
      <source>Training cannot use a graphics card on this computer.</source>
      <translation>Das Training kann auf diesem Computer keine Grafikkarte nutzen.</translation>
    </message>
    <message>
      <source>Training takes about {} here, the evaluation some minutes more.</source>
      <translation>Das Training dauert hier etwa {}, die Bewertung einige Minuten mehr.</translation>
    </message>
    <message>
      <source>Training takes about {} on a processor like the one this was measured on, the evaluation some minutes more.</source>
      <translation>Das Training dauert etwa {} auf einem Prozessor wie dem, auf dem dies gemessen wurde, die Bewertung einige Minuten mehr.</translation>
    </message>
    <message>
      <source>Training {}</source>
      <translation>{} wird trainiert</translation>
    </message>
    <message>
      <source>Training, validation, calibration and test share no ground: they are drawn by square blocks of this side. Larger blocks make the test harder and more honest; take several kilometres where the images are large.</source>
      <translation>Training, Validierung, Kalibrierung und Test haben keine Fläche gemeinsam: Sie werden in quadratischen Blöcken dieser Seitenlänge ausgelost. Größere Blöcke machen den Test schwerer und ehrlicher; nehmen Sie mehrere Kilometer, wo die Bilder groß sind.</translation>
    </message>
    <message>
      <source>Trains a crop type model on a data set of your own, and says how good it is on parcels it never saw.</source>
      <translation>Trainiert ein Modell der Kulturarten auf einem eigenen Datensatz, und sagt, wie gut es auf Parzellen ist, die es nie sah.</translation>
    </message>
    <message>
      <source>Trains a model on a data set of 'Build a training data set': from the weights of a model that you have, which takes the fewest parcels and the least time, or from nothing, after pre-training by context-self contrast (CSCL). It is then calibrated, scored on the test parcels, which it never saw, and exported with its card.

All of it lies in a folder of the model's name inside that of the data set: the model, its card, the report evaluation.html, metrics.json, and train.yaml, with which the log's command does the same without QGIS. A run that was cancelled or broken off goes on where it was when it is started again with the same settings.

How long it takes hangs on the processor: 'quick' some minutes, to see whether all fits; 'normal' about ten minutes on two cores, 'thorough' about half an hour; the evaluation adds some minutes. The log says more. Nothing is sent anywhere.</source>
      <translation>Trainiert ein Modell auf einem Datensatz von „Trainingsdatensatz bauen“: von den Gewichten eines Modells aus, das Sie haben, was die wenigsten Parzellen und die wenigste Zeit braucht, oder von nichts aus, nach einem Vortraining durch Kontrast mit der Umgebung (CSCL). Es wird dann kalibriert, auf den Testparzellen bewertet, die es nie sah, und mit seiner Modellkarte exportiert.

Alles liegt in einem Ordner mit dem Namen des Modells, in dem des Datensatzes: das Modell, seine Modellkarte, der Bericht evaluation.html, metrics.json, und train.yaml, mit dem der Befehl im Protokoll dasselbe ohne QGIS tut. Ein Lauf, der abgebrochen wurde oder abbrach, macht weiter, wo er war, wenn er mit denselben Einstellungen wieder gestartet wird.

Wie lange es dauert, hängt am Prozessor: „quick“ einige Minuten, um zu sehen, ob alles passt; „normal“ etwa zehn Minuten auf zwei Kernen, „thorough“ etwa eine halbe Stunde; die Bewertung kommt mit einigen Minuten dazu. Das Protokoll sagt mehr. Nichts wird irgendwohin gesendet.</translation>
    </message>
    <message>
      <source>Try again</source>
      <translation>Erneut versuchen</translation>
    </message>
    <message>
      <source>Try with the device set to cpu; then report it with the log.</source>
      <translation>Versuchen Sie es mit dem Gerät cpu; dann melden Sie es mit dem Protokoll.</translation>
    </message>
    <message>
      <source>Trying a tile</source>
      <translation>Eine Kachel wird probiert</translation>
    </message>
    <message>
      <source>Trying a tile, to say what the run will take...</source>
      <translation>Eine Kachel wird probiert, um zu sagen, was der Lauf braucht...</translation>
    </message>
    <message>
      <source>Trying them</source>
      <translation>Pakete werden probiert</translation>
    </message>
    <message>
      <source>Trying {}</source>
      <translation>{} wird probiert</translation>
    </message>
    <message>
      <source>Two class tables are given: leave one of them empty.</source>
      <translation>Es sind zwei Klassentabellen angegeben: Lassen Sie eine davon leer.</translation>
    </message>
    <message>
      <source>Until then maps run on the processor.</source>
      <translation>Bis dahin werden Karten auf dem Prozessor gerechnet.</translation>
    </message>
    <message>
      <source>Updates of the weights, of eight samples each.</source>
      <translation>Änderungen der Gewichte, aus je acht Ausschnitten.</translation>
    </message>
    <message>
      <source>Use</source>
      <translation>Nutzen</translation>
    </message>
    <message>
      <source>Use another Python...</source>
      <translation>Anderes Python verwenden...</translation>
    </message>
    <message>
      <source>Use it</source>
      <translation>Verwenden</translation>
    </message>
    <message>
      <source>Use the device cpu, or an environment with {}.</source>
      <translation>Nehmen Sie das Gerät cpu, oder eine Umgebung mit {}.</translation>
    </message>
    <message>
      <source>Use the device cpu, or mend the driver of the graphics card.</source>
      <translation>Nehmen Sie das Gerät cpu, oder bringen Sie den Treiber der Grafikkarte in Ordnung.</translation>
    </message>
    <message>
      <source>Use the one set up here</source>
      <translation>Das hier eingerichtete verwenden</translation>
    </message>
    <message>
      <source>Verify</source>
      <translation>Prüfen</translation>
    </message>
    <message>
      <source>Verifying a model</source>
      <translation>Ein Modell wird geprüft</translation>
    </message>
    <message>
      <source>Version of its Python</source>
      <translation>Version seines Pythons</translation>
    </message>
    <message>
      <source>Wait for it, or choose another output folder.</source>
      <translation>Warten Sie auf ihn, oder wählen Sie einen anderen Ausgabeordner.</translation>
    </message>
    <message>
      <source>Warning</source>
      <translation>Warnung</translation>
    </message>
    <message>
      <source>What building the data set may take, all its processes together. Less memory takes longer.</source>
      <translation>Was das Bauen des Datensatzes brauchen darf, alle seine Prozesse zusammen. Mit weniger Speicher dauert es länger.</translation>
    </message>
    <message>
      <source>What grows in each parcel of a finished crop map, how sure that is, and how well it was seen.</source>
      <translation>Was in jeder Parzelle einer fertigen Kulturkarte wächst, wie sicher das ist, und wie gut sie zu sehen war.</translation>
    </message>
    <message>
      <source>What is added to the images' numbers before they become reflectance, by their metadata.</source>
      <translation>Was laut Metadaten zu den Zahlen der Bilder kommt, bevor sie Reflektanz werden.</translation>
    </message>
    <message>
      <source>What the declared codes mean: one of the tables that come with the plugin. rpg: codes of the French RPG; hcat: HCAT codes; eurocrops_hcat: HCAT names.</source>
      <translation>Was die gemeldeten Codes bedeuten: eine der Tabellen, die mit dem Plugin kommen. rpg: Codes des französischen RPG; hcat: HCAT-Codes; eurocrops_hcat: HCAT-Namen.</translation>
    </message>
    <message>
      <source>What the map canvas shows</source>
      <translation>Was das Kartenfenster zeigt</translation>
    </message>
    <message>
      <source>When images are chosen, what fits them and what does not is told here.</source>
      <translation>Sind Bilder gewählt, steht hier, was zu ihnen passt und was nicht.</translation>
    </message>
    <message>
      <source>Where the model gives one: a raster with what the network sees, for research.</source>
      <translation>Wo das Modell eine liefert: ein Raster mit dem, was das Netz sieht, für die Forschung.</translation>
    </message>
    <message>
      <source>Where there is more than one, and the threads are not set.</source>
      <translation>Wo es mehr als einen gibt und die Threads nicht festgelegt sind.</translation>
    </message>
    <message>
      <source>Where {} was trained on the same ground and year it has seen some of the test parcels: the figures are then too good, and the report says of how many parcels.</source>
      <translation>Wenn {} auf derselben Fläche und demselben Jahr trainiert wurde, hat es einige der Testparzellen gesehen: Die Zahlen sind dann zu gut, und der Bericht sagt, bei wie vielen Parzellen.</translation>
    </message>
    <message>
      <source>Which classes each declared code may be; saved as a table of your own.</source>
      <translation>Welche Klassen jeder gemeldete Code sein kann; wird als eigene Tabelle gespeichert.</translation>
    </message>
    <message>
      <source>Whose data</source>
      <translation>Wessen Daten</translation>
    </message>
    <message>
      <source>Windows is of build {}, and DirectML wants {} (Windows 10, 1903): update Windows.</source>
      <translation>Windows hat den Build {}, und DirectML braucht {} (Windows 10, 1903): Aktualisieren Sie Windows.</translation>
    </message>
    <message>
      <source>With it the table also says what was declared, and whether the map shows it. Needs a class table.</source>
      <translation>Damit sagt die Tabelle auch, was gemeldet wurde und ob die Karte es zeigt. Braucht eine Klassentabelle.</translation>
    </message>
    <message>
      <source>With k folds (3 or more) the blocks are dealt into k equal parts instead, so that each can be tested, or mapped, by a model that was trained on the others. 0 makes one training and one test part.</source>
      <translation>Bei k Folds (3 oder mehr) werden die Blöcke stattdessen in k gleiche Teile gegeben, sodass jeder von einem Modell getestet oder kartiert werden kann, das auf den anderen trainiert wurde. 0 macht einen Trainings- und einen Testteil.</translation>
    </message>
    <message>
      <source>With less than {:g} ha these are taught as 'other' (page 3, Samples): {}.</source>
      <translation>Mit weniger als {:g} ha werden diese als „other“ gelernt (Seite 3, Ausschnitte): {}.</translation>
    </message>
    <message>
      <source>With parcels a table is made, too: what grows in each, how sure that is, and how well it was seen.</source>
      <translation>Mit Parzellen entsteht auch eine Tabelle: was in jeder wächst, wie sicher das ist, und wie gut sie zu sehen war.</translation>
    </message>
    <message>
      <source>Without internet</source>
      <translation>Ohne Internet</translation>
    </message>
    <message>
      <source>Write the network's embedding</source>
      <translation>Die Einbettung des Netzes schreiben</translation>
    </message>
    <message>
      <source>Writing the fields</source>
      <translation>Schläge werden geschrieben</translation>
    </message>
    <message>
      <source>Writing the layers</source>
      <translation>Layer werden geschrieben</translation>
    </message>
    <message>
      <source>Year of the declarations</source>
      <translation>Jahr der Meldungen</translation>
    </message>
    <message>
      <source>Your network inspects encrypted traffic: ask your IT desk for its certificate and set PIP_CERT to it, or set up from a folder of wheels.</source>
      <translation>Ihr Netz liest verschlüsselten Verkehr mit: Bitten Sie Ihre IT-Abteilung um deren Zertifikat und setzen Sie PIP_CERT darauf, oder richten Sie aus einem Ordner mit Wheels ein.</translation>
    </message>
    <message>
      <source>Zipped products or rasters</source>
      <translation>Gezippte Produkte oder Raster</translation>
    </message>
    <message>
      <source>about {}</source>
      <translation>etwa {}</translation>
    </message>
    <message>
      <source>about {} MB to fetch</source>
      <translation>etwa {} MB zu holen</translation>
    </message>
    <message>
      <source>accuracy</source>
      <translation>Genauigkeit</translation>
    </message>
    <message>
      <source>accuracy {:.3f}</source>
      <translation>Genauigkeit {:.3f}</translation>
    </message>
    <message>
      <source>after {}</source>
      <translation>nach dem {}</translation>
    </message>
    <message>
      <source>all</source>
      <translation>alle</translation>
    </message>
    <message>
      <source>already done</source>
      <translation>schon fertig</translation>
    </message>
    <message>
      <source>an earlier set-up was broken off</source>
      <translation>eine frühere Einrichtung brach ab</translation>
    </message>
    <message>
      <source>area</source>
      <translation>Fläche</translation>
    </message>
    <message>
      <source>as the effort says</source>
      <translation>wie der Aufwand sagt</translation>
    </message>
    <message>
      <source>asked for</source>
      <translation>verlangt</translation>
    </message>
    <message>
      <source>auto takes a graphics card where PyTorch finds one.</source>
      <translation>auto nimmt eine Grafikkarte, wo PyTorch eine findet.</translation>
    </message>
    <message>
      <source>auto takes the best device that works here, else the processor; which and why is told. With any other the run fails if there is none.</source>
      <translation>auto nimmt das beste Gerät, das hier geht, sonst den Prozessor; welches und warum, wird gesagt. Mit jedem anderen scheitert der Lauf, wenn es keines gibt.</translation>
    </message>
    <message>
      <source>auto takes the best that works here; which and why is told before the run.</source>
      <translation>auto nimmt das Beste, das hier geht; welches und warum, steht vor dem Lauf da.</translation>
    </message>
    <message>
      <source>background: the layer holds every field of the images' ground, so what lies outside is no field. ignore: it is a sample, so nothing is known of what lies outside. There is no default: a wrong choice teaches the network that fields are none.</source>
      <translation>background: Der Layer enthält jedes Feldstück auf der Fläche der Bilder, also ist, was außerhalb liegt, keines. ignore: Er ist eine Stichprobe, also ist nichts über das bekannt, was außerhalb liegt. Es gibt keine Vorgabe: Eine falsche Wahl lehrt das Netz, dass Felder keine sind.</translation>
    </message>
    <message>
      <source>boundary</source>
      <translation>Grenze</translation>
    </message>
    <message>
      <source>broke off in native code (signal 6)</source>
      <translation>brach in nativem Code ab (Signal 6)</translation>
    </message>
    <message>
      <source>classification</source>
      <translation>Klassifikation</translation>
    </message>
    <message>
      <source>confusion matrix</source>
      <translation>Konfusionsmatrix</translation>
    </message>
    <message>
      <source>could not read its memory or a file (signal 7)</source>
      <translation>konnte seinen Speicher oder eine Datei nicht lesen (Signal 7)</translation>
    </message>
    <message>
      <source>could not start because a DLL failed to initialise (0xC0000142)</source>
      <translation>konnte nicht starten, weil eine DLL nicht hochkam (0xC0000142)</translation>
    </message>
    <message>
      <source>could not start because a DLL is missing (0xC0000135)</source>
      <translation>konnte nicht starten, weil eine DLL fehlt (0xC0000135)</translation>
    </message>
    <message>
      <source>crashed in native code (access violation, 0xC0000005)</source>
      <translation>ist in nativem Code abgestürzt (Zugriffsverletzung, 0xC0000005)</translation>
    </message>
    <message>
      <source>crashed in native code (signal 11)</source>
      <translation>ist in nativem Code abgestürzt (Signal 11)</translation>
    </message>
    <message>
      <source>crop</source>
      <translation>Kultur</translation>
    </message>
    <message>
      <source>cscl_models-&lt;version&gt;.zip as released, or an .onnx file with its .json beside it.</source>
      <translation>cscl_models-&lt;version&gt;.zip, wie veröffentlicht, oder eine .onnx-Datei mit ihrer .json daneben.</translation>
    </message>
    <message>
      <source>data set</source>
      <translation>Datensatz</translation>
    </message>
    <message>
      <source>declarations</source>
      <translation>Meldungen</translation>
    </message>
    <message>
      <source>declared: {}</source>
      <translation>gemeldet: {}</translation>
    </message>
    <message>
      <source>deep learning</source>
      <translation>Deep Learning</translation>
    </message>
    <message>
      <source>dense: a grid of samples over all labelled ground. parcels: one sample around each parcel. unlabelled: a grid over all ground, without labels; needs no parcels.</source>
      <translation>dense: ein Raster von Ausschnitten über alle Flächen mit Label. parcels: ein Ausschnitt um jede Parzelle. unlabelled: ein Raster über alle Flächen, ohne Label; braucht keine Parzellen.</translation>
    </message>
    <message>
      <source>done</source>
      <translation>fertig</translation>
    </message>
    <message>
      <source>done in {}</source>
      <translation>fertig in {}</translation>
    </message>
    <message>
      <source>empty: the packages are fetched</source>
      <translation>leer: Die Pakete werden geholt</translation>
    </message>
    <message>
      <source>field boundaries</source>
      <translation>Schlaggrenzen</translation>
    </message>
    <message>
      <source>fields</source>
      <translation>Schläge</translation>
    </message>
    <message>
      <source>fine-tuning</source>
      <translation>Feinabstimmung</translation>
    </message>
    <message>
      <source>from scratch, without a model</source>
      <translation>von Grund auf, ohne Modell</translation>
    </message>
    <message>
      <source>from the folder of wheels</source>
      <translation>aus dem Ordner mit Wheels</translation>
    </message>
    <message>
      <source>it does not answer</source>
      <translation>er antwortet nicht</translation>
    </message>
    <message>
      <source>it does not run</source>
      <translation>es läuft nicht</translation>
    </message>
    <message>
      <source>it is Python {}.{}, older than {}</source>
      <translation>es ist Python {}.{}, älter als {}</translation>
    </message>
    <message>
      <source>it lacks {}</source>
      <translation>es fehlt ihm {}</translation>
    </message>
    <message>
      <source>labels</source>
      <translation>Label</translation>
    </message>
    <message>
      <source>left</source>
      <translation>übrig</translation>
    </message>
    <message>
      <source>left out by you</source>
      <translation>von Ihnen ausgelassen</translation>
    </message>
    <message>
      <source>level {}, {} is wanted</source>
      <translation>Stufe {}, gebraucht wird {}</translation>
    </message>
    <message>
      <source>lpis</source>
      <translation>InVeKoS</translation>
    </message>
    <message>
      <source>mapping is all that maps need; mapping-gpu maps on the graphics card; training can train and map.</source>
      <translation>mapping ist alles, was Karten brauchen; mapping-gpu kartiert auf der Grafikkarte; training kann trainieren und kartieren.</translation>
    </message>
    <message>
      <source>met an instruction that this processor does not have (0xC000001D)</source>
      <translation>traf auf einen Befehl, den dieser Prozessor nicht hat (0xC000001D)</translation>
    </message>
    <message>
      <source>met an instruction that this processor does not have (signal 4)</source>
      <translation>traf auf einen Befehl, den dieser Prozessor nicht hat (Signal 4)</translation>
    </message>
    <message>
      <source>model</source>
      <translation>Modell</translation>
    </message>
    <message>
      <source>no answer</source>
      <translation>keine Antwort</translation>
    </message>
    <message>
      <source>no class</source>
      <translation>keine Klasse</translation>
    </message>
    <message>
      <source>no class: not learned</source>
      <translation>keine Klasse: wird nicht gelernt</translation>
    </message>
    <message>
      <source>no clear pixel</source>
      <translation>kein klares Pixel</translation>
    </message>
    <message>
      <source>no clear pixel in the region</source>
      <translation>kein klares Pixel in der Region</translation>
    </message>
    <message>
      <source>no message</source>
      <translation>keine Meldung</translation>
    </message>
    <message>
      <source>none</source>
      <translation>keine</translation>
    </message>
    <message>
      <source>normal</source>
      <translation>normal</translation>
    </message>
    <message>
      <source>not given</source>
      <translation>nicht angegeben</translation>
    </message>
    <message>
      <source>not in the table</source>
      <translation>nicht in der Tabelle</translation>
    </message>
    <message>
      <source>not in the table: not learned</source>
      <translation>nicht in der Tabelle: wird nicht gelernt</translation>
    </message>
    <message>
      <source>not mapped</source>
      <translation>nicht kartiert</translation>
    </message>
    <message>
      <source>not set up yet</source>
      <translation>noch nicht eingerichtet</translation>
    </message>
    <message>
      <source>not used</source>
      <translation>nicht verwendet</translation>
    </message>
    <message>
      <source>not used: the card failed its trial</source>
      <translation>nicht verwendet: die Karte hat die Probe nicht bestanden</translation>
    </message>
    <message>
      <source>numpy, ONNX Runtime, rasterio, pyogrio, shapely: all that maps need.</source>
      <translation>numpy, ONNX Runtime, rasterio, pyogrio, shapely: alles, was Karten brauchen.</translation>
    </message>
    <message>
      <source>on {}</source>
      <translation>auf {}</translation>
    </message>
    <message>
      <source>one date or more</source>
      <translation>ein Tag oder mehr</translation>
    </message>
    <message>
      <source>one of {}: not learned</source>
      <translation>eine von {}: wird nicht gelernt</translation>
    </message>
    <message>
      <source>only for rasters without band names: B02,B03,...</source>
      <translation>nur für Raster ohne Bandnamen: B02,B03,...</translation>
    </message>
    <message>
      <source>only images until</source>
      <translation>nur Bilder bis</translation>
    </message>
    <message>
      <source>or a class table of your own</source>
      <translation>oder eine eigene Klassentabelle</translation>
    </message>
    <message>
      <source>or a folder of images</source>
      <translation>oder ein Ordner mit Bildern</translation>
    </message>
    <message>
      <source>outlines</source>
      <translation>Umrisse</translation>
    </message>
    <message>
      <source>parcels</source>
      <translation>Parzellen</translation>
    </message>
    <message>
      <source>quick</source>
      <translation>schnell</translation>
    </message>
    <message>
      <source>ran out of memory (0xC0000017)</source>
      <translation>hatte keinen Speicher mehr (0xC0000017)</translation>
    </message>
    <message>
      <source>random forest {:.2f}</source>
      <translation>Random Forest {:.2f}</translation>
    </message>
    <message>
      <source>ready</source>
      <translation>bereit</translation>
    </message>
    <message>
      <source>sentinel-2</source>
      <translation>sentinel-2</translation>
    </message>
    <message>
      <source>shows nothing of the region</source>
      <translation>zeigt nichts von der Region</translation>
    </message>
    <message>
      <source>the model takes {} dates at most, and others are clearer or stand more alone</source>
      <translation>das Modell nimmt höchstens {} Tage, und andere sind klarer oder stehen mehr für sich</translation>
    </message>
    <message>
      <source>there is no such file</source>
      <translation>diese Datei gibt es nicht</translation>
    </message>
    <message>
      <source>this ONNX Runtime supports no other device</source>
      <translation>diese ONNX Runtime kennt kein anderes Gerät</translation>
    </message>
    <message>
      <source>thorough</source>
      <translation>gründlich</translation>
    </message>
    <message>
      <source>time series</source>
      <translation>Zeitreihe</translation>
    </message>
    <message>
      <source>training</source>
      <translation>Training</translation>
    </message>
    <message>
      <source>used</source>
      <translation>verwendet</translation>
    </message>
    <message>
      <source>validation</source>
      <translation>Validierung</translation>
    </message>
    <message>
      <source>vectorise</source>
      <translation>vektorisieren</translation>
    </message>
    <message>
      <source>was closed from outside (0xC000013A)</source>
      <translation>wurde von außen geschlossen (0xC000013A)</translation>
    </message>
    <message>
      <source>was closed from outside (signal 15)</source>
      <translation>wurde von außen geschlossen (Signal 15)</translation>
    </message>
    <message>
      <source>was denied access to one of its files (0xC0000022)</source>
      <translation>durfte auf eine seiner Dateien nicht zugreifen (0xC0000022)</translation>
    </message>
    <message>
      <source>was ended by the system, most likely because the memory ran out (signal 9)</source>
      <translation>wurde vom System beendet, höchstwahrscheinlich weil der Speicher ausging (Signal 9)</translation>
    </message>
    <message>
      <source>what suits the start</source>
      <translation>was zum Anfang passt</translation>
    </message>
    <message>
      <source>your own: {}</source>
      <translation>Ihr eigenes: {}</translation>
    </message>
    <message>
      <source>zonal statistics</source>
      <translation>Zonenstatistik</translation>
    </message>
    <message>
      <source>{:.1f} GiB of memory</source>
      <translation>{:.1f} GiB Speicher</translation>
    </message>
    <message>
      <source>{:.2f} to {:.2f} east, {:.2f} to {:.2f} north</source>
      <translation>{:.2f} bis {:.2f} Ost, {:.2f} bis {:.2f} Nord</translation>
    </message>
    <message>
      <source>{:&gt;10} training pixels  {}</source>
      <translation>{:&gt;10} Trainingspixel  {}</translation>
    </message>
    <message>
      <source>{day} {month}</source>
      <translation>{day}. {month}</translation>
    </message>
    <message>
      <source>{} % and more</source>
      <translation>{} % und mehr</translation>
    </message>
    <message>
      <source>{} % done</source>
      <translation>{} % fertig</translation>
    </message>
    <message>
      <source>{} (cannot be used)</source>
      <translation>{} (nicht verwendbar)</translation>
    </message>
    <message>
      <source>{} (not in the model)</source>
      <translation>{} (nicht im Modell)</translation>
    </message>
    <message>
      <source>{} Taking the build of the package index instead.</source>
      <translation>{} Stattdessen wird die Fassung des Paketindex genommen.</translation>
    </message>
    <message>
      <source>{} answered something else than its versions: {}</source>
      <translation>{} antwortete etwas anderes als seine Versionen: {}</translation>
    </message>
    <message>
      <source>{} cannot be read as it was written ({}): build the data set again.</source>
      <translation>{} lässt sich nicht lesen, wie es geschrieben wurde ({}): Bauen Sie den Datensatz neu.</translation>
    </message>
    <message>
      <source>{} cannot be removed ({}).</source>
      <translation>{} lässt sich nicht entfernen ({}).</translation>
    </message>
    <message>
      <source>{} cannot be removed: {}</source>
      <translation>{} kann nicht entfernt werden: {}</translation>
    </message>
    <message>
      <source>{} cannot be started ({}).</source>
      <translation>{} lässt sich nicht starten ({}).</translation>
    </message>
    <message>
      <source>{} cannot be written: {}</source>
      <translation>{} lässt sich nicht schreiben: {}</translation>
    </message>
    <message>
      <source>{} cannot fetch packages, its module ssl does not load: {}</source>
      <translation>{} kann keine Pakete holen, sein Modul ssl lässt sich nicht laden: {}</translation>
    </message>
    <message>
      <source>{} cannot load the engine's packages: {}</source>
      <translation>{} kann die Pakete der Kartier-Maschine nicht laden: {}</translation>
    </message>
    <message>
      <source>{} clear in the region, less than {}</source>
      <translation>{} klar in der Region, weniger als {}</translation>
    </message>
    <message>
      <source>{} clear, less than {}</source>
      <translation>{} klar, weniger als {}</translation>
    </message>
    <message>
      <source>{} codes are not in the table: {}.</source>
      <translation>{} Codes stehen nicht in der Tabelle: {}.</translation>
    </message>
    <message>
      <source>{} dates can be used, the model takes {}: the clearest are chosen.</source>
      <translation>{} Tage sind brauchbar, das Modell nimmt {}: die klarsten werden gewählt.</translation>
    </message>
    <message>
      <source>{} dates can be used, the model wants {} or more.</source>
      <translation>{} Tage sind brauchbar, das Modell braucht {} oder mehr.</translation>
    </message>
    <message>
      <source>{} dates can be used.</source>
      <translation>{} Tage sind brauchbar.</translation>
    </message>
    <message>
      <source>{} dates or more</source>
      <translation>{} Tage oder mehr</translation>
    </message>
    <message>
      <source>{} did not answer within {:.0f} seconds.</source>
      <translation>{} antwortete nicht innerhalb von {:.0f} Sekunden.</translation>
    </message>
    <message>
      <source>{} does not lie in your own models, so it is left alone.</source>
      <translation>{} liegt nicht bei Ihren eigenen Modellen und bleibt daher unberührt.</translation>
    </message>
    <message>
      <source>{} does not run</source>
      <translation>{} läuft nicht</translation>
    </message>
    <message>
      <source>{} gave no report ({}).</source>
      <translation>{} gab keinen Bericht ({}).</translation>
    </message>
    <message>
      <source>{} holds a data set already. If it was built with these settings it is taken as it is, otherwise it is replaced. Go on?</source>
      <translation>{} enthält schon einen Datensatz. Wurde er mit diesen Einstellungen gebaut, wird er genommen, wie er ist, sonst wird er ersetzt. Fortfahren?</translation>
    </message>
    <message>
      <source>{} holds a map already. Replace it when the new one is whole?</source>
      <translation>{} enthält schon eine Karte. Sie ersetzen, wenn die neue ganz ist?</translation>
    </message>
    <message>
      <source>{} holds a model of this name that was trained with other settings: choose another name, or remove that folder.</source>
      <translation>{} enthält ein Modell dieses Namens, das mit anderen Einstellungen trainiert wurde: Wählen Sie einen anderen Namen, oder entfernen Sie diesen Ordner.</translation>
    </message>
    <message>
      <source>{} holds no .onnx file.</source>
      <translation>{} enthält keine .onnx-Datei.</translation>
    </message>
    <message>
      <source>{} holds no crop map: there is no crop_type.tif in it.</source>
      <translation>{} enthält keine Kulturkarte: Es gibt darin kein crop_type.tif.</translation>
    </message>
    <message>
      <source>{} holds no crop map: there is no run.json in it.</source>
      <translation>{} enthält keine Kulturkarte: Es gibt darin kein run.json.</translation>
    </message>
    <message>
      <source>{} holds no data set of 'Build a training data set': it has no {}.</source>
      <translation>{} enthält keinen Datensatz von „Trainingsdatensatz bauen“: Es gibt darin kein {}.</translation>
    </message>
    <message>
      <source>{} holds something else than an environment.</source>
      <translation>{} enthält etwas anderes als eine Umgebung.</translation>
    </message>
    <message>
      <source>{} is Python {}, newer than {}, for which the packages are not all to be had</source>
      <translation>{} ist Python {}, neuer als {}, wofür es nicht alle Pakete gibt</translation>
    </message>
    <message>
      <source>{} is Python {}, older than {}</source>
      <translation>{} ist Python {}, älter als {}</translation>
    </message>
    <message>
      <source>{} is a 32-bit Python</source>
      <translation>{} ist ein 32-Bit-Python</translation>
    </message>
    <message>
      <source>{} is installed but does not work: {}</source>
      <translation>{} ist installiert, arbeitet aber nicht: {}</translation>
    </message>
    <message>
      <source>{} is not as it was written: build the data set again.</source>
      <translation>{} ist nicht, wie es geschrieben wurde: Bauen Sie den Datensatz neu.</translation>
    </message>
    <message>
      <source>{} is not the configuration of a data set: build the data set again.</source>
      <translation>{} ist nicht die Konfiguration eines Datensatzes: Bauen Sie den Datensatz neu.</translation>
    </message>
    <message>
      <source>{} is not the record of a run: {}</source>
      <translation>{} ist nicht die Aufzeichnung eines Laufs: {}</translation>
    </message>
    <message>
      <source>{} is not used: {}.</source>
      <translation>{} wird nicht verwendet: {}.</translation>
    </message>
    <message>
      <source>{} is not what an evaluation of a map writes.</source>
      <translation>{} ist nicht, was eine Bewertung einer Karte schreibt.</translation>
    </message>
    <message>
      <source>{} is {}, but there is no such file.</source>
      <translation>{} ist {}, aber diese Datei gibt es nicht.</translation>
    </message>
    <message>
      <source>{} is {}, but {}.</source>
      <translation>{} ist {}, aber {}.</translation>
    </message>
    <message>
      <source>{} lacks the venv module (on Debian and Ubuntu: apt install python3-venv)</source>
      <translation>{} hat das Modul venv nicht (unter Debian und Ubuntu: apt install python3-venv)</translation>
    </message>
    <message>
      <source>{} m</source>
      <translation>{} m</translation>
    </message>
    <message>
      <source>{} of the layer's {} codes are not in the table: {}</source>
      <translation>{} der {} Codes des Layers stehen nicht in der Tabelle: {}</translation>
    </message>
    <message>
      <source>{} of {} acquisitions are usable, the model '{}' wants {} or more ({}).</source>
      <translation>{} von {} Aufnahmen sind brauchbar, das Modell „{}“ braucht {} oder mehr ({}).</translation>
    </message>
    <message>
      <source>{} of {} acquisitions are usable, the model '{}' wants {} or more.</source>
      <translation>{} von {} Aufnahmen sind brauchbar, das Modell „{}“ braucht {} oder mehr.</translation>
    </message>
    <message>
      <source>{} of {} acquisitions are used</source>
      <translation>{} von {} Aufnahmen werden verwendet</translation>
    </message>
    <message>
      <source>{} of {} acquisitions are used, {} later ones are left out</source>
      <translation>{} von {} Aufnahmen werden verwendet, {} spätere werden ausgelassen</translation>
    </message>
    <message>
      <source>{} of {} blocks are done already</source>
      <translation>{} von {} Blöcken sind schon fertig</translation>
    </message>
    <message>
      <source>{} of {} dates lie outside of the season that the model was trained on ({} to {}).</source>
      <translation>{} von {} Tagen liegen außerhalb der Saison, auf der das Modell trainiert wurde ({} bis {}).</translation>
    </message>
    <message>
      <source>{} of {} parcels ({:.0f} of {:.0f} ha) have a class to learn.</source>
      <translation>{} von {} Parzellen ({:.0f} von {:.0f} ha) haben eine Klasse zum Lernen.</translation>
    </message>
    <message>
      <source>{} on the disk</source>
      <translation>{} auf der Platte</translation>
    </message>
    <message>
      <source>{} on {}</source>
      <translation>{} am {}</translation>
    </message>
    <message>
      <source>{} on {} and {} other dates</source>
      <translation>{} am {} und an {} weiteren Tagen</translation>
    </message>
    <message>
      <source>{} on {} parcels</source>
      <translation>{} auf {} Parzellen</translation>
    </message>
    <message>
      <source>{} packages in {}: carry it over, and choose it at the set-up</source>
      <translation>{} Pakete in {}: Nehmen Sie ihn mit hinüber und wählen Sie ihn beim Einrichten</translation>
    </message>
    <message>
      <source>{} parcels</source>
      <translation>{} Parzellen</translation>
    </message>
    <message>
      <source>{} parcels were compared.</source>
      <translation>{} Parzellen wurden verglichen.</translation>
    </message>
    <message>
      <source>{} samples of {} dates from {} parcels: {}.</source>
      <translation>{} Ausschnitte aus {} Tagen von {} Parzellen: {}.</translation>
    </message>
    <message>
      <source>{} samples with {} classes from {} parcels</source>
      <translation>{} Ausschnitte mit {} Klassen aus {} Parzellen</translation>
    </message>
    <message>
      <source>{} times finer than the images (a grid for labels, not resolved detail)</source>
      <translation>{}-mal feiner als die Bilder (ein Raster für Klassen, keine aufgelöste Einzelheit)</translation>
    </message>
    <message>
      <source>{} to {}</source>
      <translation>{} bis {}</translation>
    </message>
    <message>
      <source>{} to {} %</source>
      <translation>{} bis {} %</translation>
    </message>
    <message>
      <source>{} to {} dates</source>
      <translation>{} bis {} Tage</translation>
    </message>
    <message>
      <source>{} to {} east, {} to {} north</source>
      <translation>{} bis {} Ost, {} bis {} Nord</translation>
    </message>
    <message>
      <source>{} {} on cpu ({})</source>
      <translation>{} {} auf cpu ({})</translation>
    </message>
    <message>
      <source>{} {} on cuda ({})</source>
      <translation>{} {} auf cuda ({})</translation>
    </message>
    <message>
      <source>{} {} on directml ({})</source>
      <translation>{} {} auf directml ({})</translation>
    </message>
    <message>
      <source>{}, {:.2f} million parameters</source>
      <translation>{}, {:.2f} Millionen Parameter</translation>
    </message>
    <message>
      <source>{}: '{}' would unpack to {} bytes.</source>
      <translation>{}: „{}“ würde entpackt {} Byte groß.</translation>
    </message>
    <message>
      <source>{}: about {} min</source>
      <translation>{}: etwa {} min</translation>
    </message>
    <message>
      <source>{}: an unfinished run lies here that differs in {}; its {} finished blocks are discarded.</source>
      <translation>{}: Hier liegt ein unfertiger Lauf, der sich unterscheidet in {}; seine {} fertigen Blöcke werden verworfen.</translation>
    </message>
    <message>
      <source>{}: another map was made there while its fields were cut.</source>
      <translation>{}: Dort wurde eine andere Karte gemacht, während ihre Schläge gebildet wurden.</translation>
    </message>
    <message>
      <source>{}: another program has it open, and the results could not replace it.</source>
      <translation>{}: Ein anderes Programm hat sie geöffnet, und die Ergebnisse könnten sie nicht ersetzen.</translation>
    </message>
    <message>
      <source>{}: another run writes to this folder{}.</source>
      <translation>{}: Ein anderer Lauf schreibt in diesen Ordner{}.</translation>
    </message>
    <message>
      <source>{}: cannot be replaced ({}); the fields in this folder may not be whole.</source>
      <translation>{}: kann nicht ersetzt werden ({}); die Schläge in diesem Ordner sind womöglich nicht vollständig.</translation>
    </message>
    <message>
      <source>{}: expected a .zip or an .onnx file.</source>
      <translation>{}: Erwartet wird eine .zip- oder eine .onnx-Datei.</translation>
    </message>
    <message>
      <source>{}: expected a raster, but GDAL cannot open it ({}).</source>
      <translation>{}: Erwartet wird ein Raster, aber GDAL kann es nicht öffnen ({}).</translation>
    </message>
    <message>
      <source>{}: holds '{}'; expected only .onnx, .json and .pt files without folders.</source>
      <translation>{}: enthält „{}“; erwartet werden nur .onnx-, .json- und .pt-Dateien ohne Ordner.</translation>
    </message>
    <message>
      <source>{}: holds no model.</source>
      <translation>{}: enthält kein Modell.</translation>
    </message>
    <message>
      <source>{}: it has a code that is no class of the map's model.</source>
      <translation>{}: Es hat einen Code, der keine Klasse des Modells der Karte ist.</translation>
    </message>
    <message>
      <source>{}: its coordinate system is {}, that of {} is {}.</source>
      <translation>{}: Sein Koordinatensystem ist {}, das von {} ist {}.</translation>
    </message>
    <message>
      <source>{}: its model card {} does not lie beside it.</source>
      <translation>{}: seine Modellkarte {} liegt nicht daneben.</translation>
    </message>
    <message>
      <source>{}: its pixels cannot be read ({}).</source>
      <translation>{}: Seine Pixel lassen sich nicht lesen ({}).</translation>
    </message>
    <message>
      <source>{}: its rasters are not those of one run.</source>
      <translation>{}: Ihre Raster sind nicht die eines einzigen Laufs.</translation>
    </message>
    <message>
      <source>{}: its {} bands have no names such as B02, so nobody can tell which is which.</source>
      <translation>{}: Seine {} Bänder haben keine Namen wie B02, daher kann niemand sagen, welches welches ist.</translation>
    </message>
    <message>
      <source>{}: no date such as 20180418 in its name, nor a DATE tag.</source>
      <translation>{}: kein Datum wie 20180418 im Namen und keine DATE-Angabe.</translation>
    </message>
    <message>
      <source>{}: none of its {} parcels touches the map, which covers {} to {} east, {} to {} north in {}.</source>
      <translation>{}: Keine ihrer {} Parzellen berührt die Karte, die von {} bis {} Ost, {} bis {} Nord in {} reicht.</translation>
    </message>
    <message>
      <source>{}: not a readable zip file ({}).</source>
      <translation>{}: keine lesbare Zip-Datei ({}).</translation>
    </message>
    <message>
      <source>{}: the disk is full.</source>
      <translation>{}: Die Platte ist voll.</translation>
    </message>
    <message>
      <source>{}: the file has {} bands, but {} band names were given.</source>
      <translation>{}: Die Datei hat {} Bänder, angegeben sind aber {} Bandnamen.</translation>
    </message>
    <message>
      <source>{}: the file of a finished block is damaged; the block is done again.</source>
      <translation>{}: Die Datei eines fertigen Blocks ist beschädigt; der Block wird noch einmal gerechnet.</translation>
    </message>
    <message>
      <source>{}: the folder cannot be written to.</source>
      <translation>{}: In den Ordner lässt sich nicht schreiben.</translation>
    </message>
    <message>
      <source>{}: the map has no boundary layer ({}).</source>
      <translation>{}: Die Karte hat keine Grenzschicht ({}).</translation>
    </message>
    <message>
      <source>{}: the map has no crop map ({}).</source>
      <translation>{}: Die Karte hat keine Kulturkarte ({}).</translation>
    </message>
    <message>
      <source>{}: the map needs about {} GB of disk, {} GB are free.</source>
      <translation>{}: Die Karte braucht etwa {} GB auf der Platte, {} GB sind frei.</translation>
    </message>
    <message>
      <source>{}: the model of this map, {}, is not there any more.</source>
      <translation>{}: Das Modell dieser Karte, {}, ist nicht mehr da.</translation>
    </message>
    <message>
      <source>{}: the raster has no coordinate system.</source>
      <translation>{}: Das Raster hat kein Koordinatensystem.</translation>
    </message>
    <message>
      <source>{}: the region does not touch the images (they cover {} to {} east, {} to {} north in {}).</source>
      <translation>{}: Die Region berührt die Bilder nicht (sie reichen von {} bis {} Ost, {} bis {} Nord in {}).</translation>
    </message>
    <message>
      <source>{}: the region has no polygon.</source>
      <translation>{}: Die Region hat kein Polygon.</translation>
    </message>
    <message>
      <source>{}: the zip is cut short or damaged ({}).</source>
      <translation>{}: Das Zip ist abgeschnitten oder beschädigt ({}).</translation>
    </message>
    <message>
      <source>{}: there is no polygon in it.</source>
      <translation>{}: Es ist kein Polygon darin.</translation>
    </message>
    <message>
      <source>{}: {:.0f} %, {} left</source>
      <translation>{}: {:.0f} %, noch {}</translation>
    </message>
    <message>
      <source>{}: {} belongs to no model in it.</source>
      <translation>{}: {} gehört zu keinem Modell darin.</translation>
    </message>
    <message>
      <source>{}: {} comes without its card {}.json.</source>
      <translation>{}: {} kommt ohne seine Modellkarte {}.json.</translation>
    </message>
    <message>
      <source>{}: {} is not the file that its card describes (sha256 differs).</source>
      <translation>{}: {} ist nicht die Datei, die ihre Modellkarte beschreibt (sha256 ist anders).</translation>
    </message>
    <message>
      <source>{}: {} is not the file that the card of {} describes (sha256 differs).</source>
      <translation>{}: {} ist nicht die Datei, die die Modellkarte von {} beschreibt (sha256 ist anders).</translation>
    </message>
    <message>
      <source>{}: {} is not the model any more that made this map.</source>
      <translation>{}: {} ist nicht mehr das Modell, das diese Karte gemacht hat.</translation>
    </message>
    <message>
      <source>{}: {} steps, from scratch {} more without crops</source>
      <translation>{}: {} Schritte, von Grund auf {} mehr ohne Kulturen</translation>
    </message>
  </context>
</TS>
