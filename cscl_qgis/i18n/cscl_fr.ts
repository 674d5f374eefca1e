<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="fr" sourcelanguage="en">
  <context>
    <name>CSCL</name>
    <message>
      <source>&amp;Band names</source>
      <translation>Noms des &amp;bandes</translation>
    </message>
    <message>
      <source>&amp;Declared crop</source>
      <translation>Culture &amp;déclarée</translation>
    </message>
    <message>
      <source>&amp;Folder</source>
      <translation>&amp;Dossier</translation>
    </message>
    <message>
      <source>&amp;Id</source>
      <translation>&amp;Identifiant</translation>
    </message>
    <message>
      <source>&amp;Layer</source>
      <translation>&amp;Couche</translation>
    </message>
    <message>
      <source>&amp;Memory limit</source>
      <translation>Limite de &amp;mémoire</translation>
    </message>
    <message>
      <source>&amp;Model</source>
      <translation>&amp;Modèle</translation>
    </message>
    <message>
      <source>&amp;Or raster layers of the project:</source>
      <translation>&amp;Ou couches raster du projet :</translation>
    </message>
    <message>
      <source>&amp;Results in</source>
      <translation>&amp;Résultats dans</translation>
    </message>
    <message>
      <source>&amp;Threads</source>
      <translation>&amp;Fils d'exécution</translation>
    </message>
    <message>
      <source>({:.2f} to {:.2f})</source>
      <translation>({:.2f} à {:.2f})</translation>
    </message>
    <message>
      <source>1. Images</source>
      <translation>1. Images</translation>
    </message>
    <message>
      <source>2. Region</source>
      <translation>2. Région</translation>
    </message>
    <message>
      <source>3. Model</source>
      <translation>3. Modèle</translation>
    </message>
    <message>
      <source>4. Parcels and outputs</source>
      <translation>4. Parcelles et résultats</translation>
    </message>
    <message>
      <source>5. Run</source>
      <translation>5. Calcul</translation>
    </message>
    <message>
      <source>A CSV file with the columns source_code and name.</source>
      <translation>Un fichier CSV avec les colonnes source_code et name.</translation>
    </message>
    <message>
      <source>A Python that has the packages</source>
      <translation>Un Python qui a les paquets</translation>
    </message>
    <message>
      <source>A map is being made. Close the window, and let it go on in the background?</source>
      <translation>Une carte est en cours. Fermer la fenêtre et la laisser continuer en arrière-plan ?</translation>
    </message>
    <message>
      <source>A polygon is drawn.</source>
      <translation>Un polygone est dessiné.</translation>
    </message>
    <message>
      <source>A polygon that I draw</source>
      <translation>Un polygone que je dessine</translation>
    </message>
    <message>
      <source>A raster with the probability of each class, one band a class.</source>
      <translation>Un raster avec la probabilité de chaque classe, une bande par classe.</translation>
    </message>
    <message>
      <source>Accuracy</source>
      <translation>Exactitude</translation>
    </message>
    <message>
      <source>Accuracy where it was not trained (95 % interval)</source>
      <translation>Exactitude où il n'a pas été entraîné (intervalle à 95 %)</translation>
    </message>
    <message>
      <source>Acquisitions</source>
      <translation>Acquisitions</translation>
    </message>
    <message>
      <source>Add a file...</source>
      <translation>Ajouter un fichier...</translation>
    </message>
    <message>
      <source>Add a folder...</source>
      <translation>Ajouter un dossier...</translation>
    </message>
    <message>
      <source>Add a model</source>
      <translation>Ajouter un modèle</translation>
    </message>
    <message>
      <source>Add a model...</source>
      <translation>Ajouter un modèle...</translation>
    </message>
    <message>
      <source>Add models</source>
      <translation>Ajouter des modèles</translation>
    </message>
    <message>
      <source>Add zips or files...</source>
      <translation>Ajouter des zips ou des fichiers...</translation>
    </message>
    <message>
      <source>Added: {}</source>
      <translation>Ajouté : {}</translation>
    </message>
    <message>
      <source>Adding a model</source>
      <translation>Ajout d'un modèle</translation>
    </message>
    <message>
      <source>All dates lie in the season that the model was trained on ({} to {}).</source>
      <translation>Toutes les dates sont dans la saison sur laquelle le modèle a été entraîné ({} à {}).</translation>
    </message>
    <message>
      <source>All that maps need and PyTorch, for those who train models; it can map, too.</source>
      <translation>Tout ce qu'il faut aux cartes et PyTorch, pour ceux qui entraînent des modèles ; peut aussi cartographier.</translation>
    </message>
    <message>
      <source>All {} bands are there.</source>
      <translation>Les {} bandes sont toutes là.</translation>
    </message>
    <message>
      <source>All {} codes of the layer are in the table.</source>
      <translation>Les {} codes de la couche sont tous dans la table.</translation>
    </message>
    <message>
      <source>Another crop found</source>
      <translation>Autre culture trouvée</translation>
    </message>
    <message>
      <source>Apr</source>
      <translation>avril</translation>
    </message>
    <message>
      <source>Aug</source>
      <translation>août</translation>
    </message>
    <message>
      <source>Bands</source>
      <translation>Bandes</translation>
    </message>
    <message>
      <source>Bands that the model wants are missing: {}.</source>
      <translation>Des bandes que le modèle demande manquent : {}.</translation>
    </message>
    <message>
      <source>Build a training data set...</source>
      <translation>Construire un jeu d'entraînement...</translation>
    </message>
    <message>
      <source>Cancel</source>
      <translation>Annuler</translation>
    </message>
    <message>
      <source>Cancelled.</source>
      <translation>Annulé.</translation>
    </message>
    <message>
      <source>Cancelling</source>
      <translation>Annulation</translation>
    </message>
    <message>
      <source>Cells inside</source>
      <translation>Cellules à l'intérieur</translation>
    </message>
    <message>
      <source>Cells nearer to a parcel's edge do not count for it.</source>
      <translation>Les cellules plus proches du bord d'une parcelle ne comptent pas pour elle.</translation>
    </message>
    <message>
      <source>Check</source>
      <translation>Contrôler</translation>
    </message>
    <message>
      <source>Checking</source>
      <translation>Contrôle</translation>
    </message>
    <message>
      <source>Checks the file's hash, loads it and runs it on this computer.</source>
      <translation>Contrôle l'empreinte du fichier, le charge et l'exécute sur cet ordinateur.</translation>
    </message>
    <message>
      <source>Choose a folder for the results on page 4.</source>
      <translation>Choisissez un dossier pour les résultats à la page 4.</translation>
    </message>
    <message>
      <source>Choose the layer of the parcels first.</source>
      <translation>Choisissez d'abord la couche des parcelles.</translation>
    </message>
    <message>
      <source>Class &amp;probabilities</source>
      <translation>&amp;Probabilités des classes</translation>
    </message>
    <message>
      <source>Class &amp;table</source>
      <translation>&amp;Table de classes</translation>
    </message>
    <message>
      <source>Class table {}</source>
      <translation>Table de classes {}</translation>
    </message>
    <message>
      <source>Classes</source>
      <translation>Classes</translation>
    </message>
    <message>
      <source>Clear</source>
      <translation>Clair</translation>
    </message>
    <message>
      <source>Clear dates</source>
      <translation>Dates claires</translation>
    </message>
    <message>
      <source>Clear shares over the season</source>
      <translation>Parts claires au fil de la saison</translation>
    </message>
    <message>
      <source>Click on a parcel of a crop map.</source>
      <translation>Cliquez une parcelle d'une carte des cultures.</translation>
    </message>
    <message>
      <source>Click the corners on the map; a right click ends the polygon, Escape gives it up.</source>
      <translation>Cliquez les sommets sur la carte ; un clic droit termine le polygone, Échap l'abandonne.</translation>
    </message>
    <message>
      <source>Clouds and season</source>
      <translation>Nuages et saison</translation>
    </message>
    <message>
      <source>Clouds and shadows are grown by this.</source>
      <translation>Nuages et ombres sont agrandis d'autant.</translation>
    </message>
    <message>
      <source>Code</source>
      <translation>Code</translation>
    </message>
    <message>
      <source>Computer</source>
      <translation>Ordinateur</translation>
    </message>
    <message>
      <source>Confidence (%)</source>
      <translation>Confiance (%)</translation>
    </message>
    <message>
      <source>Copies a zip of models, or an ONNX file with its card beside it, to your models.</source>
      <translation>Copie un zip de modèles, ou un fichier ONNX avec sa fiche à côté, parmi vos modèles.</translation>
    </message>
    <message>
      <source>Copy the report</source>
      <translation>Copier le rapport</translation>
    </message>
    <message>
      <source>Crop</source>
      <translation>Culture</translation>
    </message>
    <message>
      <source>Crop found</source>
      <translation>Culture trouvée</translation>
    </message>
    <message>
      <source>Crop map {}</source>
      <translation>Carte des cultures {}</translation>
    </message>
    <message>
      <source>Crop types</source>
      <translation>Types de cultures</translation>
    </message>
    <message>
      <source>Date</source>
      <translation>Date</translation>
    </message>
    <message>
      <source>Dates with a smaller clear share in the region are left out.</source>
      <translation>Les dates dont la part claire dans la région est plus petite sont laissées de côté.</translation>
    </message>
    <message>
      <source>De&amp;vice</source>
      <translation>&amp;Périphérique</translation>
    </message>
    <message>
      <source>Dec</source>
      <translation>décembre</translation>
    </message>
    <message>
      <source>Declared</source>
      <translation>Déclaré</translation>
    </message>
    <message>
      <source>Declared and found</source>
      <translation>Déclaré et trouvé</translation>
    </message>
    <message>
      <source>Declared code</source>
      <translation>Code déclaré</translation>
    </message>
    <message>
      <source>Declared code not in the class table</source>
      <translation>Code déclaré absent de la table de classes</translation>
    </message>
    <message>
      <source>Declared codes</source>
      <translation>Codes déclarés</translation>
    </message>
    <message>
      <source>Declared crop</source>
      <translation>Culture déclarée</translation>
    </message>
    <message>
      <source>Declared crop found</source>
      <translation>Culture déclarée trouvée</translation>
    </message>
    <message>
      <source>Declared crop unknown to the model</source>
      <translation>Culture déclarée inconnue du modèle</translation>
    </message>
    <message>
      <source>Done.</source>
      <translation>Terminé.</translation>
    </message>
    <message>
      <source>Done: {:.0f} ha mapped.</source>
      <translation>Terminé : {:.0f} ha cartographiés.</translation>
    </message>
    <message>
      <source>Draw on the map...</source>
      <translation>Dessiner sur la carte...</translation>
    </message>
    <message>
      <source>Edit...</source>
      <translation>Modifier...</translation>
    </message>
    <message>
      <source>Entropy (bits)</source>
      <translation>Entropie (bits)</translation>
    </message>
    <message>
      <source>Evaluate a map...</source>
      <translation>Évaluer une carte...</translation>
    </message>
    <message>
      <source>Feb</source>
      <translation>février</translation>
    </message>
    <message>
      <source>Fetches the packages here, for another computer that has no internet.</source>
      <translation>Télécharge les paquets ici, pour un autre ordinateur sans internet.</translation>
    </message>
    <message>
      <source>Fetching packages</source>
      <translation>Téléchargement des paquets</translation>
    </message>
    <message>
      <source>Fill a folder...</source>
      <translation>Remplir un dossier...</translation>
    </message>
    <message>
      <source>Find a code or a meaning</source>
      <translation>Chercher un code ou une signification</translation>
    </message>
    <message>
      <source>Folder for the packages</source>
      <translation>Dossier des paquets</translation>
    </message>
    <message>
      <source>Folder for the results</source>
      <translation>Dossier des résultats</translation>
    </message>
    <message>
      <source>Folder with SAFE products, zips of them or GeoTIFFs</source>
      <translation>Dossier de produits SAFE, de leurs zips ou de GeoTIFF</translation>
    </message>
    <message>
      <source>Folder with models</source>
      <translation>Dossier de modèles</translation>
    </message>
    <message>
      <source>Folder with the images of one season</source>
      <translation>Dossier des images d'une saison</translation>
    </message>
    <message>
      <source>Folder: {}</source>
      <translation>Dossier : {}</translation>
    </message>
    <message>
      <source>For another computer with</source>
      <translation>Pour un autre ordinateur avec</translation>
    </message>
    <message>
      <source>Forecast of a map</source>
      <translation>Prévision d'une carte</translation>
    </message>
    <message>
      <source>Forecast: </source>
      <translation>Prévision : </translation>
    </message>
    <message>
      <source>Found</source>
      <translation>Trouvé</translation>
    </message>
    <message>
      <source>Goes on with what is done already.</source>
      <translation>Continue avec ce qui est déjà fait.</translation>
    </message>
    <message>
      <source>Graphics card: {}</source>
      <translation>Carte graphique : {}</translation>
    </message>
    <message>
      <source>Grid</source>
      <translation>Grille</translation>
    </message>
    <message>
      <source>Grow &amp;what is not clear</source>
      <translation>Agrandir ce &amp;qui n'est pas clair</translation>
    </message>
    <message>
      <source>Guide</source>
      <translation>Guide</translation>
    </message>
    <message>
      <source>HCAT codes</source>
      <translation>Codes HCAT</translation>
    </message>
    <message>
      <source>HCAT names (EuroCrops)</source>
      <translation>Noms HCAT (EuroCrops)</translation>
    </message>
    <message>
      <source>Images</source>
      <translation>Images</translation>
    </message>
    <message>
      <source>Inner &amp;buffer</source>
      <translation>&amp;Tampon intérieur</translation>
    </message>
    <message>
      <source>Inner buffer (m)</source>
      <translation>Tampon intérieur (m)</translation>
    </message>
    <message>
      <source>Installed models</source>
      <translation>Modèles installés</translation>
    </message>
    <message>
      <source>Its probability</source>
      <translation>Sa probabilité</translation>
    </message>
    <message>
      <source>Jan</source>
      <translation>janvier</translation>
    </message>
    <message>
      <source>Jul</source>
      <translation>juillet</translation>
    </message>
    <message>
      <source>Jun</source>
      <translation>juin</translation>
    </message>
    <message>
      <source>Least &amp;clear share</source>
      <translation>Part &amp;claire minimale</translation>
    </message>
    <message>
      <source>Leave one core to QGIS</source>
      <translation>Laisser un cœur à QGIS</translation>
    </message>
    <message>
      <source>Licence</source>
      <translation>Licence</translation>
    </message>
    <message>
      <source>Log of the run</source>
      <translation>Journal du calcul</translation>
    </message>
    <message>
      <source>Longest gap (days)</source>
      <translation>Plus long trou (jours)</translation>
    </message>
    <message>
      <source>Look at a parcel</source>
      <translation>Examiner une parcelle</translation>
    </message>
    <message>
      <source>Looking at a parcel</source>
      <translation>Examen d'une parcelle</translation>
    </message>
    <message>
      <source>Looking at acquisitions</source>
      <translation>Examen des acquisitions</translation>
    </message>
    <message>
      <source>Looking at the acquisitions...</source>
      <translation>Examen des acquisitions...</translation>
    </message>
    <message>
      <source>Looking for a graphics card</source>
      <translation>Recherche d'une carte graphique</translation>
    </message>
    <message>
      <source>Makes the map of a run.json again, beside it, from the same images and settings.</source>
      <translation>Refait la carte d'un run.json, à côté, des mêmes images et réglages.</translation>
    </message>
    <message>
      <source>Map a region</source>
      <translation>Cartographier une région</translation>
    </message>
    <message>
      <source>Map a region...</source>
      <translation>Cartographier une région...</translation>
    </message>
    <message>
      <source>Mapping</source>
      <translation>Cartographie</translation>
    </message>
    <message>
      <source>Mapping on the graphics card</source>
      <translation>Cartographie sur la carte graphique</translation>
    </message>
    <message>
      <source>Mapping {}</source>
      <translation>Cartographie de {}</translation>
    </message>
    <message>
      <source>Maps are made by a Python of their own, in your user's folder: QGIS's Python stays as it is, and no administrator rights are needed. Every package is checked against its hash.</source>
      <translation>Les cartes sont faites par un Python à part, dans votre dossier d'utilisateur : celui de QGIS reste tel quel, et aucun droit d'administrateur n'est nécessaire. Chaque paquet est comparé à son empreinte.</translation>
    </message>
    <message>
      <source>Maps on the graphics card, once it has run a model and agrees with the processor.</source>
      <translation>Cartographie sur la carte graphique, dès qu'elle a exécuté un modèle et concorde avec le processeur.</translation>
    </message>
    <message>
      <source>Maps the crop types of a season of images, then makes the table of parcels: two algorithms in one run, and an example of how to chain them. Open it in the model designer, save it under another name, and change it there: other settings, steps before and after.</source>
      <translation>Cartographie les cultures d'une saison d'images, puis fait la table des parcelles : deux algorithmes en une exécution, et un exemple de leur enchaînement. Ouvrez-le dans le modeleur, enregistrez-le sous un autre nom et modifiez-le : autres paramètres, étapes avant et après.</translation>
    </message>
    <message>
      <source>Mar</source>
      <translation>mars</translation>
    </message>
    <message>
      <source>May</source>
      <translation>mai</translation>
    </message>
    <message>
      <source>Meaning</source>
      <translation>Signification</translation>
    </message>
    <message>
      <source>Model card</source>
      <translation>Fiche du modèle</translation>
    </message>
    <message>
      <source>Models</source>
      <translation>Modèles</translation>
    </message>
    <message>
      <source>Models...</source>
      <translation>Modèles...</translation>
    </message>
    <message>
      <source>Names a parcel in the table, each once. Empty: the layer's own feature numbers.</source>
      <translation>Nomme une parcelle dans le tableau, chacune une fois. Vide : les numéros d'entités de la couche.</translation>
    </message>
    <message>
      <source>Network</source>
      <translation>Réseau</translation>
    </message>
    <message>
      <source>No acquisitions yet</source>
      <translation>Pas encore d'acquisitions</translation>
    </message>
    <message>
      <source>No class can be told from this code</source>
      <translation>Ce code n'indique aucune classe</translation>
    </message>
    <message>
      <source>No code has a class yet: tick one first.</source>
      <translation>Aucun code n'a encore de classe : cochez-en d'abord une.</translation>
    </message>
    <message>
      <source>No crop found</source>
      <translation>Aucune culture trouvée</translation>
    </message>
    <message>
      <source>No crop map with parcels is in the project: give parcels when you map.</source>
      <translation>Aucune carte des cultures avec parcelles n'est dans le projet : donnez des parcelles en cartographiant.</translation>
    </message>
    <message>
      <source>No declaration</source>
      <translation>Aucune déclaration</translation>
    </message>
    <message>
      <source>No fault was found.</source>
      <translation>Aucun défaut n'a été trouvé.</translation>
    </message>
    <message>
      <source>No feature of the layer '{}' is selected.</source>
      <translation>Aucune entité de la couche « {} » n'est sélectionnée.</translation>
    </message>
    <message>
      <source>No images are given: choose a folder, or tick raster layers.</source>
      <translation>Aucune image n'est donnée : choisissez un dossier ou cochez des couches raster.</translation>
    </message>
    <message>
      <source>No layer is chosen for the region.</source>
      <translation>Aucune couche n'est choisie pour la région.</translation>
    </message>
    <message>
      <source>No model is installed: add one on page 3.</source>
      <translation>Aucun modèle n'est installé : ajoutez-en un à la page 3.</translation>
    </message>
    <message>
      <source>No model is installed: add one.</source>
      <translation>Aucun modèle n'est installé : ajoutez-en un.</translation>
    </message>
    <message>
      <source>No region has been drawn yet: click 'Draw on the map...'.</source>
      <translation>Aucune région n'est encore dessinée : cliquez « Dessiner sur la carte... ».</translation>
    </message>
    <message>
      <source>None</source>
      <translation>Aucune</translation>
    </message>
    <message>
      <source>Nov</source>
      <translation>novembre</translation>
    </message>
    <message>
      <source>Oct</source>
      <translation>octobre</translation>
    </message>
    <message>
      <source>Offset</source>
      <translation>Décalage</translation>
    </message>
    <message>
      <source>On the fine grid</source>
      <translation>Sur la grille fine</translation>
    </message>
    <message>
      <source>On the images' grid</source>
      <translation>Sur la grille des images</translation>
    </message>
    <message>
      <source>Open a class table</source>
      <translation>Ouvrir une table de classes</translation>
    </message>
    <message>
      <source>Open the report</source>
      <translation>Ouvrir le rapport</translation>
    </message>
    <message>
      <source>Open...</source>
      <translation>Ouvrir...</translation>
    </message>
    <message>
      <source>Other fields</source>
      <translation>Autres champs</translation>
    </message>
    <message>
      <source>Packages</source>
      <translation>Paquets</translation>
    </message>
    <message>
      <source>Parcel boundaries (%)</source>
      <translation>Limites de parcelles (%)</translation>
    </message>
    <message>
      <source>Parcel not mapped</source>
      <translation>Parcelle non cartographiée</translation>
    </message>
    <message>
      <source>Parcel over the season</source>
      <translation>La parcelle au fil de la saison</translation>
    </message>
    <message>
      <source>Parcel {}</source>
      <translation>Parcelle {}</translation>
    </message>
    <message>
      <source>Parcels</source>
      <translation>Parcelles</translation>
    </message>
    <message>
      <source>Polygons of a layer</source>
      <translation>Polygones d'une couche</translation>
    </message>
    <message>
      <source>Probability</source>
      <translation>Probabilité</translation>
    </message>
    <message>
      <source>Probability of the declared crop</source>
      <translation>Probabilité de la culture déclarée</translation>
    </message>
    <message>
      <source>Progress and report</source>
      <translation>Progression et rapport</translation>
    </message>
    <message>
      <source>RPG (France), crop codes</source>
      <translation>RPG (France), codes de culture</translation>
    </message>
    <message>
      <source>Raster layers of the project</source>
      <translation>Couches raster du projet</translation>
    </message>
    <message>
      <source>Reading a class table</source>
      <translation>Lecture d'une table de classes</translation>
    </message>
    <message>
      <source>Reading the class table and the layer's codes...</source>
      <translation>Lecture de la table de classes et des codes de la couche...</translation>
    </message>
    <message>
      <source>Remove</source>
      <translation>Supprimer</translation>
    </message>
    <message>
      <source>Remove the environment in {}?</source>
      <translation>Supprimer l'environnement dans {} ?</translation>
    </message>
    <message>
      <source>Remove {} from your models?</source>
      <translation>Supprimer {} de vos modèles ?</translation>
    </message>
    <message>
      <source>Removing: {}</source>
      <translation>Suppression : {}</translation>
    </message>
    <message>
      <source>Repeat a run...</source>
      <translation>Répéter un calcul...</translation>
    </message>
    <message>
      <source>Report it with the log.</source>
      <translation>Signalez-le avec le journal.</translation>
    </message>
    <message>
      <source>Resume</source>
      <translation>Reprendre</translation>
    </message>
    <message>
      <source>Run</source>
      <translation>Lancer</translation>
    </message>
    <message>
      <source>Save as...</source>
      <translation>Enregistrer sous...</translation>
    </message>
    <message>
      <source>Save the class table</source>
      <translation>Enregistrer la table de classes</translation>
    </message>
    <message>
      <source>Says which classes a declared code may be. With it the table of parcels tells whether they were found.</source>
      <translation>Indique quelles classes un code déclaré peut désigner. La table des parcelles dit alors si elles ont été trouvées.</translation>
    </message>
    <message>
      <source>Season</source>
      <translation>Saison</translation>
    </message>
    <message>
      <source>Second best</source>
      <translation>Deuxième</translation>
    </message>
    <message>
      <source>Selected features only</source>
      <translation>Entités sélectionnées seulement</translation>
    </message>
    <message>
      <source>Sensor</source>
      <translation>Capteur</translation>
    </message>
    <message>
      <source>Sep</source>
      <translation>septembre</translation>
    </message>
    <message>
      <source>Set up</source>
      <translation>Installer</translation>
    </message>
    <message>
      <source>Set up from this folder of &amp;wheels</source>
      <translation>Installer depuis ce dossier de &amp;wheels</translation>
    </message>
    <message>
      <source>Set up the mapping engine</source>
      <translation>Installer le moteur de cartographie</translation>
    </message>
    <message>
      <source>Set up the mapping engine...</source>
      <translation>Installer le moteur de cartographie...</translation>
    </message>
    <message>
      <source>Setting up: {}</source>
      <translation>Installation : {}</translation>
    </message>
    <message>
      <source>Share of boundary inside</source>
      <translation>Part de limite à l'intérieur</translation>
    </message>
    <message>
      <source>Share of its cells</source>
      <translation>Part de ses cellules</translation>
    </message>
    <message>
      <source>Share of the region that is imaged and clear on this day.</source>
      <translation>Part de la région qui est vue et claire ce jour-là.</translation>
    </message>
    <message>
      <source>Shown beside what grows there; the map is made without it.</source>
      <translation>Affichée à côté de ce qui y pousse ; la carte est faite sans elle.</translation>
    </message>
    <message>
      <source>Some images do not say their processing level; they are taken for {}.</source>
      <translation>Certaines images ne disent pas leur niveau de traitement ; elles sont prises pour {}.</translation>
    </message>
    <message>
      <source>Some images have no cloud mask: their clouds are not masked.</source>
      <translation>Certaines images n'ont pas de masque de nuages : leurs nuages ne sont pas masqués.</translation>
    </message>
    <message>
      <source>Something is being set up or checked. Close the window and end it?</source>
      <translation>Une installation ou une vérification est en cours. Fermer la fenêtre et l'arrêter ?</translation>
    </message>
    <message>
      <source>Something went wrong that should not: {}</source>
      <translation>Une erreur inattendue s'est produite : {}</translation>
    </message>
    <message>
      <source>Starting</source>
      <translation>Démarrage</translation>
    </message>
    <message>
      <source>State</source>
      <translation>État</translation>
    </message>
    <message>
      <source>System of the other computer</source>
      <translation>Système de l'autre ordinateur</translation>
    </message>
    <message>
      <source>Tables</source>
      <translation>Tables</translation>
    </message>
    <message>
      <source>The card tells none.</source>
      <translation>La fiche n'en dit rien.</translation>
    </message>
    <message>
      <source>The images are of level {}, as the model wants.</source>
      <translation>Les images sont de niveau {}, comme le modèle le demande.</translation>
    </message>
    <message>
      <source>The images are of level {}, the model wants {}.</source>
      <translation>Les images sont de niveau {}, le modèle demande {}.</translation>
    </message>
    <message>
      <source>The images lie in a region that the model was trained on.</source>
      <translation>Les images sont dans une région sur laquelle le modèle a été entraîné.</translation>
    </message>
    <message>
      <source>The images lie in and around a region that the model was trained on.</source>
      <translation>Les images sont dans une région sur laquelle le modèle a été entraîné, et autour.</translation>
    </message>
    <message>
      <source>The images lie outside of the regions that the model was trained on; the nearest is {} km away.</source>
      <translation>Les images sont hors des régions sur lesquelles le modèle a été entraîné ; la plus proche est à {} km.</translation>
    </message>
    <message>
      <source>The images' whole area</source>
      <translation>Toute l'étendue des images</translation>
    </message>
    <message>
      <source>The layer '{}' cannot be read: its file or database is gone.</source>
      <translation>La couche '{}' ne peut pas être lue : son fichier ou sa base de données a disparu.</translation>
    </message>
    <message>
      <source>The layer '{}' cannot be written: {}</source>
      <translation>La couche « {} » ne peut pas être écrite : {}</translation>
    </message>
    <message>
      <source>The layer '{}' does not belong to a crop map.</source>
      <translation>La couche « {} » n'appartient pas à une carte des cultures.</translation>
    </message>
    <message>
      <source>The layer '{}' has edits that are not saved: save them, or leave out the filter.</source>
      <translation>La couche '{}' a des modifications non enregistrées : enregistrez-les, ou laissez le filtre de côté.</translation>
    </message>
    <message>
      <source>The layer '{}' has no coordinate system: assign one first.</source>
      <translation>La couche « {} » n'a pas de système de coordonnées : attribuez-lui-en un d'abord.</translation>
    </message>
    <message>
      <source>The layer '{}' has no features.</source>
      <translation>La couche « {} » n'a pas d'entités.</translation>
    </message>
    <message>
      <source>The layer '{}' has no file at {}.</source>
      <translation>La couche '{}' n'a pas de fichier à {}.</translation>
    </message>
    <message>
      <source>The layer '{}' is no longer in the project.</source>
      <translation>La couche « {} » n'est plus dans le projet.</translation>
    </message>
    <message>
      <source>The layer '{}' is not a raster file (it comes from '{}').</source>
      <translation>La couche '{}' n'est pas un fichier raster (elle vient de '{}').</translation>
    </message>
    <message>
      <source>The layer '{}' lies in an archive or on the network; unpack or fetch it first.</source>
      <translation>La couche '{}' est dans une archive ou sur le réseau ; extrayez-la ou récupérez-la d'abord.</translation>
    </message>
    <message>
      <source>The layers of '{}' are in the project.</source>
      <translation>Les couches de « {} » sont dans le projet.</translation>
    </message>
    <message>
      <source>The map has no coordinate system: choose one for the project.</source>
      <translation>La carte n'a pas de système de coordonnées : choisissez-en un pour le projet.</translation>
    </message>
    <message>
      <source>The map is in {}. The project is another one now, so its layers were not added.</source>
      <translation>La carte se trouve dans {}. Le projet n'est plus le même : ses couches n'ont pas été ajoutées.</translation>
    </message>
    <message>
      <source>The model does not suit the images; see page 3.</source>
      <translation>Le modèle ne convient pas aux images ; voir la page 3.</translation>
    </message>
    <message>
      <source>The model was trained on the whole year.</source>
      <translation>Le modèle a été entraîné sur toute l'année.</translation>
    </message>
    <message>
      <source>The record of a run</source>
      <translation>L'enregistrement d'un calcul</translation>
    </message>
    <message>
      <source>The reflectance cannot be right on {}: leave these dates out.</source>
      <translation>La réflectance ne peut pas être juste le {} : écartez ces dates.</translation>
    </message>
    <message>
      <source>The region has no area.</source>
      <translation>La région n'a pas de surface.</translation>
    </message>
    <message>
      <source>The run failed.</source>
      <translation>Le calcul a échoué.</translation>
    </message>
    <message>
      <source>The style of '{}' could not be applied.</source>
      <translation>Le style de '{}' n'a pas pu être appliqué.</translation>
    </message>
    <message>
      <source>The table has {} codes.</source>
      <translation>La table contient {} codes.</translation>
    </message>
    <message>
      <source>Tile</source>
      <translation>Tuile</translation>
    </message>
    <message>
      <source>Tiles are chosen so that the run stays below this.</source>
      <translation>Les tuiles sont choisies pour que l'exécution reste en dessous.</translation>
    </message>
    <message>
      <source>To fetch and on disk: about {}.</source>
      <translation>À télécharger et sur le disque : environ {}.</translation>
    </message>
    <message>
      <source>Train a model...</source>
      <translation>Entraîner un modèle...</translation>
    </message>
    <message>
      <source>Trained in</source>
      <translation>Entraîné à</translation>
    </message>
    <message>
      <source>Training (and mapping)</source>
      <translation>Entraînement (et cartographie)</translation>
    </message>
    <message>
      <source>Try again</source>
      <translation>Réessayer</translation>
    </message>
    <message>
      <source>Trying a tile, to say what the run will take...</source>
      <translation>Essai d'une tuile, pour dire ce que prendra le calcul...</translation>
    </message>
    <message>
      <source>Trying {}</source>
      <translation>Essai de {}</translation>
    </message>
    <message>
      <source>Use</source>
      <translation>Prise</translation>
    </message>
    <message>
      <source>Use another Python...</source>
      <translation>Utiliser un autre Python...</translation>
    </message>
    <message>
      <source>Use the one set up here</source>
      <translation>Utiliser celui installé ici</translation>
    </message>
    <message>
      <source>Verify</source>
      <translation>Vérifier</translation>
    </message>
    <message>
      <source>Verifying a model</source>
      <translation>Vérification d'un modèle</translation>
    </message>
    <message>
      <source>Version of its Python</source>
      <translation>Version de son Python</translation>
    </message>
    <message>
      <source>Warning</source>
      <translation>Avertissement</translation>
    </message>
    <message>
      <source>What is added to the images' numbers before they become reflectance, by their metadata.</source>
      <translation>Ce qui est ajouté aux valeurs des images avant d'en faire des réflectances, selon leurs métadonnées.</translation>
    </message>
    <message>
      <source>What the map canvas shows</source>
      <translation>Ce que montre la carte</translation>
    </message>
    <message>
      <source>When images are chosen, what fits them and what does not is told here.</source>
      <translation>Quand des images sont choisies, ce qui leur convient ou non est dit ici.</translation>
    </message>
    <message>
      <source>Where the model gives one: a raster with what the network sees, for research.</source>
      <translation>Si le modèle en fournit un : un raster de ce que voit le réseau, pour la recherche.</translation>
    </message>
    <message>
      <source>Which classes each declared code may be; saved as a table of your own.</source>
      <translation>Quelles classes chaque code déclaré peut désigner ; enregistré comme table personnelle.</translation>
    </message>
    <message>
      <source>Without internet</source>
      <translation>Sans internet</translation>
    </message>
    <message>
      <source>Write the network's embedding</source>
      <translation>Écrire le plongement du réseau</translation>
    </message>
    <message>
      <source>Zipped products or rasters</source>
      <translation>Produits zippés ou rasters</translation>
    </message>
    <message>
      <source>about {}</source>
      <translation>environ {}</translation>
    </message>
    <message>
      <source>all</source>
      <translation>tous</translation>
    </message>
    <message>
      <source>an earlier set-up was broken off</source>
      <translation>une installation antérieure a été interrompue</translation>
    </message>
    <message>
      <source>auto takes the best that works here; which and why is told before the run.</source>
      <translation>auto prend le meilleur qui fonctionne ici ; lequel et pourquoi est dit avant le calcul.</translation>
    </message>
    <message>
      <source>declared: {}</source>
      <translation>déclarée : {}</translation>
    </message>
    <message>
      <source>empty: the packages are fetched</source>
      <translation>vide : les paquets sont téléchargés</translation>
    </message>
    <message>
      <source>left</source>
      <translation>restantes</translation>
    </message>
    <message>
      <source>left out by you</source>
      <translation>laissée de côté par vous</translation>
    </message>
    <message>
      <source>no class</source>
      <translation>aucune classe</translation>
    </message>
    <message>
      <source>not in the table</source>
      <translation>absent de la table</translation>
    </message>
    <message>
      <source>not mapped</source>
      <translation>non cartographiée</translation>
    </message>
    <message>
      <source>not set up yet</source>
      <translation>pas encore installé</translation>
    </message>
    <message>
      <source>not used</source>
      <translation>non utilisée</translation>
    </message>
    <message>
      <source>not used: the card failed its trial</source>
      <translation>non utilisé : la carte a échoué à l'essai</translation>
    </message>
    <message>
      <source>numpy, ONNX Runtime, rasterio, pyogrio, shapely: all that maps need.</source>
      <translation>numpy, ONNX Runtime, rasterio, pyogrio, shapely : tout ce qu'il faut aux cartes.</translation>
    </message>
    <message>
      <source>on {}</source>
      <translation>sur {}</translation>
    </message>
    <message>
      <source>one date or more</source>
      <translation>une date ou plus</translation>
    </message>
    <message>
      <source>only for rasters without band names: B02,B03,...</source>
      <translation>seulement pour les rasters sans noms de bandes : B02,B03,...</translation>
    </message>
    <message>
      <source>only images until</source>
      <translation>seulement les images jusqu'au</translation>
    </message>
    <message>
      <source>random forest {:.2f}</source>
      <translation>forêt aléatoire {:.2f}</translation>
    </message>
    <message>
      <source>ready</source>
      <translation>prêt</translation>
    </message>
    <message>
      <source>used</source>
      <translation>utilisée</translation>
    </message>
    <message>
      <source>your own: {}</source>
      <translation>le vôtre : {}</translation>
    </message>
    <message>
      <source>{:.1f} GiB of memory</source>
      <translation>{:.1f} Gio de mémoire</translation>
    </message>
    <message>
      <source>{:.2f} to {:.2f} east, {:.2f} to {:.2f} north</source>
      <translation>{:.2f} à {:.2f} est, {:.2f} à {:.2f} nord</translation>
    </message>
    <message>
      <source>{day} {month}</source>
      <translation>{day} {month}</translation>
    </message>
    <message>
      <source>{} % and more</source>
      <translation>{} % et plus</translation>
    </message>
    <message>
      <source>{} % done</source>
      <translation>{} % fait</translation>
    </message>
    <message>
      <source>{} (cannot be used)</source>
      <translation>{} (inutilisable)</translation>
    </message>
    <message>
      <source>{} (not in the model)</source>
      <translation>{} (absente du modèle)</translation>
    </message>
    <message>
      <source>{} cannot be removed: {}</source>
      <translation>{} ne peut pas être supprimé : {}</translation>
    </message>
    <message>
      <source>{} cannot be written: {}</source>
      <translation>{} ne peut pas être écrit : {}</translation>
    </message>
    <message>
      <source>{} dates can be used, the model takes {}: the clearest are chosen.</source>
      <translation>{} dates sont utilisables, le modèle en prend {} : les plus claires sont choisies.</translation>
    </message>
    <message>
      <source>{} dates can be used, the model wants {} or more.</source>
      <translation>{} dates sont utilisables, le modèle en demande {} ou plus.</translation>
    </message>
    <message>
      <source>{} dates can be used.</source>
      <translation>{} dates sont utilisables.</translation>
    </message>
    <message>
      <source>{} dates or more</source>
      <translation>{} dates ou plus</translation>
    </message>
    <message>
      <source>{} does not lie in your own models, so it is left alone.</source>
      <translation>{} ne se trouve pas parmi vos propres modèles et reste donc en place.</translation>
    </message>
    <message>
      <source>{} holds a map already. Replace it when the new one is whole?</source>
      <translation>{} contient déjà une carte. La remplacer quand la nouvelle sera complète ?</translation>
    </message>
    <message>
      <source>{} holds no .onnx file.</source>
      <translation>{} ne contient aucun fichier .onnx.</translation>
    </message>
    <message>
      <source>{} is not the record of a run: {}</source>
      <translation>{} n'est pas l'enregistrement d'un calcul : {}</translation>
    </message>
    <message>
      <source>{} of the layer's {} codes are not in the table: {}</source>
      <translation>{} des {} codes de la couche sont absents de la table : {}</translation>
    </message>
    <message>
      <source>{} of {} acquisitions are used</source>
      <translation>{} acquisitions sur {} sont utilisées</translation>
    </message>
    <message>
      <source>{} of {} dates lie outside of the season that the model was trained on ({} to {}).</source>
      <translation>{} dates sur {} sont hors de la saison sur laquelle le modèle a été entraîné ({} à {}).</translation>
    </message>
    <message>
      <source>{} on the disk</source>
      <translation>{} sur le disque</translation>
    </message>
    <message>
      <source>{} on {}</source>
      <translation>{} le {}</translation>
    </message>
    <message>
      <source>{} on {} and {} other dates</source>
      <translation>{} le {} et à {} autres dates</translation>
    </message>
    <message>
      <source>{} parcels</source>
      <translation>{} parcelles</translation>
    </message>
    <message>
      <source>{} times finer than the images (a grid for labels, not resolved detail)</source>
      <translation>{} fois plus fine que les images (une grille pour les classes, pas un détail résolu)</translation>
    </message>
    <message>
      <source>{} to {}</source>
      <translation>{} à {}</translation>
    </message>
    <message>
      <source>{} to {} %</source>
      <translation>{} à {} %</translation>
    </message>
    <message>
      <source>{} to {} dates</source>
      <translation>{} à {} dates</translation>
    </message>
    <message>
      <source>{}, {:.2f} million parameters</source>
      <translation>{}, {:.2f} millions de paramètres</translation>
    </message>
    <message>
      <source>{}: its model card {} does not lie beside it.</source>
      <translation>{} : sa fiche {} n'est pas à côté.</translation>
    </message>
  </context>
</TS>
