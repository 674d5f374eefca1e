<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
  <context>
    <name>CSCL</name>
    <message>
      <source>&amp;Band names</source>
      <translation>&amp;Bandnamen</translation>
    </message>
    <message>
      <source>&amp;Declared crop</source>
      <translation>&amp;Gemeldete Kultur</translation>
    </message>
    <message>
      <source>&amp;Folder</source>
      <translation>&amp;Ordner</translation>
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
      <source>&amp;Memory limit</source>
      <translation>&amp;Speichergrenze</translation>
    </message>
    <message>
      <source>&amp;Model</source>
      <translation>&amp;Modell</translation>
    </message>
    <message>
      <source>&amp;Or raster layers of the project:</source>
      <translation>&amp;Oder Rasterlayer des Projekts:</translation>
    </message>
    <message>
      <source>&amp;Results in</source>
      <translation>&amp;Ergebnisse in</translation>
    </message>
    <message>
      <source>&amp;Threads</source>
      <translation>&amp;Threads</translation>
    </message>
    <message>
      <source>({:.2f} to {:.2f})</source>
      <translation>({:.2f} bis {:.2f})</translation>
    </message>
    <message>
      <source>1. Images</source>
      <translation>1. Bilder</translation>
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
      <source>5. Run</source>
      <translation>5. Lauf</translation>
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
      <source>A map is being made. Close the window, and let it go on in the background?</source>
      <translation>Eine Karte entsteht gerade. Fenster schließen und sie im Hintergrund weiterlaufen lassen?</translation>
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
      <source>Accuracy</source>
      <translation>Genauigkeit</translation>
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
      <source>Another crop found</source>
      <translation>Andere Kultur gefunden</translation>
    </message>
    <message>
      <source>Apr</source>
      <translation>April</translation>
    </message>
    <message>
      <source>Aug</source>
      <translation>August</translation>
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
      <source>Build a training data set...</source>
      <translation>Trainingsdatensatz bauen...</translation>
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
      <source>Check</source>
      <translation>Prüfen</translation>
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
      <source>Choose the layer of the parcels first.</source>
      <translation>Erst den Layer der Parzellen wählen.</translation>
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
      <source>Clouds and season</source>
      <translation>Wolken und Saison</translation>
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
      <source>Computer</source>
      <translation>Computer</translation>
    </message>
    <message>
      <source>Confidence (%)</source>
      <translation>Sicherheit (%)</translation>
    </message>
    <message>
      <source>Copies a zip of models, or an ONNX file with its card beside it, to your models.</source>
      <translation>Kopiert ein Zip mit Modellen, oder eine ONNX-Datei mit ihrer Karte daneben, zu Ihren Modellen.</translation>
    </message>
    <message>
      <source>Copy the report</source>
      <translation>Bericht kopieren</translation>
    </message>
    <message>
      <source>Crop</source>
      <translation>Kultur</translation>
    </message>
    <message>
      <source>Crop found</source>
      <translation>Gefundene Kultur</translation>
    </message>
    <message>
      <source>Crop map {}</source>
      <translation>Kulturkarte {}</translation>
    </message>
    <message>
      <source>Crop types</source>
      <translation>Kulturarten</translation>
    </message>
    <message>
      <source>Date</source>
      <translation>Datum</translation>
    </message>
    <message>
      <source>Dates with a smaller clear share in the region are left out.</source>
      <translation>Tage mit einem kleineren klaren Anteil in der Region werden ausgelassen.</translation>
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
      <source>Done.</source>
      <translation>Fertig.</translation>
    </message>
    <message>
      <source>Done: {:.0f} ha mapped.</source>
      <translation>Fertig: {:.0f} ha kartiert.</translation>
    </message>
    <message>
      <source>Draw on the map...</source>
      <translation>Auf der Karte zeichnen...</translation>
    </message>
    <message>
      <source>Edit...</source>
      <translation>Bearbeiten...</translation>
    </message>
    <message>
      <source>Entropy (bits)</source>
      <translation>Entropie (Bit)</translation>
    </message>
    <message>
      <source>Evaluate a map...</source>
      <translation>Eine Karte bewerten...</translation>
    </message>
    <message>
      <source>Feb</source>
      <translation>Februar</translation>
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
      <source>Fill a folder...</source>
      <translation>Ordner füllen...</translation>
    </message>
    <message>
      <source>Find a code or a meaning</source>
      <translation>Code oder Bedeutung suchen</translation>
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
      <source>For another computer with</source>
      <translation>Für einen anderen Computer mit</translation>
    </message>
    <message>
      <source>Forecast of a map</source>
      <translation>Vorhersage für eine Karte</translation>
    </message>
    <message>
      <source>Forecast: </source>
      <translation>Vorhersage: </translation>
    </message>
    <message>
      <source>Found</source>
      <translation>Gefunden</translation>
    </message>
    <message>
      <source>Goes on with what is done already.</source>
      <translation>Macht mit dem weiter, was schon fertig ist.</translation>
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
      <source>Grow &amp;what is not clear</source>
      <translation>&amp;Unklares vergrößern</translation>
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
      <source>Images</source>
      <translation>Bilder</translation>
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
      <source>Installed models</source>
      <translation>Installierte Modelle</translation>
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
      <source>Least &amp;clear share</source>
      <translation>Kleinster &amp;klarer Anteil</translation>
    </message>
    <message>
      <source>Leave one core to QGIS</source>
      <translation>QGIS einen Kern lassen</translation>
    </message>
    <message>
      <source>Licence</source>
      <translation>Lizenz</translation>
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
      <source>Looking at the acquisitions...</source>
      <translation>Aufnahmen werden angesehen...</translation>
    </message>
    <message>
      <source>Looking for a graphics card</source>
      <translation>Suche nach einer Grafikkarte</translation>
    </message>
    <message>
      <source>Makes the map of a run.json again, beside it, from the same images and settings.</source>
      <translation>Macht die Karte eines run.json noch einmal, daneben, aus denselben Bildern und Einstellungen.</translation>
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
      <source>Maps are made by a Python of their own, in your user's folder: QGIS's Python stays as it is, and no administrator rights are needed. Every package is checked against its hash.</source>
      <translation>Karten entstehen in einem eigenen Python in Ihrem Benutzerordner: Das Python von QGIS bleibt, wie es ist, und Administratorrechte sind nicht nötig. Jedes Paket wird mit seiner Prüfsumme verglichen.</translation>
    </message>
    <message>
      <source>Maps on the graphics card, once it has run a model and agrees with the processor.</source>
      <translation>Kartiert auf der Grafikkarte, sobald sie ein Modell gerechnet hat und mit dem Prozessor übereinstimmt.</translation>
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
      <source>Meaning</source>
      <translation>Bedeutung</translation>
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
      <source>Names a parcel in the table, each once. Empty: the layer's own feature numbers.</source>
      <translation>Benennt eine Parzelle in der Tabelle, jede nur einmal. Leer: die Objektnummern des Layers.</translation>
    </message>
    <message>
      <source>Network</source>
      <translation>Netz</translation>
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
      <source>No images are given: choose a folder, or tick raster layers.</source>
      <translation>Es sind keine Bilder angegeben: Wählen Sie einen Ordner, oder haken Sie Rasterlayer an.</translation>
    </message>
    <message>
      <source>No layer is chosen for the region.</source>
      <translation>Für die Region ist kein Layer gewählt.</translation>
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
      <source>No region has been drawn yet: click 'Draw on the map...'.</source>
      <translation>Es ist noch keine Region gezeichnet: Klicken Sie „Auf der Karte zeichnen...“.</translation>
    </message>
    <message>
      <source>None</source>
      <translation>Keine</translation>
    </message>
    <message>
      <source>Nov</source>
      <translation>November</translation>
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
      <source>Other fields</source>
      <translation>Andere Felder</translation>
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
      <source>Polygons of a layer</source>
      <translation>Polygone eines Layers</translation>
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
      <source>Progress and report</source>
      <translation>Fortschritt und Bericht</translation>
    </message>
    <message>
      <source>RPG (France), crop codes</source>
      <translation>RPG (Frankreich), Kulturcodes</translation>
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
      <source>Removing: {}</source>
      <translation>Wird entfernt: {}</translation>
    </message>
    <message>
      <source>Repeat a run...</source>
      <translation>Lauf wiederholen...</translation>
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
      <source>Season</source>
      <translation>Saison</translation>
    </message>
    <message>
      <source>Second best</source>
      <translation>Zweitbeste</translation>
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
      <source>Set up the mapping engine...</source>
      <translation>Die Kartier-Maschine einrichten...</translation>
    </message>
    <message>
      <source>Setting up: {}</source>
      <translation>Einrichten: {}</translation>
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
      <source>Share of the region that is imaged and clear on this day.</source>
      <translation>Anteil der Region, der an diesem Tag aufgenommen und klar ist.</translation>
    </message>
    <message>
      <source>Shown beside what grows there; the map is made without it.</source>
      <translation>Wird neben dem gezeigt, was dort wächst; die Karte entsteht ohne sie.</translation>
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
      <source>Starting</source>
      <translation>Beginn</translation>
    </message>
    <message>
      <source>State</source>
      <translation>Zustand</translation>
    </message>
    <message>
      <source>System of the other computer</source>
      <translation>System des anderen Rechners</translation>
    </message>
    <message>
      <source>Tables</source>
      <translation>Tabellen</translation>
    </message>
    <message>
      <source>The card tells none.</source>
      <translation>Die Modellkarte nennt keine.</translation>
    </message>
    <message>
      <source>The images are of level {}, as the model wants.</source>
      <translation>Die Bilder sind von der Stufe {}, wie das Modell sie braucht.</translation>
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
      <source>The images lie outside of the regions that the model was trained on; the nearest is {} km away.</source>
      <translation>Die Bilder liegen außerhalb der Gebiete, auf denen das Modell trainiert wurde; das nächste ist {} km entfernt.</translation>
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
      <source>The map has no coordinate system: choose one for the project.</source>
      <translation>Die Karte hat kein Koordinatensystem: Wählen Sie eines für das Projekt.</translation>
    </message>
    <message>
      <source>The map is in {}. The project is another one now, so its layers were not added.</source>
      <translation>Die Karte liegt in {}. Das Projekt ist inzwischen ein anderes, deshalb wurden ihre Layer nicht hinzugefügt.</translation>
    </message>
    <message>
      <source>The model does not suit the images; see page 3.</source>
      <translation>Das Modell passt nicht zu den Bildern; siehe Seite 3.</translation>
    </message>
    <message>
      <source>The model was trained on the whole year.</source>
      <translation>Das Modell wurde auf dem ganzen Jahr trainiert.</translation>
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
      <source>The run failed.</source>
      <translation>Der Lauf ist gescheitert.</translation>
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
      <source>Train a model...</source>
      <translation>Ein Modell trainieren...</translation>
    </message>
    <message>
      <source>Trained in</source>
      <translation>Trainiert in</translation>
    </message>
    <message>
      <source>Training (and mapping)</source>
      <translation>Training (und Kartieren)</translation>
    </message>
    <message>
      <source>Try again</source>
      <translation>Erneut versuchen</translation>
    </message>
    <message>
      <source>Trying a tile, to say what the run will take...</source>
      <translation>Eine Kachel wird probiert, um zu sagen, was der Lauf braucht...</translation>
    </message>
    <message>
      <source>Trying {}</source>
      <translation>{} wird probiert</translation>
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
      <source>Warning</source>
      <translation>Warnung</translation>
    </message>
    <message>
      <source>What is added to the images' numbers before they become reflectance, by their metadata.</source>
      <translation>Was laut Metadaten zu den Zahlen der Bilder kommt, bevor sie Reflektanz werden.</translation>
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
      <source>Which classes each declared code may be; saved as a table of your own.</source>
      <translation>Welche Klassen jeder gemeldete Code sein kann; wird als eigene Tabelle gespeichert.</translation>
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
      <source>Zipped products or rasters</source>
      <translation>Gezippte Produkte oder Raster</translation>
    </message>
    <message>
      <source>about {}</source>
      <translation>etwa {}</translation>
    </message>
    <message>
      <source>all</source>
      <translation>alle</translation>
    </message>
    <message>
      <source>an earlier set-up was broken off</source>
      <translation>eine frühere Einrichtung brach ab</translation>
    </message>
    <message>
      <source>auto takes the best that works here; which and why is told before the run.</source>
      <translation>auto nimmt das Beste, das hier geht; welches und warum, steht vor dem Lauf da.</translation>
    </message>
    <message>
      <source>declared: {}</source>
      <translation>gemeldet: {}</translation>
    </message>
    <message>
      <source>empty: the packages are fetched</source>
      <translation>leer: Die Pakete werden geholt</translation>
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
      <source>no class</source>
      <translation>keine Klasse</translation>
    </message>
    <message>
      <source>not in the table</source>
      <translation>nicht in der Tabelle</translation>
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
      <source>only for rasters without band names: B02,B03,...</source>
      <translation>nur für Raster ohne Bandnamen: B02,B03,...</translation>
    </message>
    <message>
      <source>only images until</source>
      <translation>nur Bilder bis</translation>
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
      <source>used</source>
      <translation>verwendet</translation>
    </message>
    <message>
      <source>your own: {}</source>
      <translation>Ihr eigenes: {}</translation>
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
      <source>{} cannot be removed: {}</source>
      <translation>{} kann nicht entfernt werden: {}</translation>
    </message>
    <message>
      <source>{} cannot be written: {}</source>
      <translation>{} lässt sich nicht schreiben: {}</translation>
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
      <source>{} does not lie in your own models, so it is left alone.</source>
      <translation>{} liegt nicht bei Ihren eigenen Modellen und bleibt daher unberührt.</translation>
    </message>
    <message>
      <source>{} holds a map already. Replace it when the new one is whole?</source>
      <translation>{} enthält schon eine Karte. Sie ersetzen, wenn die neue ganz ist?</translation>
    </message>
    <message>
      <source>{} holds no .onnx file.</source>
      <translation>{} enthält keine .onnx-Datei.</translation>
    </message>
    <message>
      <source>{} is not the record of a run: {}</source>
      <translation>{} ist nicht die Aufzeichnung eines Laufs: {}</translation>
    </message>
    <message>
      <source>{} of the layer's {} codes are not in the table: {}</source>
      <translation>{} der {} Codes des Layers stehen nicht in der Tabelle: {}</translation>
    </message>
    <message>
      <source>{} of {} acquisitions are used</source>
      <translation>{} von {} Aufnahmen werden verwendet</translation>
    </message>
    <message>
      <source>{} of {} dates lie outside of the season that the model was trained on ({} to {}).</source>
      <translation>{} von {} Tagen liegen außerhalb der Saison, auf der das Modell trainiert wurde ({} bis {}).</translation>
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
      <source>{} parcels</source>
      <translation>{} Parzellen</translation>
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
      <source>{}, {:.2f} million parameters</source>
      <translation>{}, {:.2f} Millionen Parameter</translation>
    </message>
    <message>
      <source>{}: its model card {} does not lie beside it.</source>
      <translation>{}: seine Modellkarte {} liegt nicht daneben.</translation>
    </message>
  </context>
</TS>
