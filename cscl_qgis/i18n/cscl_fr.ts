<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="fr" sourcelanguage="en">
  <context>
    <name>CSCL</name>
    <message>
      <source>&amp;Back</source>
      <translation>&amp;Retour</translation>
    </message>
    <message>
      <source>&amp;Band names</source>
      <translation>Noms des &amp;bandes</translation>
    </message>
    <message>
      <source>&amp;Declared crop</source>
      <translation>Culture &amp;déclarée</translation>
    </message>
    <message>
      <source>&amp;Device</source>
      <translation>Périphéri&amp;que</translation>
    </message>
    <message>
      <source>&amp;Effort</source>
      <translation>&amp;Effort</translation>
    </message>
    <message>
      <source>&amp;Folder</source>
      <translation>&amp;Dossier</translation>
    </message>
    <message>
      <source>&amp;Go to</source>
      <translation>&amp;Aller à</translation>
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
      <source>&amp;Learning rate</source>
      <translation>&amp;Taux d'apprentissage</translation>
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
      <source>&amp;Most dates</source>
      <translation>Nombre &amp;maximal de dates</translation>
    </message>
    <message>
      <source>&amp;Name</source>
      <translation>&amp;Nom</translation>
    </message>
    <message>
      <source>&amp;Or raster layers of the project:</source>
      <translation>&amp;Ou couches raster du projet :</translation>
    </message>
    <message>
      <source>&amp;Outside of all parcels</source>
      <translation>&amp;Hors de toutes les parcelles</translation>
    </message>
    <message>
      <source>&amp;Results in</source>
      <translation>&amp;Résultats dans</translation>
    </message>
    <message>
      <source>&amp;Side of a sample</source>
      <translation>&amp;Côté d'un échantillon</translation>
    </message>
    <message>
      <source>&amp;Start from</source>
      <translation>&amp;Partir de</translation>
    </message>
    <message>
      <source>&amp;Steps</source>
      <translation>Pa&amp;s</translation>
    </message>
    <message>
      <source>&amp;Threads</source>
      <translation>&amp;Fils d'exécution</translation>
    </message>
    <message>
      <source>&amp;Whose data</source>
      <translation>À qui s&amp;ont les données</translation>
    </message>
    <message>
      <source>(95 % interval {:.3f}-{:.3f})</source>
      <translation>(intervalle à 95 % {:.3f}-{:.3f})</translation>
    </message>
    <message>
      <source>({:.2f} to {:.2f})</source>
      <translation>({:.2f} à {:.2f})</translation>
    </message>
    <message>
      <source>0.0005 from a model's weights, 0.0015 from scratch.</source>
      <translation>0,0005 à partir des poids d'un modèle, 0,0015 en partant de zéro.</translation>
    </message>
    <message>
      <source>1. Images</source>
      <translation>1. Images</translation>
    </message>
    <message>
      <source>2. Parcels</source>
      <translation>2. Parcelles</translation>
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
      <source>4. Run</source>
      <translation>4. Calcul</translation>
    </message>
    <message>
      <source>5. Run</source>
      <translation>5. Calcul</translation>
    </message>
    <message>
      <source>A CSV file with the columns source_code (the crop code) and name (a name of the legend, see resources/classes/legend.csv), one line for each code.</source>
      <translation>Un fichier CSV avec les colonnes source_code (le code de culture) et name (un nom de la légende, voir resources/classes/legend.csv), une ligne par code.</translation>
    </message>
    <message>
      <source>A CSV file with the columns source_code (the declared code) and name (classes of the model, several with bars between: barley|cereal_other). The window 'Map a region' has an editor for it.</source>
      <translation>Un fichier CSV avec les colonnes source_code (le code déclaré) et name (classes du modèle, plusieurs séparées par des barres : barley|cereal_other). La fenêtre « Cartographier une région » a un éditeur pour cela.</translation>
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
      <source>A YAML configuration of training/train.py, for several series at once or settings that are not listed here. It stands for everything but the output folder: leave images and parcels empty.</source>
      <translation>Une configuration YAML de training/train.py, pour plusieurs séries à la fois ou des réglages absents d'ici. Elle remplace tout sauf le dossier de sortie : laissez les images et les parcelles vides.</translation>
    </message>
    <message>
      <source>A data set of the same settings in it is taken as it is; one of other settings is replaced. To build it anew because files of the images have changed, take another folder.</source>
      <translation>Un jeu de données des mêmes réglages y est pris tel quel ; un jeu d'autres réglages est remplacé. Pour le reconstruire parce que des fichiers des images ont changé, prenez un autre dossier.</translation>
    </message>
    <message>
      <source>A data set that is built already:</source>
      <translation>Un jeu de données déjà construit :</translation>
    </message>
    <message>
      <source>A file</source>
      <translation>Un fichier</translation>
    </message>
    <message>
      <source>A folder that holds all the packages as .whl files. If it is given, nothing is fetched.</source>
      <translation>Un dossier qui contient tous les paquets en fichiers .whl. S'il est donné, rien n'est téléchargé.</translation>
    </message>
    <message>
      <source>A folder with the images of one season: Sentinel-2 products (.SAFE, also zipped) or GeoTIFFs with the date in their name. Folders inside it are searched too.</source>
      <translation>Un dossier avec les images d'une saison : produits Sentinel-2 (.SAFE, aussi zippés) ou GeoTIFF avec la date dans leur nom. Ses sous-dossiers sont aussi parcourus.</translation>
    </message>
    <message>
      <source>A graphics card is tried by running a model on it, and no model is installed.</source>
      <translation>Pour essayer une carte graphique, il faut y exécuter un modèle, et aucun n'est installé.</translation>
    </message>
    <message>
      <source>A map is being made. Close the window, and let it go on in the background?</source>
      <translation>Une carte est en cours. Fermer la fenêtre et la laisser continuer en arrière-plan ?</translation>
    </message>
    <message>
      <source>A model is being trained. Close the window, and let it go on in the background?</source>
      <translation>Un modèle est en cours d'entraînement. Fermer la fenêtre et le laisser continuer en arrière-plan ?</translation>
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
      <source>A raster with the probability of each class: on the images' grid, or on the fine one.</source>
      <translation>Un raster avec la probabilité de chaque classe : sur la grille des images, ou sur la fine.</translation>
    </message>
    <message>
      <source>A virus scanner may be reading its files; try again, or have the folder exempted.</source>
      <translation>Un antivirus lit peut-être ses fichiers ; réessayez, ou faites exclure le dossier.</translation>
    </message>
    <message>
      <source>A wrong choice teaches the model that fields are none.</source>
      <translation>Un mauvais choix apprend au modèle que des champs n'en sont pas.</translation>
    </message>
    <message>
      <source>Accuracy</source>
      <translation>Exactitude</translation>
    </message>
    <message>
      <source>Accuracy of pixels (0-1)</source>
      <translation>Exactitude des pixels (0-1)</translation>
    </message>
    <message>
      <source>Accuracy on the test parcels' pixels (0-1)</source>
      <translation>Exactitude sur les pixels des parcelles de test (0-1)</translation>
    </message>
    <message>
      <source>Accuracy where it was not trained (95 % interval)</source>
      <translation>Exactitude où il n'a pas été entraîné (intervalle à 95 %)</translation>
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
      <source>Add the fields and the map by field to the project, named and styled, beside the layers of the map.</source>
      <translation>Ajoute les parcelles détectées et la carte par parcelle au projet, nommées et stylées, à côté des couches de la carte.</translation>
    </message>
    <message>
      <source>Add the missing band to {}, or leave that date out.</source>
      <translation>Ajoutez la bande manquante à {}, ou laissez cette date de côté.</translation>
    </message>
    <message>
      <source>Add the results to the project</source>
      <translation>Ajouter les résultats au projet</translation>
    </message>
    <message>
      <source>Add the table to the project, named and styled, beside the layers of its map.</source>
      <translation>Ajoute la table au projet, nommée et stylée, à côté des couches de sa carte.</translation>
    </message>
    <message>
      <source>Add the three rasters, and parcels and fields if there are any, to the project, named and styled, in a layer group of their own.</source>
      <translation>Ajoute les trois rasters et, s'il y en a, les parcelles et les parcelles détectées au projet, nommés et stylés, dans un groupe de couches à eux.</translation>
    </message>
    <message>
      <source>Add zips or files...</source>
      <translation>Ajouter des zips ou des fichiers...</translation>
    </message>
    <message>
      <source>Added: {}</source>
      <translation>Ajouté : {}</translation>
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
      <source>All figures (JSON)</source>
      <translation>Tous les chiffres (JSON)</translation>
    </message>
    <message>
      <source>All that maps need and PyTorch, for those who train models; it can map, too.</source>
      <translation>Tout ce qu'il faut aux cartes et PyTorch, pour ceux qui entraînent des modèles ; peut aussi cartographier.</translation>
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
      <source>An ONNX file with its model card (.json) beside it. If it is left empty, the installed model of the highest version is taken: of equal versions your own before those that come with the plugin, and of these the newest file. Install one with 'Install a model'.</source>
      <translation>Un fichier ONNX avec sa fiche (.json) à côté. Vide : le modèle installé de la version la plus haute, à version égale les vôtres avant ceux qui viennent avec l'extension, et parmi eux le fichier le plus récent. Installez-en un avec « Installer un modèle ».</translation>
    </message>
    <message>
      <source>An environment made of {} does not run ({}).</source>
      <translation>Un environnement fait avec {} ne s'exécute pas ({}).</translation>
    </message>
    <message>
      <source>An interpreter of version 3.10 to 3.14 (for mapping-gpu 3.10 to 3.13, for training 3.11 to 3.13). If empty, the best found on this computer.</source>
      <translation>Un interpréteur de version 3.10 à 3.14 (pour mapping-gpu 3.10 à 3.13, pour training 3.11 à 3.13). Vide : le meilleur trouvé sur cet ordinateur.</translation>
    </message>
    <message>
      <source>Another crop found</source>
      <translation>Autre culture trouvée</translation>
    </message>
    <message>
      <source>Another model '{}' is installed already: choose another name, or remove it.</source>
      <translation>Un autre modèle « {} » est déjà installé : choisissez un autre nom, ou supprimez-le.</translation>
    </message>
    <message>
      <source>Another seed gives figures that differ by some points: so far they can be trusted.</source>
      <translation>Une autre graine donne des chiffres qui diffèrent de quelques points : on ne peut s'y fier qu'à cela près.</translation>
    </message>
    <message>
      <source>Apr</source>
      <translation>avril</translation>
    </message>
    <message>
      <source>Area (ha)</source>
      <translation>Surface (ha)</translation>
    </message>
    <message>
      <source>Area mapped (ha)</source>
      <translation>Surface cartographiée (ha)</translation>
    </message>
    <message>
      <source>Area of the fields (ha)</source>
      <translation>Surface des parcelles détectées (ha)</translation>
    </message>
    <message>
      <source>Areas are counts of mapped cells and so biased; an unbiased estimate needs a sample of the map.</source>
      <translation>Les surfaces sont des comptes de cellules cartographiées et donc biaisées ; une estimation sans biais demande un échantillon de la carte.</translation>
    </message>
    <message>
      <source>Aug</source>
      <translation>août</translation>
    </message>
    <message>
      <source>Band names of the images, in file order</source>
      <translation>Noms des bandes des images, dans l'ordre du fichier</translation>
    </message>
    <message>
      <source>Bands</source>
      <translation>Bandes</translation>
    </message>
    <message>
      <source>Bands that the model wants are missing: {}.</source>
      <translation>Des bandes que le modèle demande manquent : {}.</translation>
    </message>
    <message>
      <source>Beside {} lie no weights to train further from (a .pt file).</source>
      <translation>À côté de {}, il n'y a pas de poids à partir desquels entraîner (un fichier .pt).</translation>
    </message>
    <message>
      <source>Build a data set from images and declared parcels</source>
      <translation>Construire un jeu de données à partir d'images et de parcelles déclarées</translation>
    </message>
    <message>
      <source>Build a training data set</source>
      <translation>Construire un jeu d'entraînement</translation>
    </message>
    <message>
      <source>Build a training data set...</source>
      <translation>Construire un jeu d'entraînement...</translation>
    </message>
    <message>
      <source>Building</source>
      <translation>Construction</translation>
    </message>
    <message>
      <source>Building the data set</source>
      <translation>Construction du jeu de données</translation>
    </message>
    <message>
      <source>Builds the Python environment that does the mapping, outside QGIS.</source>
      <translation>Construit l'environnement Python qui fait les cartes, hors de QGIS.</translation>
    </message>
    <message>
      <source>Builds, once, the Python environment in which maps are made: numpy, ONNX Runtime, rasterio, pyogrio and shapely, in pinned versions. It lies in your user's data folder, outside QGIS and its profiles; nothing is installed into QGIS's own Python, and no administrator rights are needed. A setup that was broken off is recognised and built again.

For mapping it fetches about 170 MB from the Python package index and needs 0.6 GB of disk; with the packages for training (PyTorch and others; only for those who train models) about 600 MB and 1.9 GB. Each package but PyTorch is checked against its hash, except on Macs with Intel's processors and on Linux on ARM. On a computer without network choose a folder of wheels, filled elsewhere by 'python3 cscl_qgis/set_up.py wheels FOLDER'.

For mapping on the graphics card (mapping-gpu) it is 2.1 GB and 3.7 GB on Linux, for NVIDIA cards with a driver from 525 on, and 0.2 GB and 0.7 GB on Windows, for any card of DirectX 12. A model must be installed: the card is used only once it has run it and agrees with the processor.</source>
      <translation>Construit, une fois, l'environnement Python dans lequel les cartes sont faites : numpy, ONNX Runtime, rasterio, pyogrio et shapely, en versions fixées. Il est dans votre dossier de données d'utilisateur, hors de QGIS et de ses profils ; rien n'est installé dans le Python de QGIS, et aucun droit d'administrateur n'est nécessaire. Une installation interrompue est reconnue et refaite.

Pour la cartographie, environ 170 Mo sont téléchargés de l'index des paquets Python et 0,6 Go de disque sont pris ; avec les paquets d'entraînement (PyTorch et d'autres ; seulement pour ceux qui entraînent des modèles), environ 600 Mo et 1,9 Go. Chaque paquet sauf PyTorch est comparé à son empreinte, sauf sur les Mac à processeur Intel et sous Linux sur ARM. Sur un ordinateur sans réseau, choisissez un dossier de wheels, rempli ailleurs par « python3 cscl_qgis/set_up.py wheels FOLDER ».

Pour la cartographie sur la carte graphique (mapping-gpu), ce sont 2,1 Go et 3,7 Go sous Linux, pour les cartes NVIDIA dont le pilote est au moins 525, et 0,2 Go et 0,7 Go sous Windows, pour toute carte DirectX 12. Un modèle doit être installé : la carte n'est utilisée qu'après l'avoir exécuté et si elle concorde avec le processeur.</translation>
    </message>
    <message>
      <source>By CSCL, before crops are learned; only from scratch.</source>
      <translation>Par CSCL, avant d'apprendre les cultures ; seulement en partant de zéro.</translation>
    </message>
    <message>
      <source>By context-self contrast, before crops are learned; only from scratch.</source>
      <translation>Par contraste avec le contexte, avant d'apprendre les cultures ; seulement en partant de zéro.</translation>
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
      <source>Cells nearer to a parcel's edge do not count for it; small parcels get a smaller buffer.</source>
      <translation>Les cellules plus proches du bord d'une parcelle ne comptent pas pour elle ; les petites parcelles ont un tampon plus petit.</translation>
    </message>
    <message>
      <source>Cells of the &amp;map</source>
      <translation>Cellules de la c&amp;arte</translation>
    </message>
    <message>
      <source>Check</source>
      <translation>Contrôler</translation>
    </message>
    <message>
      <source>Check that the file is whole, or leave it out.</source>
      <translation>Vérifiez que le fichier est complet, ou laissez-le de côté.</translation>
    </message>
    <message>
      <source>Check the disk, then run it again.</source>
      <translation>Contrôlez le disque, puis relancez.</translation>
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
      <source>Choose a region over the images.</source>
      <translation>Choisissez une région sur les images.</translation>
    </message>
    <message>
      <source>Choose another field or class table, or edit the table.</source>
      <translation>Choisissez un autre champ ou une autre table de classes, ou modifiez la table.</translation>
    </message>
    <message>
      <source>Choose another folder, or empty this one.</source>
      <translation>Choisissez un autre dossier, ou videz celui-ci.</translation>
    </message>
    <message>
      <source>Choose another folder.</source>
      <translation>Choisissez un autre dossier.</translation>
    </message>
    <message>
      <source>Choose another region or more dates.</source>
      <translation>Choisissez une autre région ou plus de dates.</translation>
    </message>
    <message>
      <source>Choose the class table of the crop codes, or give one of your own.</source>
      <translation>Choisissez la table de classes des codes de culture, ou donnez-en une à vous.</translation>
    </message>
    <message>
      <source>Choose the class table that says what the crop codes mean, on page 2.</source>
      <translation>Choisissez la table de classes qui dit ce que les codes désignent, à la page 2.</translation>
    </message>
    <message>
      <source>Choose the device cpu, or auto, which takes a graphics card only where PyTorch finds one.</source>
      <translation>Choisissez le périphérique cpu, ou auto, qui ne prend une carte graphique que si PyTorch en trouve une.</translation>
    </message>
    <message>
      <source>Choose the field of the parcels that holds the crop code, on page 2.</source>
      <translation>Choisissez le champ des parcelles qui contient le code de culture, à la page 2.</translation>
    </message>
    <message>
      <source>Choose the field of the parcels that holds the crop code.</source>
      <translation>Choisissez le champ des parcelles qui contient le code de culture.</translation>
    </message>
    <message>
      <source>Choose the field of the sample that holds the crop found there.</source>
      <translation>Choisissez le champ de l'échantillon qui contient la culture trouvée sur place.</translation>
    </message>
    <message>
      <source>Choose the folder for the data set and the model on page 3.</source>
      <translation>Choisissez le dossier du jeu de données et du modèle à la page 3.</translation>
    </message>
    <message>
      <source>Choose the folder of the data set on page 1.</source>
      <translation>Choisissez le dossier du jeu de données à la page 1.</translation>
    </message>
    <message>
      <source>Choose the folder that holds the images.</source>
      <translation>Choisissez le dossier qui contient les images.</translation>
    </message>
    <message>
      <source>Choose the layer of the parcels first.</source>
      <translation>Choisissez d'abord la couche des parcelles.</translation>
    </message>
    <message>
      <source>Choose what lies outside of all parcels, on page 2: fields that are not in the layer must not be taught as ground without any.</source>
      <translation>Choisissez ce qu'il y a hors de toutes les parcelles, à la page 2 : des champs absents de la couche ne doivent pas être appris comme un terrain sans champ.</translation>
    </message>
    <message>
      <source>Choose what lies outside of all parcels. 'background' is right only where the layer holds every field of the images' ground; where it is a sample, choose 'ignore', or the network learns that the other fields are none.</source>
      <translation>Choisissez ce qu'il y a hors de toutes les parcelles. « background » n'est juste que si la couche contient tous les champs du terrain des images ; si c'est un échantillon, choisissez « ignore », sinon le réseau apprend que les autres champs n'en sont pas.</translation>
    </message>
    <message>
      <source>Choose...</source>
      <translation>Choisir...</translation>
    </message>
    <message>
      <source>Class</source>
      <translation>Classe</translation>
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
      <source>Class probabilities</source>
      <translation>Probabilités des classes</translation>
    </message>
    <message>
      <source>Class table</source>
      <translation>Table de classes</translation>
    </message>
    <message>
      <source>Class table of the declared crops</source>
      <translation>Table de classes des cultures déclarées</translation>
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
      <translation>Cliquez les sommets sur la carte ; un clic droit termine le polygone, Échap l'abandonne.</translation>
    </message>
    <message>
      <source>Close the program that has it open (in QGIS, take its layer out of the project), or choose another folder, and run again.</source>
      <translation>Fermez le programme qui l'a ouvert (dans QGIS, retirez sa couche du projet), ou choisissez un autre dossier, et relancez.</translation>
    </message>
    <message>
      <source>Clouds and season</source>
      <translation>Nuages et saison</translation>
    </message>
    <message>
      <source>Clouds and shadows are grown by this, where the scene classification draws them too narrow.</source>
      <translation>Nuages et ombres sont agrandis d'autant, là où la classification de scène les dessine trop étroits.</translation>
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
      <source>Code of the crop</source>
      <translation>Code de la culture</translation>
    </message>
    <message>
      <source>Compares a crop map with parcels whose crops are known: accuracy, F1 and intersection over union by class, confusion matrix, accuracy at edges and inside, by parcel and by size of parcels, calibration, with 95 % intervals that draw blocks of ground again. The report is evaluation.html; metrics.json has all figures.

Parcels that the model was trained on make a map look better than it is. Where the model's card names the ground that it has seen, parcels on it are left out; give others where it does not. Declarations may be wrong, too: where map and declaration differ, either may be.

Areas of crops with intervals need a probability sample: points drawn at random within each class of this very map, with the crop found there.</source>
      <translation>Compare une carte des cultures à des parcelles dont la culture est connue : exactitude, F1 et intersection sur l'union par classe, matrice de confusion, exactitude aux bords et à l'intérieur, par parcelle et par taille de parcelle, calibration, avec des intervalles à 95 % qui retirent au sort des blocs de terrain. Le rapport est evaluation.html ; metrics.json a tous les chiffres.

Des parcelles sur lesquelles le modèle a été entraîné font paraître une carte meilleure qu'elle n'est. Si la fiche du modèle nomme le terrain qu'il a vu, les parcelles qui s'y trouvent sont écartées ; sinon, donnez-en d'autres. Les déclarations peuvent aussi être fausses : là où carte et déclaration diffèrent, l'une comme l'autre peut se tromper.

Des surfaces de cultures avec intervalles demandent un échantillon probabiliste : des points tirés au hasard dans chaque classe de cette carte même, avec la culture trouvée sur place.</translation>
    </message>
    <message>
      <source>Comparing</source>
      <translation>Comparaison</translation>
    </message>
    <message>
      <source>Comparing the reflectance of the dates</source>
      <translation>Comparaison des réflectances des dates</translation>
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
      <source>Configuration</source>
      <translation>Configuration</translation>
    </message>
    <message>
      <source>Configuration instead of all this</source>
      <translation>Configuration à la place de tout cela</translation>
    </message>
    <message>
      <source>Copies a zip of models, or an ONNX file with its card beside it, to your models.</source>
      <translation>Copie un zip de modèles, ou un fichier ONNX avec sa fiche à côté, parmi vos modèles.</translation>
    </message>
    <message>
      <source>Copy or download the file again.</source>
      <translation>Copiez ou téléchargez à nouveau le fichier.</translation>
    </message>
    <message>
      <source>Copy the report</source>
      <translation>Copier le rapport</translation>
    </message>
    <message>
      <source>Correct or remove it.</source>
      <translation>Corrigez-le ou supprimez-le.</translation>
    </message>
    <message>
      <source>Counting</source>
      <translation>Comptage</translation>
    </message>
    <message>
      <source>Counting the cells of the parcels</source>
      <translation>Comptage des cellules des parcelles</translation>
    </message>
    <message>
      <source>Crop</source>
      <translation>Culture</translation>
    </message>
    <message>
      <source>Crop codes of the parcels</source>
      <translation>Codes de culture des parcelles</translation>
    </message>
    <message>
      <source>Crop found</source>
      <translation>Culture trouvée</translation>
    </message>
    <message>
      <source>Crop map and parcels</source>
      <translation>Carte des cultures et parcelles</translation>
    </message>
    <message>
      <source>Crop map {}</source>
      <translation>Carte des cultures {}</translation>
    </message>
    <message>
      <source>Crop type, confidence and parcel boundaries from a Sentinel-2 time series.</source>
      <translation>Type de culture, confiance et limites de parcelles à partir d'une série temporelle Sentinel-2.</translation>
    </message>
    <message>
      <source>Crop types</source>
      <translation>Types de cultures</translation>
    </message>
    <message>
      <source>Crop types by field</source>
      <translation>Types de cultures par parcelle détectée</translation>
    </message>
    <message>
      <source>Crops with fewer pixels of 10 m to train on become the class 'other', since little could be learned of them. Small regions need a lower limit, or 0.</source>
      <translation>Les cultures qui ont moins de pixels de 10 m pour l'entraînement passent dans la classe « other », car on en apprendrait peu. Les petites régions demandent un seuil plus bas, ou 0.</translation>
    </message>
    <message>
      <source>Crops with less ground to train on become the class 'other', since little could be learned of them. Small regions need a lower limit, or 0.</source>
      <translation>Les cultures qui ont moins de terrain pour l'entraînement passent dans la classe « other », car on en apprendrait peu. Les petites régions demandent un seuil plus bas, ou 0.</translation>
    </message>
    <message>
      <source>Cut the map into fields</source>
      <translation>Découper la carte en parcelles détectées</translation>
    </message>
    <message>
      <source>Cuts a finished crop map into fields at its boundary layer, for ground where no parcels are declared. Each field takes the crop that most of its cells are mapped as. Needs no images; the model must still be where it was. The map itself stays as it is.

Two files are written into the map's folder: fields.gpkg, an outline for each field with its crop, the share of its cells that are mapped so, its area and the mean confidence; and crop_type_fields.tif, the crop map with one crop for each field.

Look at the boundaries first: where they have gaps, several fields are enclosed as one. Ground in which no crop has the majority keeps its classes and gets no outline; if that is much, a warning says so. Strips without parcels stay as they are mapped.</source>
      <translation>Découpe une carte des cultures terminée à sa couche des limites, pour les terrains où aucune parcelle n'est déclarée. Chaque parcelle détectée prend la culture de la plupart de ses cellules. Les images ne sont pas nécessaires ; le modèle doit être encore à sa place. La carte elle-même reste telle quelle.

Deux fichiers sont écrits dans le dossier de la carte : fields.gpkg, un contour pour chaque parcelle détectée avec sa culture, la part de ses cellules cartographiées ainsi, sa surface et la confiance moyenne ; et crop_type_fields.tif, la carte des cultures avec une culture par parcelle détectée.

Regardez d'abord les limites : là où elles ont des lacunes, plusieurs champs sont entourés comme un seul. Le terrain où aucune culture n'a la majorité garde ses classes et n'a pas de contour ; s'il y en a beaucoup, un avertissement le dit. Les bandes sans parcelle restent telles que cartographiées.</translation>
    </message>
    <message>
      <source>Cuts a time series of Sentinel-2 images and the declared parcels on its ground into samples with labels, as training takes them: crop class, parcel and covered share of every cell, on the images' grid and on finer ones, in splits for training, validation, calibration and test that share no parcel.

Give the images as a folder or as layers, the parcels with the field of their crop code, and the table that maps these codes onto the legend. Say also what lies outside of all parcels; only you can know whether the layer holds every field.

The results go into one folder: dataset.zarr, the report dataset.html, the summary dataset.json, and dataset.yaml, the configuration, with which the log's command builds the same again without QGIS. A run that was cancelled or broken off goes on where it stopped when it is started again with the same settings and folder.

It runs in a Python of yours that has the packages for training; nothing heavy is loaded into QGIS, and nothing is sent anywhere.</source>
      <translation>Découpe une série temporelle d'images Sentinel-2 et les parcelles déclarées sur leur terrain en échantillons étiquetés, tels que l'entraînement les prend : classe de culture, parcelle et part couverte de chaque cellule, sur la grille des images et sur de plus fines, répartis en entraînement, validation, calibration et test sans parcelle commune.

Donnez les images par un dossier ou des couches, les parcelles avec le champ de leur code de culture, et la table qui rapporte ces codes à la légende. Dites aussi ce qu'il y a hors de toutes les parcelles ; vous seul pouvez savoir si la couche contient tous les champs.

Les résultats vont dans un seul dossier : dataset.zarr, le rapport dataset.html, le résumé dataset.json, et dataset.yaml, la configuration, avec laquelle la commande du journal refait le même jeu sans QGIS. Une construction annulée ou interrompue reprend où elle s'est arrêtée quand elle est relancée avec les mêmes réglages et le même dossier.

Tout se fait dans un Python à vous qui a les paquets d'entraînement ; rien de lourd n'est chargé dans QGIS, et rien n'est envoyé nulle part.</translation>
    </message>
    <message>
      <source>Cutting fields</source>
      <translation>Découpage des parcelles</translation>
    </message>
    <message>
      <source>Cutting the map at its boundaries</source>
      <translation>Découpage de la carte à ses limites</translation>
    </message>
    <message>
      <source>Data set (Zarr)</source>
      <translation>Jeu de données (Zarr)</translation>
    </message>
    <message>
      <source>Date</source>
      <translation>Date</translation>
    </message>
    <message>
      <source>Dates used</source>
      <translation>Dates utilisées</translation>
    </message>
    <message>
      <source>Dates with a smaller clear share in the images are left out.</source>
      <translation>Les dates dont la part claire dans les images est plus petite sont laissées de côté.</translation>
    </message>
    <message>
      <source>Dates with a smaller clear share in the region are left out.</source>
      <translation>Les dates dont la part claire dans la région est plus petite sont laissées de côté.</translation>
    </message>
    <message>
      <source>Dates with a smaller share of clear pixels in the images are left out, and named in the report.</source>
      <translation>Les dates dont la part de pixels clairs dans les images est plus petite sont laissées de côté et citées dans le rapport.</translation>
    </message>
    <message>
      <source>Dates with a smaller share of clear pixels in the region are left out, and named in the log.</source>
      <translation>Les dates dont la part de pixels clairs dans la région est plus petite sont laissées de côté et citées dans le journal.</translation>
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
      <source>Declared parcels</source>
      <translation>Parcelles déclarées</translation>
    </message>
    <message>
      <source>Des&amp;cription</source>
      <translation>Des&amp;cription</translation>
    </message>
    <message>
      <source>Description</source>
      <translation>Description</translation>
    </message>
    <message>
      <source>Device</source>
      <translation>Périphérique</translation>
    </message>
    <message>
      <source>Different for each parcel, so that reports can name them. Empty: numbered.</source>
      <translation>Différent pour chaque parcelle, pour que les rapports puissent les nommer. Vide : numérotées.</translation>
    </message>
    <message>
      <source>Done.</source>
      <translation>Terminé.</translation>
    </message>
    <message>
      <source>Done: the model {} is installed.</source>
      <translation>Terminé : le modèle {} est installé.</translation>
    </message>
    <message>
      <source>Done: {:.0f} ha mapped.</source>
      <translation>Terminé : {:.0f} ha cartographiés.</translation>
    </message>
    <message>
      <source>Download the product again.</source>
      <translation>Téléchargez à nouveau le produit.</translation>
    </message>
    <message>
      <source>Draw on the map...</source>
      <translation>Dessiner sur la carte...</translation>
    </message>
    <message>
      <source>Draws the first weights and the samples; the same seed trains the same. Another one gives figures that differ by some points, which shows how far they can be trusted.</source>
      <translation>Tire les premiers poids et les échantillons ; la même graine entraîne de même. Une autre donne des chiffres qui diffèrent de quelques points, ce qui montre jusqu'où on peut s'y fier.</translation>
    </message>
    <message>
      <source>Edit...</source>
      <translation>Modifier...</translation>
    </message>
    <message>
      <source>Effort</source>
      <translation>Effort</translation>
    </message>
    <message>
      <source>Else parcels on ground that the map's model was trained or calibrated on, with declarations of that year, are left out. With them the figures are too good.</source>
      <translation>Sinon, les parcelles situées sur un terrain où le modèle de la carte a été entraîné ou calibré avec les déclarations de cette année-là sont écartées. Avec elles, les chiffres sont trop bons.</translation>
    </message>
    <message>
      <source>End maps that run and close other QGIS windows, then try again.</source>
      <translation>Arrêtez les cartes en cours et fermez les autres fenêtres de QGIS, puis réessayez.</translation>
    </message>
    <message>
      <source>Engine: {}</source>
      <translation>Moteur : {}</translation>
    </message>
    <message>
      <source>Entropy (bits)</source>
      <translation>Entropie (bits)</translation>
    </message>
    <message>
      <source>Evaluate a map</source>
      <translation>Évaluer une carte</translation>
    </message>
    <message>
      <source>Evaluate a map...</source>
      <translation>Évaluer une carte...</translation>
    </message>
    <message>
      <source>Evaluating</source>
      <translation>Évaluation</translation>
    </message>
    <message>
      <source>Evaluation</source>
      <translation>Évaluation</translation>
    </message>
    <message>
      <source>Every crop has less ground than {:g} ha, the limit among the samples on page 3: lower it.</source>
      <translation>Toutes les cultures ont moins de terrain que {:g} ha, le seuil des échantillons à la page 3 : baissez-le.</translation>
    </message>
    <message>
      <source>Exporting</source>
      <translation>Export</translation>
    </message>
    <message>
      <source>Feb</source>
      <translation>février</translation>
    </message>
    <message>
      <source>Fetch it again.</source>
      <translation>Téléchargez-le à nouveau.</translation>
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
      <source>Fewer threads leave cores to other programs, and take longer.</source>
      <translation>Moins de fils d'exécution laissent des cœurs aux autres programmes et prennent plus de temps.</translation>
    </message>
    <message>
      <source>Field number</source>
      <translation>Numéro de la parcelle détectée</translation>
    </message>
    <message>
      <source>Field of the crop code</source>
      <translation>Champ du code de culture</translation>
    </message>
    <message>
      <source>Field of the declared crop</source>
      <translation>Champ de la culture déclarée</translation>
    </message>
    <message>
      <source>Field of the parcel's id</source>
      <translation>Champ de l'identifiant de parcelle</translation>
    </message>
    <message>
      <source>Field of the sample's crop code</source>
      <translation>Champ du code de culture de l'échantillon</translation>
    </message>
    <message>
      <source>Field of the year</source>
      <translation>Champ de l'année</translation>
    </message>
    <message>
      <source>Field that names a parcel</source>
      <translation>Champ qui nomme une parcelle</translation>
    </message>
    <message>
      <source>Fields</source>
      <translation>Parcelles détectées</translation>
    </message>
    <message>
      <source>Fields of a crop map</source>
      <translation>Parcelles détectées d'une carte des cultures</translation>
    </message>
    <message>
      <source>Fields with what grows there</source>
      <translation>Parcelles détectées avec ce qui y pousse</translation>
    </message>
    <message>
      <source>Fields without an outline in fields.gpkg: {}. Their outlines are too long, as where boundaries have gaps and many fields are enclosed as one; their crops and areas are in the table.</source>
      <translation>Parcelles détectées sans contour dans fields.gpkg : {}. Leurs contours sont trop longs, comme là où les limites ont des lacunes et où beaucoup de parcelles sont entourées comme une seule ; leurs cultures et leurs surfaces sont dans la table.</translation>
    </message>
    <message>
      <source>File of models</source>
      <translation>Fichier de modèles</translation>
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
      <source>Folder for crop_type.tif, confidence.tif, boundary.tif, report.html, run.json and what else is asked for. Files of an earlier run in it are replaced when the new run is whole, not before. A run that was broken off goes on where it stopped when it is started again with the same settings.</source>
      <translation>Dossier pour crop_type.tif, confidence.tif, boundary.tif, report.html, run.json et ce qui est demandé d'autre. Les fichiers d'un calcul antérieur n'y sont remplacés que quand le nouveau est complet. Un calcul interrompu reprend où il s'est arrêté quand il est relancé avec les mêmes réglages.</translation>
    </message>
    <message>
      <source>Folder for dataset.zarr, dataset.html, dataset.json and dataset.yaml. A broken-off run of the same settings in it is gone on with; a data set of other settings in it is replaced.</source>
      <translation>Dossier pour dataset.zarr, dataset.html, dataset.json et dataset.yaml. Une construction interrompue avec les mêmes réglages y est reprise ; un jeu de données d'autres réglages y est remplacé.</translation>
    </message>
    <message>
      <source>Folder for the data set</source>
      <translation>Dossier du jeu de données</translation>
    </message>
    <message>
      <source>Folder for the data set and the model</source>
      <translation>Dossier du jeu de données et du modèle</translation>
    </message>
    <message>
      <source>Folder for the evaluation</source>
      <translation>Dossier de l'évaluation</translation>
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
      <source>Folder of the crop map</source>
      <translation>Dossier de la carte des cultures</translation>
    </message>
    <message>
      <source>Folder of the data set</source>
      <translation>Dossier du jeu de données</translation>
    </message>
    <message>
      <source>Folder of the model</source>
      <translation>Dossier du modèle</translation>
    </message>
    <message>
      <source>Folder of wheels (for a computer without network)</source>
      <translation>Dossier de wheels (pour un ordinateur sans réseau)</translation>
    </message>
    <message>
      <source>Folder that the configuration's paths are relative to</source>
      <translation>Dossier de référence des chemins de la configuration</translation>
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
      <translation>Dossier : {}</translation>
    </message>
    <message>
      <source>Folds of blocks (0 = none)</source>
      <translation>Plis de blocs (0 = aucun)</translation>
    </message>
    <message>
      <source>For another computer with</source>
      <translation>Pour un autre ordinateur avec</translation>
    </message>
    <message>
      <source>For ground where no parcels are at hand: an outline for each field that the boundary layer encloses, with the crop that most of its cells are mapped as, and the crop map with one crop for each field. Where boundaries have gaps little is enclosed; it is told.</source>
      <translation>Là où il n'y a pas de parcelles : un contour pour chaque parcelle que la couche des limites entoure, avec la culture de la plupart de ses cellules, et la carte des cultures avec une culture pour chacune. Là où les limites ont des lacunes, peu est entouré ; c'est dit.</translation>
    </message>
    <message>
      <source>For ground where no parcels are at hand: outlines of the fields that the boundary layer encloses, and the map with one crop for each.</source>
      <translation>Là où il n'y a pas de parcelles : les contours des parcelles que la couche des limites entoure, et la carte avec une culture pour chacune.</translation>
    </message>
    <message>
      <source>For layers that hold the declarations of several years: only those of the year given are taken.</source>
      <translation>Pour les couches qui contiennent les déclarations de plusieurs années : seules celles de l'année donnée sont prises.</translation>
    </message>
    <message>
      <source>For {} days from {} on there is no usable image.</source>
      <translation>Pendant {} jours à partir du {}, il n'y a pas d'image utilisable.</translation>
    </message>
    <message>
      <source>Forecast of a map</source>
      <translation>Prévision d'une carte</translation>
    </message>
    <message>
      <source>Forecast: about {}, {} GiB of memory, {} of disk, on {} ({})</source>
      <translation>Prévision : environ {}, {} Gio de mémoire, {} sur le disque, sur {} ({})</translation>
    </message>
    <message>
      <source>Forecast: {}</source>
      <translation>Prévision : {}</translation>
    </message>
    <message>
      <source>Found</source>
      <translation>Trouvé</translation>
    </message>
    <message>
      <source>Found: {}</source>
      <translation>Trouvé : {}</translation>
    </message>
    <message>
      <source>Free some space and try again.</source>
      <translation>Libérez de la place et réessayez.</translation>
    </message>
    <message>
      <source>Free some space for temporary files.</source>
      <translation>Libérez de la place pour les fichiers temporaires.</translation>
    </message>
    <message>
      <source>Free some space, choose another folder, or map a smaller region.</source>
      <translation>Libérez de la place, choisissez un autre dossier, ou cartographiez une région plus petite.</translation>
    </message>
    <message>
      <source>From a model's weights takes the fewest parcels and the least time. The samples then get its bands.</source>
      <translation>À partir des poids d'un modèle, il faut le moins de parcelles et de temps. Les échantillons prennent alors ses bandes.</translation>
    </message>
    <message>
      <source>Gets the report evaluation.html and all figures in metrics.json.</source>
      <translation>Reçoit le rapport evaluation.html et tous les chiffres dans metrics.json.</translation>
    </message>
    <message>
      <source>Give a later day or more dates, or lower the least clear share.</source>
      <translation>Donnez un jour plus tardif ou plus de dates, ou baissez la part claire minimale.</translation>
    </message>
    <message>
      <source>Give images of one coordinate system at a time (for Sentinel-2: of one UTM zone).</source>
      <translation>Donnez à la fois des images d'un seul système de coordonnées (pour Sentinel-2 : d'une seule zone UTM).</translation>
    </message>
    <message>
      <source>Give more dates, or lower the least clear share.</source>
      <translation>Donnez plus de dates, ou baissez la part claire minimale.</translation>
    </message>
    <message>
      <source>Give one name for each band of the file, in its order.</source>
      <translation>Donnez un nom par bande du fichier, dans son ordre.</translation>
    </message>
    <message>
      <source>Give the declared parcels, or choose the sampling 'unlabelled'.</source>
      <translation>Donnez les parcelles déclarées, ou choisissez l'échantillonnage « unlabelled ».</translation>
    </message>
    <message>
      <source>Give the images of the season: raster layers or a folder.</source>
      <translation>Donnez les images de la saison : des couches raster ou un dossier.</translation>
    </message>
    <message>
      <source>Give the name of a shipped one (rpg, hcat, eurocrops_hcat, ...), or a CSV file of your own.</source>
      <translation>Donnez le nom d'une table fournie (rpg, hcat, eurocrops_hcat, ...), ou un fichier CSV à vous.</translation>
    </message>
    <message>
      <source>Give the parcels of the mapped region.</source>
      <translation>Donnez les parcelles de la région cartographiée.</translation>
    </message>
    <message>
      <source>Give the parcels with known crops.</source>
      <translation>Donnez les parcelles dont la culture est connue.</translation>
    </message>
    <message>
      <source>Give the year whose declarations are to be taken from the field of the year.</source>
      <translation>Donnez l'année dont les déclarations sont à prendre d'après le champ de l'année.</translation>
    </message>
    <message>
      <source>Give this code to the IT desk, with the log.</source>
      <translation>Donnez ce code au service informatique, avec le journal.</translation>
    </message>
    <message>
      <source>Give {} images or a model trained on {}.</source>
      <translation>Donnez des images {} ou un modèle entraîné sur {}.</translation>
    </message>
    <message>
      <source>Goes on with what is done already.</source>
      <translation>Continue avec ce qui est déjà fait.</translation>
    </message>
    <message>
      <source>Goes onto the card: whose images and parcels it was trained on, and under which licences.</source>
      <translation>Va sur la fiche : de qui sont les images et les parcelles de l'entraînement, et sous quelles licences.</translation>
    </message>
    <message>
      <source>Goes onto the card: whose images and parcels, and under which licences.</source>
      <translation>Va sur la fiche : de qui sont les images et les parcelles, et sous quelles licences.</translation>
    </message>
    <message>
      <source>Goes onto the model's card: what it was made for.</source>
      <translation>Va sur la fiche du modèle : pourquoi il a été fait.</translation>
    </message>
    <message>
      <source>Graphics card: {}</source>
      <translation>Carte graphique : {}</translation>
    </message>
    <message>
      <source>Grid</source>
      <translation>Grille</translation>
    </message>
    <message>
      <source>Grid of the map, times finer (from scratch)</source>
      <translation>Grille de la carte (n fois plus fine, en partant de zéro)</translation>
    </message>
    <message>
      <source>Ground outside of all parcels (to be chosen)</source>
      <translation>Terrain hors de toutes les parcelles (à choisir)</translation>
    </message>
    <message>
      <source>Grow &amp;what is not clear</source>
      <translation>Agrandir ce &amp;qui n'est pas clair</translation>
    </message>
    <message>
      <source>Grow what is not clear (m)</source>
      <translation>Agrandir ce qui n'est pas clair (m)</translation>
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
      <source>Harvest &amp;year</source>
      <translation>&amp;Année de récolte</translation>
    </message>
    <message>
      <source>Have the IT desk allow programs in that folder (application control, or a disk mounted without 'exec').</source>
      <translation>Demandez au service informatique d'autoriser les programmes dans ce dossier (contrôle des applications, ou disque monté sans « exec »).</translation>
    </message>
    <message>
      <source>Have the IT desk check whether a virus scanner injects code into the process, and update the graphics driver if a GPU was used; then try with the device set to cpu.</source>
      <translation>Demandez au service informatique si un antivirus injecte du code dans le processus, et mettez à jour le pilote graphique si un GPU a servi ; essayez ensuite avec le périphérique cpu.</translation>
    </message>
    <message>
      <source>Have the IT desk check whether a virus scanner or application control blocks the engine's folder.</source>
      <translation>Demandez au service informatique si un antivirus ou un contrôle des applications bloque le dossier du moteur.</translation>
    </message>
    <message>
      <source>Have the IT desk exempt the engine's folder in the virus scanner or application control.</source>
      <translation>Demandez au service informatique d'exclure le dossier du moteur de l'antivirus ou du contrôle des applications.</translation>
    </message>
    <message>
      <source>Have the IT desk exempt the engine's folder in the virus scanner.</source>
      <translation>Demandez au service informatique d'exclure le dossier du moteur de l'antivirus.</translation>
    </message>
    <message>
      <source>Have the IT desk switch on long paths (Win32 long paths, in the group policy under File system), or build the environment in a short folder (set_up.py build --dir C:\cscl, see the user guide) and choose its Python in this window.</source>
      <translation>Faites activer les chemins longs par le service informatique (chemins Win32 longs, dans la stratégie de groupe sous Système de fichiers), ou construisez l'environnement dans un dossier au chemin court (set_up.py build --dir C:\cscl, voir le guide) et choisissez son Python dans cette fenêtre.</translation>
    </message>
    <message>
      <source>Holds each parcel's crop code, as the class table lists them.</source>
      <translation>Contient le code de culture de chaque parcelle, tel que la table de classes les liste.</translation>
    </message>
    <message>
      <source>How right a finished crop map is, against parcels with known crops.</source>
      <translation>À quel point une carte des cultures terminée est juste, d'après des parcelles dont la culture est connue.</translation>
    </message>
    <message>
      <source>If it is empty, parcels are told apart by their feature numbers.</source>
      <translation>Vide : les parcelles sont distinguées par leurs numéros d'entités.</translation>
    </message>
    <message>
      <source>If there are more dates, the clearest are kept.</source>
      <translation>S'il y a plus de dates, les plus claires sont gardées.</translation>
    </message>
    <message>
      <source>If there are more dates, the clearest are kept. All samples have as many dates as the longest series.</source>
      <translation>S'il y a plus de dates, les plus claires sont gardées. Tous les échantillons ont autant de dates que la série la plus longue.</translation>
    </message>
    <message>
      <source>Images</source>
      <translation>Images</translation>
    </message>
    <message>
      <source>Images (raster layers)</source>
      <translation>Images (couches raster)</translation>
    </message>
    <message>
      <source>In any coordinate system; parcels outside of the map are listed with no cells.</source>
      <translation>Dans n'importe quel système de coordonnées ; les parcelles hors de la carte sont listées sans cellules.</translation>
    </message>
    <message>
      <source>In pixels of 10 m; a multiple of 4.</source>
      <translation>En pixels de 10 m ; un multiple de 4.</translation>
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
      <source>Inner buffer of parcels (m)</source>
      <translation>Tampon intérieur des parcelles (m)</translation>
    </message>
    <message>
      <source>Install Python 3.12 from python.org (no administrator rights needed) and try again.</source>
      <translation>Installez Python 3.12 depuis python.org (sans droits d'administrateur) et réessayez.</translation>
    </message>
    <message>
      <source>Install Python 3.12 from python.org (no administrator rights needed), or set up from a folder of wheels.</source>
      <translation>Installez Python 3.12 de python.org (sans droits d'administrateur), ou installez à partir d'un dossier de wheels.</translation>
    </message>
    <message>
      <source>Install a model</source>
      <translation>Installer un modèle</translation>
    </message>
    <message>
      <source>Install a model first, with the ordinary environment.</source>
      <translation>Installez d'abord un modèle, avec l'environnement ordinaire.</translation>
    </message>
    <message>
      <source>Install the Microsoft Visual C++ Redistributable (x64), then set up the worker's Python again.</source>
      <translation>Installez le Microsoft Visual C++ Redistributable (x64), puis réinstallez le Python des calculs.</translation>
    </message>
    <message>
      <source>Install the Microsoft Visual C++ Redistributable (x64).</source>
      <translation>Installez le Microsoft Visual C++ Redistributable (x64).</translation>
    </message>
    <message>
      <source>Install the model afterwards</source>
      <translation>Installer ensuite le modèle</translation>
    </message>
    <message>
      <source>Install the model again.</source>
      <translation>Réinstallez le modèle.</translation>
    </message>
    <message>
      <source>Install the plugin again.</source>
      <translation>Réinstallez l'extension.</translation>
    </message>
    <message>
      <source>Installed as {}</source>
      <translation>Installé sous {}</translation>
    </message>
    <message>
      <source>Installed models</source>
      <translation>Modèles installés</translation>
    </message>
    <message>
      <source>Installing</source>
      <translation>Installation</translation>
    </message>
    <message>
      <source>Installing the packages ({}, {:.1f} GB on disk)</source>
      <translation>Installation des paquets ({}, {:.1f} Go sur le disque)</translation>
    </message>
    <message>
      <source>Installs models from cscl_models-&lt;version&gt;.zip or from an ONNX file with its card.</source>
      <translation>Installe des modèles depuis cscl_models-&lt;version&gt;.zip ou depuis un fichier ONNX avec sa fiche.</translation>
    </message>
    <message>
      <source>Installs the models of a file cscl_models-&lt;version&gt;.zip, or one ONNX file that has its model card (.json) beside it, into your user's data folder. Each model's checksum is compared with its card first. Where no model is named, 'Map crop types' takes that of the highest version: of equal versions your own before those that come with the plugin, and of these the newest file.</source>
      <translation>Installe les modèles d'un fichier cscl_models-&lt;version&gt;.zip, ou un fichier ONNX qui a sa fiche (.json) à côté, dans votre dossier de données d'utilisateur. L'empreinte de chaque modèle est d'abord comparée à sa fiche. Sans modèle indiqué, « Cartographier les cultures » prend celui de la version la plus haute : à version égale les vôtres avant ceux qui viennent avec l'extension, et parmi eux le fichier le plus récent.</translation>
    </message>
    <message>
      <source>Intervals draw square blocks of this side again, since neighbouring fields are alike.</source>
      <translation>Les intervalles retirent au sort des blocs carrés de ce côté, car des champs voisins se ressemblent.</translation>
    </message>
    <message>
      <source>Is different for each parcel, so that reports can name them. Without it they are numbered.</source>
      <translation>Est différent pour chaque parcelle, pour que les rapports puissent les nommer. Sans lui, elles sont numérotées.</translation>
    </message>
    <message>
      <source>It is built anew: {}</source>
      <translation>Il est reconstruit : {}</translation>
    </message>
    <message>
      <source>Its card</source>
      <translation>Sa fiche</translation>
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
      <source>Kept with the data set, and told on the model's card.</source>
      <translation>Gardée avec le jeu de données, et dite sur la fiche du modèle.</translation>
    </message>
    <message>
      <source>Kept with the data set. Where a field of the year is given too, only the declarations of this year are taken.</source>
      <translation>Gardée avec le jeu de données. Si un champ de l'année est donné aussi, seules les déclarations de cette année sont prises.</translation>
    </message>
    <message>
      <source>L2A: surface reflectance, the default. L1C: reflectance at the top of the atmosphere. Images of the other level are left out.</source>
      <translation>L2A : réflectance de surface, par défaut. L1C : réflectance au sommet de l'atmosphère. Les images de l'autre niveau sont laissées de côté.</translation>
    </message>
    <message>
      <source>Label grids, times finer than the images</source>
      <translation>Grilles d'étiquettes (n fois plus fines que les images)</translation>
    </message>
    <message>
      <source>Labels are made on the images' own 10 m grid (1, always among them) and on grids 2 and 4 times finer; training takes one of them.</source>
      <translation>Les étiquettes sont faites sur la grille de 10 m des images (1, toujours présente) et sur des grilles 2 et 4 fois plus fines ; l'entraînement en prend une.</translation>
    </message>
    <message>
      <source>Learning rate (0 = what suits the start)</source>
      <translation>Taux d'apprentissage (0 = selon le départ)</translation>
    </message>
    <message>
      <source>Least &amp;clear share</source>
      <translation>Part &amp;claire minimale</translation>
    </message>
    <message>
      <source>Least &amp;other ground of a crop</source>
      <translation>&amp;Autre terrain minimal d'une culture</translation>
    </message>
    <message>
      <source>Least &amp;training ground of a crop</source>
      <translation>Terrain d'en&amp;traînement minimal d'une culture</translation>
    </message>
    <message>
      <source>Least other pixels of a class (0 = no limit)</source>
      <translation>Minimum d'autres pixels d'une classe (0 = sans seuil)</translation>
    </message>
    <message>
      <source>Least share of clear pixels (0-1)</source>
      <translation>Part minimale de pixels clairs (0-1)</translation>
    </message>
    <message>
      <source>Least training pixels of a class (0 = no limit)</source>
      <translation>Minimum de pixels d'entraînement d'une classe (0 = sans seuil)</translation>
    </message>
    <message>
      <source>Leave one core to QGIS</source>
      <translation>Laisser un cœur à QGIS</translation>
    </message>
    <message>
      <source>Leaves out later images, for a map in season.</source>
      <translation>Écarte les images postérieures, pour une carte en cours de saison.</translation>
    </message>
    <message>
      <source>Letters, digits, _ and -. The model's file and its folder are called so.</source>
      <translation>Lettres, chiffres, _ et -. Le fichier du modèle et son dossier portent ce nom.</translation>
    </message>
    <message>
      <source>Licence</source>
      <translation>Licence</translation>
    </message>
    <message>
      <source>Loading the packages</source>
      <translation>Chargement des paquets</translation>
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
      <source>Looking at the acquisitions</source>
      <translation>Examen des acquisitions</translation>
    </message>
    <message>
      <source>Looking at the acquisitions...</source>
      <translation>Examen des acquisitions...</translation>
    </message>
    <message>
      <source>Looking at the computer</source>
      <translation>Examen de l'ordinateur</translation>
    </message>
    <message>
      <source>Looking for a graphics card</source>
      <translation>Recherche d'une carte graphique</translation>
    </message>
    <message>
      <source>Looking for another Python.</source>
      <translation>Recherche d'un autre Python.</translation>
    </message>
    <message>
      <source>Looking for the Python that trains</source>
      <translation>Recherche du Python qui entraîne</translation>
    </message>
    <message>
      <source>Looking whether the images are those of the map</source>
      <translation>Contrôle que les images sont bien celles de la carte</translation>
    </message>
    <message>
      <source>Lower the memory limit, close other programs, or take a smaller region.</source>
      <translation>Baissez la limite de mémoire, fermez d'autres programmes, ou prenez une région plus petite.</translation>
    </message>
    <message>
      <source>Lower the memory limit, or close other programs.</source>
      <translation>Baissez la limite de mémoire, ou fermez d'autres programmes.</translation>
    </message>
    <message>
      <source>Lower the memory limit, or take a smaller region.</source>
      <translation>Baissez la limite de mémoire, ou prenez une région plus petite.</translation>
    </message>
    <message>
      <source>Lower the memory limit, so that smaller tiles are cut, or give fewer dates.</source>
      <translation>Baissez la limite de mémoire, pour que les tuiles soient plus petites, ou donnez moins de dates.</translation>
    </message>
    <message>
      <source>Macro F1 (0-1)</source>
      <translation>F1 macro (0-1)</translation>
    </message>
    <message>
      <source>Makes the map of a run.json again, beside it, from the same images and settings.</source>
      <translation>Refait la carte d'un run.json, à côté, des mêmes images et réglages.</translation>
    </message>
    <message>
      <source>Makes the table of parcels of a crop map, for parcels that were not given then, or for another layer of them. The numbers are those that the map itself would have given.

A map with all class probabilities on the fine grid (the setting 'Class probabilities' of 'Map crop types') is enough. Otherwise the places where parcels lie are mapped again, which takes its time: the images and the model must still be where they were, and unchanged. The map itself stays as it is.

The table has the parcels' outlines and fields, and for each the crop with the largest mean probability inside an inner buffer, the second best, their probabilities, how mixed the parcel is, how many cells and clear dates stand behind it, and the share of strong boundary inside.

With a field of declared crops and a class table it also says what was declared and whether the map shows it: declared crop found, another crop found, no crop found, declared crop unknown to the model. These are no verdicts: the map errs, too.</source>
      <translation>Fait la table des parcelles d'une carte des cultures, pour des parcelles qui n'ont pas été données alors, ou pour une autre couche. Les chiffres sont ceux que la carte elle-même aurait donnés.

Une carte avec toutes les probabilités des classes sur la grille fine (le réglage « Probabilités des classes » de « Cartographier les cultures ») suffit. Sinon, les endroits où sont les parcelles sont cartographiés à nouveau, ce qui prend son temps : les images et le modèle doivent être encore à leur place et inchangés. La carte elle-même reste telle quelle.

La table a les contours et les champs des parcelles, et pour chacune la culture dont la probabilité moyenne est la plus grande à l'intérieur d'un tampon intérieur, la deuxième, leurs probabilités, à quel point la parcelle est mélangée, combien de cellules et de dates claires sont derrière, et la part de limite marquée à l'intérieur.

Avec un champ des cultures déclarées et une table de classes, elle dit aussi ce qui a été déclaré et si la carte le montre : culture déclarée trouvée, autre culture trouvée, aucune culture trouvée, culture déclarée inconnue du modèle. Ce ne sont pas des verdicts : la carte se trompe aussi.</translation>
    </message>
    <message>
      <source>Making an environment of {} in {}</source>
      <translation>Création d'un environnement à partir de {} dans {}</translation>
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
      <source>Map again.</source>
      <translation>Refaites la carte.</translation>
    </message>
    <message>
      <source>Map crop types</source>
      <translation>Cartographier les cultures</translation>
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
      <source>Mapping {} dates needs about {} GiB of memory, the limit is {} GiB.</source>
      <translation>Cartographier {} dates demande environ {} Gio de mémoire, la limite est de {} Gio.</translation>
    </message>
    <message>
      <source>Maps are made by a Python of their own, in your user's folder: QGIS's Python stays as it is, and no administrator rights are needed. Every package but PyTorch is checked against its hash, except on Macs with Intel's processors and on Linux on ARM.</source>
      <translation>Les cartes sont faites par un Python à part, dans votre dossier d'utilisateur : celui de QGIS reste tel quel, et aucun droit d'administrateur n'est nécessaire. Chaque paquet sauf PyTorch est comparé à son empreinte, sauf sur les Mac à processeur Intel et sous Linux sur ARM.</translation>
    </message>
    <message>
      <source>Maps crop types from a time series of Sentinel-2 images with a deep network, on a grid up to four times finer than the images (a finer label grid, not resolved detail).

Give a folder that holds the images of one season (SAFE products or GeoTIFFs, searched recursively), or raster layers, and a model whose card fits them. Dates are read from names and metadata; clouds are masked by the scene classification (SCL) where there is one.

The results go into one folder: crop_type.tif, confidence.tif and boundary.tif with their styles, report.html, and run.json, which says what was used, what was left out and why; with parcels also a table of what grows in each. The same request gives the same files from here, from qgis_process and from the command line.

Everything runs on this computer; nothing is sent anywhere.</source>
      <translation>Cartographie les types de cultures d'une série temporelle d'images Sentinel-2 par un réseau profond, sur une grille jusqu'à quatre fois plus fine que les images (une grille d'étiquettes plus fine, pas un détail résolu).

Donnez un dossier qui contient les images d'une saison (produits SAFE ou GeoTIFF, cherchés aussi dans les sous-dossiers), ou des couches raster, et un modèle dont la fiche leur convient. Les dates sont lues dans les noms et les métadonnées ; les nuages sont masqués par la classification de scène (SCL) s'il y en a une.

Les résultats vont dans un seul dossier : crop_type.tif, confidence.tif et boundary.tif avec leurs styles, report.html, et run.json, qui dit ce qui a été utilisé, ce qui a été laissé de côté et pourquoi ; avec des parcelles, aussi une table de ce qui pousse dans chacune. La même demande donne les mêmes fichiers d'ici, de qgis_process et de la ligne de commande.

Tout se fait sur cet ordinateur ; rien n'est envoyé nulle part.</translation>
    </message>
    <message>
      <source>Maps now run on {}: {}</source>
      <translation>Les cartes sont désormais faites sur {} : {}</translation>
    </message>
    <message>
      <source>Maps on the graphics card, once it has run a model and agrees with the processor.</source>
      <translation>Cartographie sur la carte graphique, dès qu'elle a exécuté un modèle et concorde avec le processeur.</translation>
    </message>
    <message>
      <source>Maps run on the processor as before.</source>
      <translation>Les cartes sont faites par le processeur, comme avant.</translation>
    </message>
    <message>
      <source>Maps the codes onto the classes that the model learns.</source>
      <translation>Rapporte les codes aux classes que le modèle apprend.</translation>
    </message>
    <message>
      <source>Maps the crop types of a season of images, then makes the table of parcels: two algorithms in one run, and an example of how to chain them. Open it in the model designer, save it under another name, and change it there: other settings, steps before and after.</source>
      <translation>Cartographie les cultures d'une saison d'images, puis fait la table des parcelles : deux algorithmes en une exécution, et un exemple de leur enchaînement. Ouvrez-le dans le modeleur, enregistrez-le sous un autre nom et modifiez-le : autres paramètres, étapes avant et après.</translation>
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
      <source>Mean confidence (%)</source>
      <translation>Confiance moyenne (%)</translation>
    </message>
    <message>
      <source>Mean intersection over union (0-1)</source>
      <translation>Moyenne de l'intersection sur l'union (0-1)</translation>
    </message>
    <message>
      <source>Meaning</source>
      <translation>Signification</translation>
    </message>
    <message>
      <source>Memor&amp;y limit</source>
      <translation>&amp;Limite de mémoire</translation>
    </message>
    <message>
      <source>Memory limit (GiB)</source>
      <translation>Limite de mémoire (Gio)</translation>
    </message>
    <message>
      <source>Model (an installed one if empty)</source>
      <translation>Modèle (vide : un modèle installé)</translation>
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
      <source>More steps help where there are many parcels.</source>
      <translation>Plus de pas aident s'il y a beaucoup de parcelles.</translation>
    </message>
    <message>
      <source>Most dates</source>
      <translation>Nombre maximal de dates</translation>
    </message>
    <message>
      <source>Name of the class</source>
      <translation>Nom de la classe</translation>
    </message>
    <message>
      <source>Name of the model</source>
      <translation>Nom du modèle</translation>
    </message>
    <message>
      <source>Name the field with the declared crops.</source>
      <translation>Nommez le champ des cultures déclarées.</translation>
    </message>
    <message>
      <source>Name them with the option --bands (in QGIS: 'Band names'), in file order, e.g. B02,B03,B04,B08.</source>
      <translation>Nommez-les par l'option --bands (dans QGIS : « Noms des bandes »), dans l'ordre du fichier, par exemple B02,B03,B04,B08.</translation>
    </message>
    <message>
      <source>Names a parcel in the table, each once. Empty: the layer's own feature numbers.</source>
      <translation>Nomme une parcelle dans le tableau, chacune une fois. Vide : les numéros d'entités de la couche.</translation>
    </message>
    <message>
      <source>Network</source>
      <translation>Réseau</translation>
    </message>
    <message>
      <source>No Python with the packages for training was found ({}).</source>
      <translation>Aucun Python avec les paquets d'entraînement n'a été trouvé ({}).</translation>
    </message>
    <message>
      <source>No Python with the packages for training was found.</source>
      <translation>Aucun Python avec les paquets d'entraînement n'a été trouvé.</translation>
    </message>
    <message>
      <source>No Python {} to {} was found to build the engine's environment from</source>
      <translation>Aucun Python {} à {} n'a été trouvé pour construire l'environnement du moteur</translation>
    </message>
    <message>
      <source>No Sentinel-2 images found in {}: expected .SAFE products, zips of them, or rasters ({}) with a date such as 20180418 in their names.</source>
      <translation>Aucune image Sentinel-2 dans {} : des produits .SAFE, leurs zips, ou des rasters ({}) avec une date comme 20180418 dans leur nom sont attendus.</translation>
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
      <translation>Aucun code n'a encore de classe : cochez-en d'abord une.</translation>
    </message>
    <message>
      <source>No crop found</source>
      <translation>Aucune culture trouvée</translation>
    </message>
    <message>
      <source>No crop map with parcels is in the project: give parcels when you map.</source>
      <translation>Aucune carte des cultures avec parcelles n'est dans le projet : donnez des parcelles en cartographiant.</translation>
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
      <translation>Aucune entité de la couche « {} » n'est sélectionnée.</translation>
    </message>
    <message>
      <source>No field: the layer holds every field of the images' ground</source>
      <translation>Pas de champ : la couche contient tous les champs du terrain des images</translation>
    </message>
    <message>
      <source>No graphics card was found that maps could run on (on Linux NVIDIA's, on Windows any of DirectX 12).</source>
      <translation>Aucune carte graphique utilisable pour les cartes n'a été trouvée (sous Linux : NVIDIA ; sous Windows : toute carte DirectX 12).</translation>
    </message>
    <message>
      <source>No images are given: choose a folder, or tick raster layers.</source>
      <translation>Aucune image n'est donnée : choisissez un dossier ou cochez des couches raster.</translation>
    </message>
    <message>
      <source>No layer is chosen for the region.</source>
      <translation>Aucune couche n'est choisie pour la région.</translation>
    </message>
    <message>
      <source>No model is installed.</source>
      <translation>Aucun modèle n'est installé.</translation>
    </message>
    <message>
      <source>No model is installed: add one on page 3.</source>
      <translation>Aucun modèle n'est installé : ajoutez-en un à la page 3.</translation>
    </message>
    <message>
      <source>No model is installed: add one.</source>
      <translation>Aucun modèle n'est installé : ajoutez-en un.</translation>
    </message>
    <message>
      <source>No parcel has a code in this field.</source>
      <translation>Aucune parcelle n'a de code dans ce champ.</translation>
    </message>
    <message>
      <source>No parcels are given.</source>
      <translation>Aucune parcelle n'est donnée.</translation>
    </message>
    <message>
      <source>No parcels are given: choose their layer on page 2.</source>
      <translation>Aucune parcelle n'est donnée : choisissez leur couche à la page 2.</translation>
    </message>
    <message>
      <source>No pixel could be mapped: none of the used dates has a clear pixel in the region.</source>
      <translation>Aucun pixel n'a pu être cartographié : aucune des dates utilisées n'a de pixel clair dans la région.</translation>
    </message>
    <message>
      <source>No region has been drawn yet: click 'Draw on the map...'.</source>
      <translation>Aucune région n'est encore dessinée : cliquez « Dessiner sur la carte... ».</translation>
    </message>
    <message>
      <source>None</source>
      <translation>Aucune</translation>
    </message>
    <message>
      <source>None of the codes in the field '{}' has a class in the table {}: see page 2.</source>
      <translation>Aucun des codes du champ « {} » n'a de classe dans la table {} : voir la page 2.</translation>
    </message>
    <message>
      <source>Not known: the layer holds only some of the fields</source>
      <translation>Inconnu : la couche ne contient qu'une partie des champs</translation>
    </message>
    <message>
      <source>Nov</source>
      <translation>novembre</translation>
    </message>
    <message>
      <source>Number of classes with training pixels</source>
      <translation>Nombre de classes avec des pixels d'entraînement</translation>
    </message>
    <message>
      <source>Number of fields</source>
      <translation>Nombre de parcelles détectées</translation>
    </message>
    <message>
      <source>Number of models installed</source>
      <translation>Nombre de modèles installés</translation>
    </message>
    <message>
      <source>Number of parcels</source>
      <translation>Nombre de parcelles</translation>
    </message>
    <message>
      <source>Number of parcels compared</source>
      <translation>Nombre de parcelles comparées</translation>
    </message>
    <message>
      <source>Number of samples</source>
      <translation>Nombre d'échantillons</translation>
    </message>
    <message>
      <source>Number of test parcels</source>
      <translation>Nombre de parcelles de test</translation>
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
      <source>Only for rasters that do not name their bands: Sentinel-2 names in file order, with commas, for example B02,B03,B04,B08.</source>
      <translation>Seulement pour les rasters qui ne nomment pas leurs bandes : noms Sentinel-2 dans l'ordre du fichier, séparés par des virgules, par exemple B02,B03,B04,B08.</translation>
    </message>
    <message>
      <source>Only from scratch: a model that is started from keeps its own.</source>
      <translation>Seulement en partant de zéro : un modèle de départ garde la sienne.</translation>
    </message>
    <message>
      <source>Only images until</source>
      <translation>Seulement les images jusqu'au</translation>
    </message>
    <message>
      <source>Only what lies in these polygons is mapped; they may be in any coordinate system. Without a region the images' whole common area is mapped.</source>
      <translation>Seul ce qui se trouve dans ces polygones est cartographié ; leur système de coordonnées est libre. Sans région, toute l'étendue commune des images est cartographiée.</translation>
    </message>
    <message>
      <source>Only with a configuration: the folder of the images and parcels that it names. If empty, the configuration's own folder.</source>
      <translation>Seulement avec une configuration : le dossier des images et des parcelles qu'elle nomme. Vide : le dossier de la configuration.</translation>
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
      <source>Opens 'Map a region' with this model.</source>
      <translation>Ouvre « Cartographier une région » avec ce modèle.</translation>
    </message>
    <message>
      <source>Other fields</source>
      <translation>Autres champs</translation>
    </message>
    <message>
      <source>Outlines of declared fields, as the layer shows them: a filter on it counts.</source>
      <translation>Contours des champs déclarés, tels que la couche les montre : un filtre y compte.</translation>
    </message>
    <message>
      <source>Outlines of fields where no parcels are at hand, and the crop map with one crop for each.</source>
      <translation>Les contours des parcelles là où il n'y en a pas, et la carte des cultures avec une culture pour chacune.</translation>
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
      <source>Parcels (polygons)</source>
      <translation>Parcelles (polygones)</translation>
    </message>
    <message>
      <source>Parcels with a mapped cell</source>
      <translation>Parcelles avec une cellule cartographiée</translation>
    </message>
    <message>
      <source>Parcels with what grows there</source>
      <translation>Parcelles avec ce qui y pousse</translation>
    </message>
    <message>
      <source>Paths in {} would have up to {} characters, and this Windows takes {}.</source>
      <translation>Les chemins dans {} auraient jusqu'à {} caractères, et ce Windows en accepte {}.</translation>
    </message>
    <message>
      <source>Picture of the result</source>
      <translation>Image du résultat</translation>
    </message>
    <message>
      <source>Points drawn at random within each class of this very map, for areas with intervals.</source>
      <translation>Des points tirés au hasard dans chaque classe de cette carte même, pour des surfaces avec intervalles.</translation>
    </message>
    <message>
      <source>Polygons of a layer</source>
      <translation>Polygones d'une couche</translation>
    </message>
    <message>
      <source>Polygons of declared fields, in any coordinate system. The layer's own file is read where it stands for all of the layer; a selection, a filter or a layer without a file is exported into the folder first.</source>
      <translation>Polygones de champs déclarés, dans n'importe quel système de coordonnées. Le fichier de la couche est lu tel quel s'il représente toute la couche ; une sélection, un filtre ou une couche sans fichier est d'abord exporté dans le dossier.</translation>
    </message>
    <message>
      <source>Pre-training without crops</source>
      <translation>Pré-entraînement sans cultures</translation>
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
      <source>Probability sample (points)</source>
      <translation>Échantillon probabiliste (points)</translation>
    </message>
    <message>
      <source>Processing level</source>
      <translation>Niveau de traitement</translation>
    </message>
    <message>
      <source>Processor threads (0 = all)</source>
      <translation>Fils d'exécution du processeur (0 = tous)</translation>
    </message>
    <message>
      <source>Progress and report</source>
      <translation>Progression et rapport</translation>
    </message>
    <message>
      <source>Put both files into one folder.</source>
      <translation>Mettez les deux fichiers dans un même dossier.</translation>
    </message>
    <message>
      <source>Put the date into the name, or into a table acquisitions.csv with the columns file and date.</source>
      <translation>Mettez la date dans le nom, ou dans une table acquisitions.csv avec les colonnes file et date.</translation>
    </message>
    <message>
      <source>Put the model back where it was, or map again.</source>
      <translation>Remettez le modèle à sa place, ou refaites la carte.</translation>
    </message>
    <message>
      <source>PyTorch cannot be installed</source>
      <translation>PyTorch ne peut pas être installé</translation>
    </message>
    <message>
      <source>PyTorch's own index cannot be used</source>
      <translation>L'index de PyTorch n'est pas utilisable</translation>
    </message>
    <message>
      <source>Python to build it from</source>
      <translation>Python à partir duquel construire</translation>
    </message>
    <message>
      <source>RPG (France), crop codes</source>
      <translation>RPG (France), codes de culture</translation>
    </message>
    <message>
      <source>Raise the memory limit or give fewer dates.</source>
      <translation>Relevez la limite de mémoire ou donnez moins de dates.</translation>
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
      <source>Reading the crop codes</source>
      <translation>Lecture des codes de culture</translation>
    </message>
    <message>
      <source>Ready: {}</source>
      <translation>Prêt : {}</translation>
    </message>
    <message>
      <source>Record of the run</source>
      <translation>Enregistrement du calcul</translation>
    </message>
    <message>
      <source>Region (polygons)</source>
      <translation>Région (polygones)</translation>
    </message>
    <message>
      <source>Remove</source>
      <translation>Supprimer</translation>
    </message>
    <message>
      <source>Remove the environment in {}?</source>
      <translation>Supprimer l'environnement dans {} ?</translation>
    </message>
    <message>
      <source>Remove {} from your models?</source>
      <translation>Supprimer {} de vos modèles ?</translation>
    </message>
    <message>
      <source>Removing what an earlier, broken-off setup left in {}</source>
      <translation>Suppression de ce qu'une installation interrompue a laissé dans {}</translation>
    </message>
    <message>
      <source>Removing: {}</source>
      <translation>Suppression : {}</translation>
    </message>
    <message>
      <source>Repeat a run...</source>
      <translation>Répéter un calcul...</translation>
    </message>
    <message>
      <source>Report</source>
      <translation>Rapport</translation>
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
      <source>Run 'Install a model' with the file cscl_models-&lt;version&gt;.zip, or choose an ONNX file under 'Model'.</source>
      <translation>Lancez « Installer un modèle » avec le fichier cscl_models-&lt;version&gt;.zip, ou choisissez un fichier ONNX sous « Modèle ».</translation>
    </message>
    <message>
      <source>Run 'Set up the mapping engine' once, in the Processing toolbox under CSCL Crop Mapping, with the packages for training.</source>
      <translation>Lancez une fois « Installer le moteur de cartographie », dans la boîte à outils de traitements, sous CSCL Crop Mapping, avec les paquets d'entraînement.</translation>
    </message>
    <message>
      <source>Run 'Set up the mapping engine' once, in the Processing toolbox under CSCL Crop Mapping.</source>
      <translation>Lancez une fois « Installer le moteur de cartographie », dans la boîte à outils de traitements, sous CSCL Crop Mapping.</translation>
    </message>
    <message>
      <source>Run 'Set up the mapping engine' with the packages for training, in the Processing toolbox under CSCL Crop Mapping, or in a terminal '{}'. Another Python is named by the environment variable {} (in QGIS: Settings, Options, System, Environment).</source>
      <translation>Lancez « Installer le moteur de cartographie » avec les paquets d'entraînement, dans la boîte à outils de traitements, sous CSCL Crop Mapping, ou dans un terminal « {} ». La variable d'environnement {} nomme un autre Python (dans QGIS : Préférences, Options, Système, Environnement).</translation>
    </message>
    <message>
      <source>Run again.</source>
      <translation>Relancez.</translation>
    </message>
    <message>
      <source>Run it again.</source>
      <translation>Relancez.</translation>
    </message>
    <message>
      <source>Run it again; if it happens again, report it with the log.</source>
      <translation>Relancez ; si cela se reproduit, signalez-le avec le journal.</translation>
    </message>
    <message>
      <source>Run it again; then report it.</source>
      <translation>Relancez ; puis signalez-le.</translation>
    </message>
    <message>
      <source>Running on {}: {}.</source>
      <translation>Calcul sur {} : {}.</translation>
    </message>
    <message>
      <source>Running {} on the card and on the processor</source>
      <translation>Exécution de {} sur la carte graphique et sur le processeur</translation>
    </message>
    <message>
      <source>S&amp;eed</source>
      <translation>&amp;Graine</translation>
    </message>
    <message>
      <source>Samples</source>
      <translation>Échantillons</translation>
    </message>
    <message>
      <source>Samples are squares of this side; a multiple of 4. 64 is a good choice for a grid of samples, 24 to 48 for samples around parcels.</source>
      <translation>Les échantillons sont des carrés de ce côté ; un multiple de 4. 64 convient à une grille d'échantillons, 24 à 48 à des échantillons autour des parcelles.</translation>
    </message>
    <message>
      <source>Samples with labels for training, from a Sentinel-2 time series and declared parcels.</source>
      <translation>Des échantillons étiquetés pour l'entraînement, tirés d'une série temporelle Sentinel-2 et de parcelles déclarées.</translation>
    </message>
    <message>
      <source>Sampling</source>
      <translation>Échantillonnage</translation>
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
      <source>Score also parcels that the model has seen</source>
      <translation>Évaluer aussi les parcelles que le modèle a vues</translation>
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
      <source>Seed</source>
      <translation>Graine</translation>
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
      <source>Set up the mapping engine again.</source>
      <translation>Réinstallez le moteur de cartographie.</translation>
    </message>
    <message>
      <source>Set up the mapping engine...</source>
      <translation>Installer le moteur de cartographie...</translation>
    </message>
    <message>
      <source>Set up the ordinary environment; on macOS it uses the graphics card by itself.</source>
      <translation>Installez l'environnement ordinaire ; sous macOS, il utilise de lui-même la carte graphique.</translation>
    </message>
    <message>
      <source>Setting up the ordinary environment instead</source>
      <translation>Installation de l'environnement ordinaire à la place</translation>
    </message>
    <message>
      <source>Setting up: {}</source>
      <translation>Installation : {}</translation>
    </message>
    <message>
      <source>Setup</source>
      <translation>Installation</translation>
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
      <source>Share of its cells (%)</source>
      <translation>Part de ses cellules (%)</translation>
    </message>
    <message>
      <source>Share of the region that is imaged and clear on this day.</source>
      <translation>Part de la région qui est vue et claire ce jour-là.</translation>
    </message>
    <message>
      <source>Shown beside what grows there; the map is made without it.</source>
      <translation>Affichée à côté de ce qui y pousse ; la carte est faite sans elle.</translation>
    </message>
    <message>
      <source>Side of a sample (10 m pixels)</source>
      <translation>Côté d'un échantillon (pixels de 10 m)</translation>
    </message>
    <message>
      <source>Side of the blocks (m)</source>
      <translation>Côté des blocs (m)</translation>
    </message>
    <message>
      <source>Side of the split &amp;blocks</source>
      <translation>Côté des &amp;blocs de partage</translation>
    </message>
    <message>
      <source>Side of the split blocks (m)</source>
      <translation>Côté des blocs de partage (m)</translation>
    </message>
    <message>
      <source>Some images come without a cloud mask (SCL, MSK_CLASSI): their clouds are not masked.</source>
      <translation>Certaines images n'ont pas de masque de nuages (SCL, MSK_CLASSI) : leurs nuages ne sont pas masqués.</translation>
    </message>
    <message>
      <source>Some images do not say their processing level; they are taken for {}.</source>
      <translation>Certaines images ne disent pas leur niveau de traitement ; elles sont prises pour {}.</translation>
    </message>
    <message>
      <source>Some images have no cloud mask: their clouds are not masked.</source>
      <translation>Certaines images n'ont pas de masque de nuages : leurs nuages ne sont pas masqués.</translation>
    </message>
    <message>
      <source>Something is being set up or checked. Close the window and end it?</source>
      <translation>Une installation ou une vérification est en cours. Fermer la fenêtre et l'arrêter ?</translation>
    </message>
    <message>
      <source>Something went wrong that should not: {}</source>
      <translation>Une erreur inattendue s'est produite : {}</translation>
    </message>
    <message>
      <source>Start from</source>
      <translation>Partir de</translation>
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
      <source>State:</source>
      <translation>État :</translation>
    </message>
    <message>
      <source>Steps (0 = as the effort says)</source>
      <translation>Pas (0 = selon l'effort)</translation>
    </message>
    <message>
      <source>Steps of &amp;pre-training</source>
      <translation>Pas de pré-en&amp;traînement</translation>
    </message>
    <message>
      <source>Steps of pre-training (-1 = as the effort says)</source>
      <translation>Pas de pré-entraînement (-1 = selon l'effort)</translation>
    </message>
    <message>
      <source>System of the other computer</source>
      <translation>Système de l'autre ordinateur</translation>
    </message>
    <message>
      <source>Table of parcels</source>
      <translation>Table des parcelles</translation>
    </message>
    <message>
      <source>Tables</source>
      <translation>Tables</translation>
    </message>
    <message>
      <source>Take Python {} to {}.</source>
      <translation>Prenez Python {} à {}.</translation>
    </message>
    <message>
      <source>The Python set for the worker</source>
      <translation>Le Python choisi pour les calculs</translation>
    </message>
    <message>
      <source>The Python set for training</source>
      <translation>Le Python choisi pour l'entraînement</translation>
    </message>
    <message>
      <source>The Python that the worker's environment was made of is gone, perhaps with an older QGIS.</source>
      <translation>Le Python avec lequel l'environnement des calculs a été construit n'est plus là, peut-être parti avec un ancien QGIS.</translation>
    </message>
    <message>
      <source>The acquisition of {} has no band {} (it has {}); wanted are {}.</source>
      <translation>L'acquisition du {} n'a pas de bande {} (elle a {}) ; sont demandées {}.</translation>
    </message>
    <message>
      <source>The boundaries of this map enclose little: {} % of the mapped ground is far from the inside of any field; it keeps its classes and belongs to no field.</source>
      <translation>Les limites de cette carte n'entourent que peu : {} % de la surface cartographiée sont loin de l'intérieur de toute parcelle détectée ; elle garde ses classes et n'appartient à aucune.</translation>
    </message>
    <message>
      <source>The boundaries of this map have gaps: {} % of the mapped ground is enclosed together with other crops, so that none has the majority; it keeps its classes and belongs to no field.</source>
      <translation>Les limites de cette carte ont des lacunes : {} % de la surface cartographiée sont entourés avec d'autres cultures, si bien qu'aucune n'a la majorité ; elle garde ses classes et n'appartient à aucune parcelle détectée.</translation>
    </message>
    <message>
      <source>The card tells none.</source>
      <translation>La fiche n'en dit rien.</translation>
    </message>
    <message>
      <source>The class table {} is given, but not the field of the parcels that it is for.</source>
      <translation>La table de classes {} est donnée, mais pas le champ des parcelles auquel elle se rapporte.</translation>
    </message>
    <message>
      <source>The configuration names the inputs: leave '{}' empty, or the configuration.</source>
      <translation>La configuration nomme les entrées : laissez « {} » vide, ou la configuration.</translation>
    </message>
    <message>
      <source>The crop found at the point, in the codes of the class table.</source>
      <translation>La culture trouvée au point, dans les codes de la table de classes.</translation>
    </message>
    <message>
      <source>The cutting of fields was cancelled.</source>
      <translation>Le découpage des parcelles a été annulé.</translation>
    </message>
    <message>
      <source>The data set in {} has no labels: build one with declared parcels.</source>
      <translation>Le jeu de données dans {} n'a pas d'étiquettes : construisez-en un avec des parcelles déclarées.</translation>
    </message>
    <message>
      <source>The data set in {} was not built to its end: run 'Build a training data set' again.</source>
      <translation>La construction du jeu de données dans {} n'est pas allée à son terme : relancez « Construire un jeu d'entraînement ».</translation>
    </message>
    <message>
      <source>The data set must have labels on this grid. A model that is started from keeps its own.</source>
      <translation>Le jeu de données doit avoir des étiquettes sur cette grille. Un modèle de départ garde la sienne.</translation>
    </message>
    <message>
      <source>The declared crops in the field '{}' need a class table, which says what their codes mean.</source>
      <translation>Les cultures déclarées du champ « {} » demandent une table de classes, qui dit ce que leurs codes désignent.</translation>
    </message>
    <message>
      <source>The device {} cannot be used: this ONNX Runtime has no {} support (it has {}).</source>
      <translation>Le périphérique {} n'est pas utilisable : cet ONNX Runtime ne connaît pas {} (il a {}).</translation>
    </message>
    <message>
      <source>The device {} cannot be used: {}.</source>
      <translation>Le périphérique {} n'est pas utilisable : {}.</translation>
    </message>
    <message>
      <source>The driver of the NVIDIA card does not work ({}): install it again.</source>
      <translation>Le pilote de la carte NVIDIA ne fonctionne pas ({}) : réinstallez-le.</translation>
    </message>
    <message>
      <source>The driver of the {} is version {}, older than {}: install a newer one.</source>
      <translation>Le pilote de la {} est en version {}, antérieure à {} : installez-en un plus récent.</translation>
    </message>
    <message>
      <source>The engine chooses its tiles so that it stays below this. Less memory takes a little longer.</source>
      <translation>Le moteur choisit ses tuiles pour rester en dessous. Avec moins de mémoire, il met un peu plus de temps.</translation>
    </message>
    <message>
      <source>The engine did not answer ({}).</source>
      <translation>Le moteur n'a pas répondu ({}).</translation>
    </message>
    <message>
      <source>The engine did not try the device {}.</source>
      <translation>Le moteur n'a pas essayé le périphérique {}.</translation>
    </message>
    <message>
      <source>The engine gave no report (code {}): {}</source>
      <translation>Le moteur n'a pas donné de rapport (code {}) : {}</translation>
    </message>
    <message>
      <source>The engine refuses {}: {}</source>
      <translation>Le moteur refuse {} : {}</translation>
    </message>
    <message>
      <source>The engine's packages cannot be installed</source>
      <translation>Les paquets du moteur ne peuvent pas être installés</translation>
    </message>
    <message>
      <source>The environment cannot be made</source>
      <translation>L'environnement ne peut pas être créé</translation>
    </message>
    <message>
      <source>The environment is whole already: {}</source>
      <translation>L'environnement est déjà complet : {}</translation>
    </message>
    <message>
      <source>The environment takes about {:.1f} GB, and {:.1f} GB are free where {} is to be.</source>
      <translation>L'environnement prend environ {:.1f} Go, et il reste {:.1f} Go là où {} doit être créé.</translation>
    </message>
    <message>
      <source>The environment's Python</source>
      <translation>Le Python de l'environnement</translation>
    </message>
    <message>
      <source>The field '{}' of the layer '{}' is joined or virtual, so its file does not have it; save the layer to a new file and take that one.</source>
      <translation>Le champ « {} » de la couche « {} » est joint ou virtuel, donc son fichier ne l'a pas ; enregistrez la couche dans un nouveau fichier et prenez celui-ci.</translation>
    </message>
    <message>
      <source>The file {} is missing.</source>
      <translation>Le fichier {} manque.</translation>
    </message>
    <message>
      <source>The folder of wheels, or the network's mirror, holds another file than the one that was tried.</source>
      <translation>Le dossier de wheels, ou le miroir du réseau, contient un autre fichier que celui qui a été testé.</translation>
    </message>
    <message>
      <source>The folder that 'Build a training data set' filled: it holds dataset.yaml and dataset.zarr.</source>
      <translation>Le dossier rempli par « Construire un jeu d'entraînement » : il contient dataset.yaml et dataset.zarr.</translation>
    </message>
    <message>
      <source>The folder that 'Map crop types' wrote, with its run.json.</source>
      <translation>Le dossier écrit par « Cartographier les cultures », avec son run.json.</translation>
    </message>
    <message>
      <source>The folder that 'Map crop types' wrote: crop_type.tif, and confidence.tif and boundary.tif where they are there.</source>
      <translation>Le dossier écrit par « Cartographier les cultures » : crop_type.tif, et confidence.tif et boundary.tif s'ils s'y trouvent.</translation>
    </message>
    <message>
      <source>The images are of level {}, as the model wants.</source>
      <translation>Les images sont de niveau {}, comme le modèle le demande.</translation>
    </message>
    <message>
      <source>The images are of level {}, the model '{}' wants {}.</source>
      <translation>Les images sont de niveau {}, le modèle « {} » demande {}.</translation>
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
      <source>The images lie outside of the regions that '{}' was trained on ({}).</source>
      <translation>Les images sont hors des régions sur lesquelles « {} » a été entraîné ({}).</translation>
    </message>
    <message>
      <source>The images lie outside of the regions that the model was trained on; the nearest is {} km away.</source>
      <translation>Les images sont hors des régions sur lesquelles le modèle a été entraîné ; la plus proche est à {} km.</translation>
    </message>
    <message>
      <source>The images of one season as raster layers, one or more per date. The date is read from the file's name or metadata. Give these, or a folder, or both.</source>
      <translation>Les images d'une saison comme couches raster, une ou plusieurs par date. La date est lue dans le nom du fichier ou ses métadonnées. Donnez celles-ci, ou un dossier, ou les deux.</translation>
    </message>
    <message>
      <source>The images run over {} days, from {} to {}; the model was trained on single seasons, and takes a day of the year for the same in every year.</source>
      <translation>Les images s'étendent sur {} jours, du {} au {} ; le modèle a été entraîné sur des saisons simples et prend un jour de l'année pour le même chaque année.</translation>
    </message>
    <message>
      <source>The images' whole area</source>
      <translation>Toute l'étendue des images</translation>
    </message>
    <message>
      <source>The layer '{}' cannot be read: its file or database is gone.</source>
      <translation>La couche '{}' ne peut pas être lue : son fichier ou sa base de données a disparu.</translation>
    </message>
    <message>
      <source>The layer '{}' cannot be written: {}</source>
      <translation>La couche « {} » ne peut pas être écrite : {}</translation>
    </message>
    <message>
      <source>The layer '{}' does not belong to a crop map.</source>
      <translation>La couche « {} » n'appartient pas à une carte des cultures.</translation>
    </message>
    <message>
      <source>The layer '{}' has edits that are not saved: save them, or leave out the filter.</source>
      <translation>La couche '{}' a des modifications non enregistrées : enregistrez-les, ou laissez le filtre de côté.</translation>
    </message>
    <message>
      <source>The layer '{}' has no coordinate system: assign one first.</source>
      <translation>La couche « {} » n'a pas de système de coordonnées : attribuez-lui-en un d'abord.</translation>
    </message>
    <message>
      <source>The layer '{}' has no features.</source>
      <translation>La couche « {} » n'a pas d'entités.</translation>
    </message>
    <message>
      <source>The layer '{}' has no file at {}.</source>
      <translation>La couche '{}' n'a pas de fichier à {}.</translation>
    </message>
    <message>
      <source>The layer '{}' is no longer in the project.</source>
      <translation>La couche « {} » n'est plus dans le projet.</translation>
    </message>
    <message>
      <source>The layer '{}' is not a raster file (it comes from '{}').</source>
      <translation>La couche '{}' n'est pas un fichier raster (elle vient de '{}').</translation>
    </message>
    <message>
      <source>The layer '{}' lies in an archive or on the network; unpack or fetch it first.</source>
      <translation>La couche '{}' est dans une archive ou sur le réseau ; extrayez-la ou récupérez-la d'abord.</translation>
    </message>
    <message>
      <source>The layers of '{}' are in the project.</source>
      <translation>Les couches de « {} » sont dans le projet.</translation>
    </message>
    <message>
      <source>The log above has the details.</source>
      <translation>Le journal ci-dessus donne les détails.</translation>
    </message>
    <message>
      <source>The map did not keep all class probabilities of its cells: mapping again where parcels lie</source>
      <translation>La carte n'a pas gardé toutes les probabilités des classes de ses cellules : nouvelle cartographie là où sont les parcelles</translation>
    </message>
    <message>
      <source>The map has no coordinate system: choose one for the project.</source>
      <translation>La carte n'a pas de système de coordonnées : choisissez-en un pour le projet.</translation>
    </message>
    <message>
      <source>The map has no field with a crop: its boundaries enclose ground that is mapped as no parcel.</source>
      <translation>La carte n'a aucune parcelle détectée avec une culture : ce que ses limites entourent est cartographié hors parcelle.</translation>
    </message>
    <message>
      <source>The map is in {}. The project is another one now, so its layers were not added.</source>
      <translation>La carte se trouve dans {}. Le projet n'est plus le même : ses couches n'ont pas été ajoutées.</translation>
    </message>
    <message>
      <source>The mapping engine's Python environment has not been set up yet.</source>
      <translation>L'environnement Python du moteur de cartographie n'est pas encore installé.</translation>
    </message>
    <message>
      <source>The mapping engine's Python environment was not built to its end.</source>
      <translation>La construction de l'environnement Python du moteur de cartographie n'est pas allée à son terme.</translation>
    </message>
    <message>
      <source>The memory ran out while mapping a tile of {} x {} cells and {} dates.</source>
      <translation>La mémoire s'est épuisée en cartographiant une tuile de {} x {} cellules et {} dates.</translation>
    </message>
    <message>
      <source>The memory ran out.</source>
      <translation>La mémoire est épuisée.</translation>
    </message>
    <message>
      <source>The model (ONNX)</source>
      <translation>Le modèle (ONNX)</translation>
    </message>
    <message>
      <source>The model cannot be installed: {}</source>
      <translation>Le modèle ne peut pas être installé : {}</translation>
    </message>
    <message>
      <source>The model does not suit the images; see page 3.</source>
      <translation>Le modèle ne convient pas aux images ; voir la page 3.</translation>
    </message>
    <message>
      <source>The model installed</source>
      <translation>Le modèle installé</translation>
    </message>
    <message>
      <source>The model is then among those of 'Map crop types' and of the window 'Models'.</source>
      <translation>Le modèle est alors parmi ceux de « Cartographier les cultures » et de la fenêtre « Modèles ».</translation>
    </message>
    <message>
      <source>The model was trained on the whole year.</source>
      <translation>Le modèle a été entraîné sur toute l'année.</translation>
    </message>
    <message>
      <source>The model {} sees the bands {}, the data set has {}.</source>
      <translation>Le modèle {} voit les bandes {}, le jeu de données a {}.</translation>
    </message>
    <message>
      <source>The model {} was trained on {} images, the data set is of {}.</source>
      <translation>Le modèle {} a été entraîné sur des images {}, le jeu de données est de niveau {}.</translation>
    </message>
    <message>
      <source>The model's grid is {} times finer than the images, the data set has labels on {} times finer ones: build it with the label grid {}.</source>
      <translation>La grille du modèle est {} fois plus fine que les images, le jeu de données a des étiquettes sur des grilles {} fois plus fines : construisez-le avec la grille d'étiquettes {}.</translation>
    </message>
    <message>
      <source>The model's name may hold letters, digits, _ and - only, not '{}'.</source>
      <translation>Le nom du modèle ne peut avoir que des lettres, des chiffres, _ et -, et non « {} ».</translation>
    </message>
    <message>
      <source>The name of an installed model with weights to train further from, the path of its .onnx file, or '{}'. Models that can be started from: {}.</source>
      <translation>Le nom d'un modèle installé qui a des poids à partir desquels entraîner, le chemin de son fichier .onnx, ou « {} » (en partant de zéro). Modèles de départ possibles : {}.</translation>
    </message>
    <message>
      <source>The ordinary environment is not there either: {}</source>
      <translation>L'environnement ordinaire manque aussi : {}</translation>
    </message>
    <message>
      <source>The ordinary environment was set up instead: maps run on the processor.</source>
      <translation>L'environnement ordinaire a été installé à la place : les cartes sont faites par le processeur.</translation>
    </message>
    <message>
      <source>The packages cannot be fetched</source>
      <translation>Les paquets ne peuvent pas être téléchargés</translation>
    </message>
    <message>
      <source>The packages need a processor with AVX2; use another computer.</source>
      <translation>Les paquets demandent un processeur avec AVX2 ; prenez un autre ordinateur.</translation>
    </message>
    <message>
      <source>The page {} is missing. Install the plugin again.</source>
      <translation>La page {} manque. Réinstallez l'extension.</translation>
    </message>
    <message>
      <source>The parcels '{}' have no coordinate system; set the layer's first.</source>
      <translation>Les parcelles « {} » n'ont pas de système de coordonnées ; attribuez-en d'abord un à la couche.</translation>
    </message>
    <message>
      <source>The parcels have no field '{}' (they have: {}).</source>
      <translation>Les parcelles n'ont pas de champ « {} » (elles ont : {}).</translation>
    </message>
    <message>
      <source>The parcels {} cannot be read.</source>
      <translation>Les parcelles {} ne peuvent pas être lues.</translation>
    </message>
    <message>
      <source>The proxy refused: check the proxy in QGIS's options under Network.</source>
      <translation>Le proxy a refusé : vérifiez-le dans les options de QGIS, sous Réseau.</translation>
    </message>
    <message>
      <source>The record of a run</source>
      <translation>L'enregistrement d'un calcul</translation>
    </message>
    <message>
      <source>The reflectance cannot be right on {}: leave these dates out.</source>
      <translation>La réflectance ne peut pas être juste le {} : écartez ces dates.</translation>
    </message>
    <message>
      <source>The region has no area.</source>
      <translation>La région n'a pas de surface.</translation>
    </message>
    <message>
      <source>The request cannot be written ({}).</source>
      <translation>La demande ne peut pas être écrite ({}).</translation>
    </message>
    <message>
      <source>The run failed.</source>
      <translation>Le calcul a échoué.</translation>
    </message>
    <message>
      <source>The run was cancelled; what is done so far is kept, and the same run goes on from there.</source>
      <translation>Le calcul a été annulé ; ce qui est fait est gardé, et le même calcul reprend de là.</translation>
    </message>
    <message>
      <source>The run was cancelled; what is done so far is kept.</source>
      <translation>Le calcul a été annulé ; ce qui est fait est gardé.</translation>
    </message>
    <message>
      <source>The same as GeoParquet</source>
      <translation>Les mêmes en GeoParquet</translation>
    </message>
    <message>
      <source>The same command goes on where it stopped.</source>
      <translation>La même commande reprend où il s'est arrêté.</translation>
    </message>
    <message>
      <source>The same for the ground that is kept from training: with less nobody could say how well it is mapped.</source>
      <translation>De même pour le terrain tenu hors de l'entraînement : avec moins, personne ne pourrait dire si la culture est bien cartographiée.</translation>
    </message>
    <message>
      <source>The same for the pixels that are kept from training: with too few of them nobody could say how well a crop is mapped.</source>
      <translation>De même pour les pixels tenus hors de l'entraînement : s'il y en a trop peu, personne ne peut dire si une culture est bien cartographiée.</translation>
    </message>
    <message>
      <source>The same without QGIS, also to go on with a run that was broken off:</source>
      <translation>La même chose sans QGIS, aussi pour reprendre un calcul interrompu :</translation>
    </message>
    <message>
      <source>The setup was cancelled; nothing was left behind.</source>
      <translation>L'installation a été annulée ; il n'en reste rien.</translation>
    </message>
    <message>
      <source>The side of a sample must be a multiple of 4, not {}.</source>
      <translation>Le côté d'un échantillon doit être un multiple de 4, et non {}.</translation>
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
      <source>The table that maps the crop codes onto the legend: one of those that come with the plugin. Choose one, or give a file of your own.</source>
      <translation>La table qui rapporte les codes de culture à la légende : une de celles fournies avec l'extension. Choisissez-en une, ou donnez un fichier à vous.</translation>
    </message>
    <message>
      <source>The training's Python environment has not been set up yet.</source>
      <translation>L'environnement Python de l'entraînement n'est pas encore installé.</translation>
    </message>
    <message>
      <source>The training's Python environment was not built to its end.</source>
      <translation>La construction de l'environnement Python de l'entraînement n'est pas allée à son terme.</translation>
    </message>
    <message>
      <source>The virus scanner blocked {}.</source>
      <translation>L'antivirus a bloqué {}.</translation>
    </message>
    <message>
      <source>The worker could not load one of its libraries: {}</source>
      <translation>Le processus de calcul n'a pas pu charger une de ses bibliothèques : {}</translation>
    </message>
    <message>
      <source>The worker crashed in native code (0x{:08X}).</source>
      <translation>Le processus de calcul s'est arrêté dans du code natif (0x{:08X}).</translation>
    </message>
    <message>
      <source>The worker ended with code {}: {}</source>
      <translation>Le processus de calcul s'est terminé avec le code {} : {}</translation>
    </message>
    <message>
      <source>The worker ended without a result.</source>
      <translation>Le processus de calcul s'est terminé sans résultat.</translation>
    </message>
    <message>
      <source>The worker failed.</source>
      <translation>Le processus de calcul a échoué.</translation>
    </message>
    <message>
      <source>The worker has given no news for {} minutes.</source>
      <translation>Le processus de calcul n'a pas donné de nouvelles depuis {} minutes.</translation>
    </message>
    <message>
      <source>The worker was ended by signal {}.</source>
      <translation>Le processus de calcul a été arrêté par le signal {}.</translation>
    </message>
    <message>
      <source>The worker {}.</source>
      <translation>Le processus de calcul {}.</translation>
    </message>
    <message>
      <source>The worker's Python lacks a package: {}</source>
      <translation>Il manque un paquet au Python des calculs : {}</translation>
    </message>
    <message>
      <source>The worker's Python {} cannot be started ({}).</source>
      <translation>Le Python des calculs {} ne peut pas être démarré ({}).</translation>
    </message>
    <message>
      <source>There is no class table {}.</source>
      <translation>Il n'y a pas de table de classes {}.</translation>
    </message>
    <message>
      <source>There is no configuration {}.</source>
      <translation>Il n'y a pas de configuration {}.</translation>
    </message>
    <message>
      <source>There is no data folder {}.</source>
      <translation>Il n'y a pas de dossier de données {}.</translation>
    </message>
    <message>
      <source>There is no file {}.</source>
      <translation>Il n'y a pas de fichier {}.</translation>
    </message>
    <message>
      <source>There is no folder of images {}.</source>
      <translation>Il n'y a pas de dossier d'images {}.</translation>
    </message>
    <message>
      <source>There is no folder of wheels {}.</source>
      <translation>Il n'y a pas de dossier de wheels {}.</translation>
    </message>
    <message>
      <source>There is no installed model '{}' with weights to train further from (there are: {}); '{}' starts from nothing.</source>
      <translation>Il n'y a pas de modèle installé « {} » qui ait des poids à partir desquels entraîner (il y a : {}) ; « {} » part de zéro.</translation>
    </message>
    <message>
      <source>There is no list of packages '{}' for Python {} on {}.</source>
      <translation>Il n'y a pas de liste des paquets « {} » pour Python {} sous {}.</translation>
    </message>
    <message>
      <source>There is no lock file for {}: versions are fixed, hashes are not checked</source>
      <translation>Il n'y a pas de fichier de verrouillage pour {} : les versions sont fixées, les empreintes ne sont pas contrôlées</translation>
    </message>
    <message>
      <source>There is no model file {}.</source>
      <translation>Il n'y a pas de fichier de modèle {}.</translation>
    </message>
    <message>
      <source>There is no model {}.</source>
      <translation>Il n'y a pas de modèle {}.</translation>
    </message>
    <message>
      <source>There is no network: set up from a folder of wheels (see the user guide).</source>
      <translation>Il n'y a pas de réseau : installez depuis un dossier de wheels (voir le guide de l'utilisateur).</translation>
    </message>
    <message>
      <source>There is no parcel to test the model on.</source>
      <translation>Il n'y a pas de parcelle pour tester le modèle.</translation>
    </message>
    <message>
      <source>There is none for that system; take the packages 'mapping'.</source>
      <translation>Il n'y en a pas pour ce système ; prenez les paquets « mapping ».</translation>
    </message>
    <message>
      <source>There must be 0 or at least {} folds, not {}.</source>
      <translation>Il faut 0 pli ou au moins {}, et non {}.</translation>
    </message>
    <message>
      <source>There was no parcel to test the model on.</source>
      <translation>Il n'y avait pas de parcelle pour tester le modèle.</translation>
    </message>
    <message>
      <source>These packages are not to be had here: check the network, or set up from a folder of wheels.</source>
      <translation>Ces paquets ne sont pas disponibles ici : vérifiez le réseau, ou installez depuis un dossier de wheels.</translation>
    </message>
    <message>
      <source>This computer does not allow {} to be run.</source>
      <translation>Cet ordinateur n'autorise pas l'exécution de {}.</translation>
    </message>
    <message>
      <source>Threads of the inference. Fewer leave more of the processor to other programs.</source>
      <translation>Fils d'exécution de l'inférence. Moins de fils laissent plus de processeur aux autres programmes.</translation>
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
      <translation>À télécharger et sur le disque : environ {}.</translation>
    </message>
    <message>
      <source>Train a model</source>
      <translation>Entraîner un modèle</translation>
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
      <source>Training</source>
      <translation>Entraînement</translation>
    </message>
    <message>
      <source>Training (and mapping)</source>
      <translation>Entraînement (et cartographie)</translation>
    </message>
    <message>
      <source>Training and test share no ground: they are drawn by square blocks of this side. Larger blocks make the test harder and more honest; take several kilometres where the images are large.</source>
      <translation>L'entraînement et le test n'ont pas de terrain en commun : ils sont tirés par blocs carrés de ce côté. Des blocs plus grands rendent le test plus dur et plus honnête ; prenez plusieurs kilomètres si les images sont grandes.</translation>
    </message>
    <message>
      <source>Training cannot use a graphics card on this computer.</source>
      <translation>L'entraînement ne peut pas utiliser de carte graphique sur cet ordinateur.</translation>
    </message>
    <message>
      <source>Training takes about {} here, the evaluation some minutes more.</source>
      <translation>L'entraînement prend ici environ {}, l'évaluation quelques minutes de plus.</translation>
    </message>
    <message>
      <source>Training takes about {} on a processor like the one this was measured on, the evaluation some minutes more.</source>
      <translation>L'entraînement prend environ {} sur un processeur comme celui de la mesure, l'évaluation quelques minutes de plus.</translation>
    </message>
    <message>
      <source>Training {}</source>
      <translation>Entraînement de {}</translation>
    </message>
    <message>
      <source>Training, validation, calibration and test share no ground: they are drawn by square blocks of this side. Larger blocks make the test harder and more honest; take several kilometres where the images are large.</source>
      <translation>L'entraînement, la validation, la calibration et le test n'ont pas de terrain en commun : ils sont tirés par blocs carrés de ce côté. Des blocs plus grands rendent le test plus dur et plus honnête ; prenez plusieurs kilomètres si les images sont grandes.</translation>
    </message>
    <message>
      <source>Trains a crop type model on a data set of your own, and says how good it is on parcels it never saw.</source>
      <translation>Entraîne un modèle de types de cultures sur un jeu de données à vous, et dit ce qu'il vaut sur des parcelles qu'il n'a jamais vues.</translation>
    </message>
    <message>
      <source>Trains a model on a data set of 'Build a training data set': from the weights of a model that you have, which takes the fewest parcels and the least time, or from nothing, after pre-training by context-self contrast (CSCL). It is then calibrated, scored on the test parcels, which it never saw, and exported with its card.

All of it lies in a folder of the model's name inside that of the data set: the model, its card, the report evaluation.html, metrics.json, and train.yaml, with which the log's command does the same without QGIS. A run that was cancelled or broken off goes on where it was when it is started again with the same settings.

How long it takes hangs on the processor: 'quick' some minutes, to see whether all fits; 'normal' about ten minutes on two cores, 'thorough' about half an hour; the evaluation adds some minutes. The log says more. Nothing is sent anywhere.</source>
      <translation>Entraîne un modèle sur un jeu de « Construire un jeu d'entraînement » : à partir des poids d'un modèle que vous avez, ce qui demande le moins de parcelles et de temps, ou de zéro, après un pré-entraînement par contraste avec le contexte (CSCL). Il est ensuite calibré, noté sur les parcelles de test, qu'il n'a jamais vues, et exporté avec sa fiche.

Tout est dans un dossier du nom du modèle, à l'intérieur de celui du jeu de données : le modèle, sa fiche, le rapport evaluation.html, metrics.json, et train.yaml, avec lequel la commande du journal fait la même chose sans QGIS. Un calcul annulé ou interrompu reprend où il en était quand il est relancé avec les mêmes réglages.

La durée dépend du processeur : « quick » quelques minutes, pour voir si tout convient ; « normal » environ dix minutes sur deux cœurs, « thorough » environ une demi-heure ; l'évaluation ajoute quelques minutes. Le journal en dit plus. Rien n'est envoyé nulle part.</translation>
    </message>
    <message>
      <source>Try again</source>
      <translation>Réessayer</translation>
    </message>
    <message>
      <source>Try with the device set to cpu; then report it with the log.</source>
      <translation>Essayez avec le périphérique cpu ; puis signalez-le avec le journal.</translation>
    </message>
    <message>
      <source>Trying a tile</source>
      <translation>Essai d'une tuile</translation>
    </message>
    <message>
      <source>Trying a tile, to say what the run will take...</source>
      <translation>Essai d'une tuile, pour dire ce que prendra le calcul...</translation>
    </message>
    <message>
      <source>Trying them</source>
      <translation>Essai des paquets</translation>
    </message>
    <message>
      <source>Trying {}</source>
      <translation>Essai de {}</translation>
    </message>
    <message>
      <source>Two class tables are given: leave one of them empty.</source>
      <translation>Deux tables de classes sont données : laissez-en une vide.</translation>
    </message>
    <message>
      <source>Until then maps run on the processor.</source>
      <translation>D'ici là, les cartes sont faites par le processeur.</translation>
    </message>
    <message>
      <source>Updates of the weights, of eight samples each.</source>
      <translation>Mises à jour des poids, de huit échantillons chacune.</translation>
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
      <source>Use it</source>
      <translation>L'utiliser</translation>
    </message>
    <message>
      <source>Use the device cpu, or an environment with {}.</source>
      <translation>Prenez le périphérique cpu, ou un environnement avec {}.</translation>
    </message>
    <message>
      <source>Use the device cpu, or mend the driver of the graphics card.</source>
      <translation>Prenez le périphérique cpu, ou réparez le pilote de la carte graphique.</translation>
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
      <source>Wait for it, or choose another output folder.</source>
      <translation>Attendez qu'il se termine, ou choisissez un autre dossier de sortie.</translation>
    </message>
    <message>
      <source>Warning</source>
      <translation>Avertissement</translation>
    </message>
    <message>
      <source>What building the data set may take, all its processes together. Less memory takes longer.</source>
      <translation>Ce que la construction du jeu de données peut prendre, tous ses processus réunis. Avec moins de mémoire, elle dure plus longtemps.</translation>
    </message>
    <message>
      <source>What grows in each parcel of a finished crop map, how sure that is, and how well it was seen.</source>
      <translation>Ce qui pousse dans chaque parcelle d'une carte des cultures terminée, avec quelle certitude, et à quel point elle a été vue.</translation>
    </message>
    <message>
      <source>What is added to the images' numbers before they become reflectance, by their metadata.</source>
      <translation>Ce qui est ajouté aux valeurs des images avant d'en faire des réflectances, selon leurs métadonnées.</translation>
    </message>
    <message>
      <source>What the declared codes mean: one of the tables that come with the plugin. rpg: codes of the French RPG; hcat: HCAT codes; eurocrops_hcat: HCAT names.</source>
      <translation>Ce que désignent les codes déclarés : une des tables fournies avec l'extension. rpg : codes du RPG français ; hcat : codes HCAT ; eurocrops_hcat : noms HCAT.</translation>
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
      <translation>Si le modèle en fournit un : un raster de ce que voit le réseau, pour la recherche.</translation>
    </message>
    <message>
      <source>Where there is more than one, and the threads are not set.</source>
      <translation>S'il y en a plus d'un, et si les fils d'exécution ne sont pas fixés.</translation>
    </message>
    <message>
      <source>Where {} was trained on the same ground and year it has seen some of the test parcels: the figures are then too good, and the report says of how many parcels.</source>
      <translation>Si {} a été entraîné sur le même terrain et la même année, il a vu une partie des parcelles de test : les chiffres sont alors trop bons, et le rapport dit pour combien de parcelles.</translation>
    </message>
    <message>
      <source>Which classes each declared code may be; saved as a table of your own.</source>
      <translation>Quelles classes chaque code déclaré peut désigner ; enregistré comme table personnelle.</translation>
    </message>
    <message>
      <source>Whose data</source>
      <translation>À qui sont les données</translation>
    </message>
    <message>
      <source>Windows is of build {}, and DirectML wants {} (Windows 10, 1903): update Windows.</source>
      <translation>Windows est en version (build) {}, et DirectML demande {} (Windows 10, 1903) : mettez Windows à jour.</translation>
    </message>
    <message>
      <source>With it the table also says what was declared, and whether the map shows it. Needs a class table.</source>
      <translation>Avec lui, la table dit aussi ce qui a été déclaré et si la carte le montre. Demande une table de classes.</translation>
    </message>
    <message>
      <source>With k folds (3 or more) the blocks are dealt into k equal parts instead, so that each can be tested, or mapped, by a model that was trained on the others. 0 makes one training and one test part.</source>
      <translation>Avec k plis (3 ou plus), les blocs sont répartis en k parts égales, pour que chacune puisse être testée, ou cartographiée, par un modèle entraîné sur les autres. 0 : une part d'entraînement et une de test.</translation>
    </message>
    <message>
      <source>With less than {:g} ha these are taught as 'other' (page 3, Samples): {}.</source>
      <translation>Avec moins de {:g} ha, elles sont apprises comme « other » (page 3, Échantillons) : {}.</translation>
    </message>
    <message>
      <source>With parcels a table is made, too: what grows in each, how sure that is, and how well it was seen.</source>
      <translation>Avec des parcelles, une table est faite aussi : ce qui pousse dans chacune, avec quelle certitude, et à quel point elle a été vue.</translation>
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
      <source>Writing the fields</source>
      <translation>Écriture des parcelles détectées</translation>
    </message>
    <message>
      <source>Writing the layers</source>
      <translation>Écriture des couches</translation>
    </message>
    <message>
      <source>Year of the declarations</source>
      <translation>Année des déclarations</translation>
    </message>
    <message>
      <source>Your network inspects encrypted traffic: ask your IT desk for its certificate and set PIP_CERT to it, or set up from a folder of wheels.</source>
      <translation>Votre réseau inspecte le trafic chiffré : demandez son certificat à votre service informatique et indiquez-le dans PIP_CERT, ou installez depuis un dossier de wheels.</translation>
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
      <source>about {} MB to fetch</source>
      <translation>environ {} Mo à télécharger</translation>
    </message>
    <message>
      <source>accuracy</source>
      <translation>exactitude</translation>
    </message>
    <message>
      <source>accuracy {:.3f}</source>
      <translation>exactitude {:.3f}</translation>
    </message>
    <message>
      <source>after {}</source>
      <translation>après le {}</translation>
    </message>
    <message>
      <source>all</source>
      <translation>tous</translation>
    </message>
    <message>
      <source>already done</source>
      <translation>déjà terminé</translation>
    </message>
    <message>
      <source>an earlier set-up was broken off</source>
      <translation>une installation antérieure a été interrompue</translation>
    </message>
    <message>
      <source>area</source>
      <translation>surface</translation>
    </message>
    <message>
      <source>as the effort says</source>
      <translation>selon l'effort</translation>
    </message>
    <message>
      <source>asked for</source>
      <translation>demandé</translation>
    </message>
    <message>
      <source>auto takes a graphics card where PyTorch finds one.</source>
      <translation>auto prend une carte graphique si PyTorch en trouve une.</translation>
    </message>
    <message>
      <source>auto takes the best device that works here, else the processor; which and why is told. With any other the run fails if there is none.</source>
      <translation>auto prend le meilleur périphérique qui fonctionne ici, sinon le processeur ; lequel et pourquoi est dit. Avec un autre choix, le calcul échoue s'il n'y en a pas.</translation>
    </message>
    <message>
      <source>auto takes the best that works here; which and why is told before the run.</source>
      <translation>auto prend le meilleur qui fonctionne ici ; lequel et pourquoi est dit avant le calcul.</translation>
    </message>
    <message>
      <source>background: the layer holds every field of the images' ground, so what lies outside is no field. ignore: it is a sample, so nothing is known of what lies outside. There is no default: a wrong choice teaches the network that fields are none.</source>
      <translation>background : la couche contient tous les champs du terrain des images, donc ce qui est dehors n'est pas un champ. ignore : c'est un échantillon, donc on ne sait rien de ce qui est dehors. Il n'y a pas de choix par défaut : un mauvais choix apprend au réseau que des champs n'en sont pas.</translation>
    </message>
    <message>
      <source>boundary</source>
      <translation>limite</translation>
    </message>
    <message>
      <source>broke off in native code (signal 6)</source>
      <translation>s'est interrompu dans du code natif (signal 6)</translation>
    </message>
    <message>
      <source>classification</source>
      <translation>classification</translation>
    </message>
    <message>
      <source>confusion matrix</source>
      <translation>matrice de confusion</translation>
    </message>
    <message>
      <source>could not read its memory or a file (signal 7)</source>
      <translation>n'a pas pu lire sa mémoire ou un fichier (signal 7)</translation>
    </message>
    <message>
      <source>could not start because a DLL failed to initialise (0xC0000142)</source>
      <translation>n'a pas pu démarrer parce qu'une DLL ne s'est pas initialisée (0xC0000142)</translation>
    </message>
    <message>
      <source>could not start because a DLL is missing (0xC0000135)</source>
      <translation>n'a pas pu démarrer parce qu'une DLL manque (0xC0000135)</translation>
    </message>
    <message>
      <source>crashed in native code (access violation, 0xC0000005)</source>
      <translation>s'est arrêté dans du code natif (violation d'accès, 0xC0000005)</translation>
    </message>
    <message>
      <source>crashed in native code (signal 11)</source>
      <translation>s'est arrêté dans du code natif (signal 11)</translation>
    </message>
    <message>
      <source>crop</source>
      <translation>culture</translation>
    </message>
    <message>
      <source>cscl_models-&lt;version&gt;.zip as released, or an .onnx file with its .json beside it.</source>
      <translation>cscl_models-&lt;version&gt;.zip tel que publié, ou un fichier .onnx avec son .json à côté.</translation>
    </message>
    <message>
      <source>data set</source>
      <translation>jeu de données</translation>
    </message>
    <message>
      <source>declarations</source>
      <translation>déclarations</translation>
    </message>
    <message>
      <source>declared: {}</source>
      <translation>déclarée : {}</translation>
    </message>
    <message>
      <source>deep learning</source>
      <translation>apprentissage profond</translation>
    </message>
    <message>
      <source>dense: a grid of samples over all labelled ground. parcels: one sample around each parcel. unlabelled: a grid over all ground, without labels; needs no parcels.</source>
      <translation>dense : une grille d'échantillons sur tout le terrain étiqueté. parcels : un échantillon autour de chaque parcelle. unlabelled : une grille sur tout le terrain, sans étiquettes ; sans parcelles.</translation>
    </message>
    <message>
      <source>done</source>
      <translation>terminé</translation>
    </message>
    <message>
      <source>done in {}</source>
      <translation>terminé en {}</translation>
    </message>
    <message>
      <source>empty: the packages are fetched</source>
      <translation>vide : les paquets sont téléchargés</translation>
    </message>
    <message>
      <source>field boundaries</source>
      <translation>limites de champs</translation>
    </message>
    <message>
      <source>fields</source>
      <translation>parcelles détectées</translation>
    </message>
    <message>
      <source>fine-tuning</source>
      <translation>affinage</translation>
    </message>
    <message>
      <source>from scratch, without a model</source>
      <translation>de zéro, sans modèle</translation>
    </message>
    <message>
      <source>from the folder of wheels</source>
      <translation>depuis le dossier de wheels</translation>
    </message>
    <message>
      <source>it does not answer</source>
      <translation>il ne répond pas</translation>
    </message>
    <message>
      <source>it does not run</source>
      <translation>il ne démarre pas</translation>
    </message>
    <message>
      <source>it is Python {}.{}, older than {}</source>
      <translation>c'est un Python {}.{}, plus ancien que {}</translation>
    </message>
    <message>
      <source>it lacks {}</source>
      <translation>il lui manque {}</translation>
    </message>
    <message>
      <source>labels</source>
      <translation>étiquettes</translation>
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
      <source>level {}, {} is wanted</source>
      <translation>niveau {}, {} est demandé</translation>
    </message>
    <message>
      <source>lpis</source>
      <translation>sipa</translation>
    </message>
    <message>
      <source>mapping is all that maps need; mapping-gpu maps on the graphics card; training can train and map.</source>
      <translation>mapping suffit aux cartes ; mapping-gpu cartographie sur la carte graphique ; training peut entraîner et cartographier.</translation>
    </message>
    <message>
      <source>met an instruction that this processor does not have (0xC000001D)</source>
      <translation>a rencontré une instruction que ce processeur n'a pas (0xC000001D)</translation>
    </message>
    <message>
      <source>met an instruction that this processor does not have (signal 4)</source>
      <translation>a rencontré une instruction que ce processeur n'a pas (signal 4)</translation>
    </message>
    <message>
      <source>model</source>
      <translation>modèle</translation>
    </message>
    <message>
      <source>no answer</source>
      <translation>pas de réponse</translation>
    </message>
    <message>
      <source>no class</source>
      <translation>aucune classe</translation>
    </message>
    <message>
      <source>no class: not learned</source>
      <translation>aucune classe : pas appris</translation>
    </message>
    <message>
      <source>no clear pixel</source>
      <translation>aucun pixel clair</translation>
    </message>
    <message>
      <source>no clear pixel in the region</source>
      <translation>aucun pixel clair dans la région</translation>
    </message>
    <message>
      <source>no message</source>
      <translation>aucun message</translation>
    </message>
    <message>
      <source>none</source>
      <translation>aucun</translation>
    </message>
    <message>
      <source>normal</source>
      <translation>normal</translation>
    </message>
    <message>
      <source>not given</source>
      <translation>non renseignée</translation>
    </message>
    <message>
      <source>not in the table</source>
      <translation>absent de la table</translation>
    </message>
    <message>
      <source>not in the table: not learned</source>
      <translation>absent de la table : pas appris</translation>
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
      <translation>non utilisé : la carte a échoué à l'essai</translation>
    </message>
    <message>
      <source>numpy, ONNX Runtime, rasterio, pyogrio, shapely: all that maps need.</source>
      <translation>numpy, ONNX Runtime, rasterio, pyogrio, shapely : tout ce qu'il faut aux cartes.</translation>
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
      <source>one of {}: not learned</source>
      <translation>une de {} : pas appris</translation>
    </message>
    <message>
      <source>only for rasters without band names: B02,B03,...</source>
      <translation>seulement pour les rasters sans noms de bandes : B02,B03,...</translation>
    </message>
    <message>
      <source>only images until</source>
      <translation>seulement les images jusqu'au</translation>
    </message>
    <message>
      <source>or a class table of your own</source>
      <translation>ou une table de classes à vous</translation>
    </message>
    <message>
      <source>or a folder of images</source>
      <translation>ou un dossier d'images</translation>
    </message>
    <message>
      <source>outlines</source>
      <translation>contours</translation>
    </message>
    <message>
      <source>parcels</source>
      <translation>parcelles</translation>
    </message>
    <message>
      <source>quick</source>
      <translation>rapide</translation>
    </message>
    <message>
      <source>ran out of memory (0xC0000017)</source>
      <translation>a manqué de mémoire (0xC0000017)</translation>
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
      <source>sentinel-2</source>
      <translation>sentinel-2</translation>
    </message>
    <message>
      <source>shows nothing of the region</source>
      <translation>ne montre rien de la région</translation>
    </message>
    <message>
      <source>the model takes {} dates at most, and others are clearer or stand more alone</source>
      <translation>le modèle prend {} dates au plus, et d'autres sont plus claires ou plus isolées</translation>
    </message>
    <message>
      <source>there is no such file</source>
      <translation>ce fichier n'existe pas</translation>
    </message>
    <message>
      <source>this ONNX Runtime supports no other device</source>
      <translation>cet ONNX Runtime ne connaît pas d'autre périphérique</translation>
    </message>
    <message>
      <source>thorough</source>
      <translation>approfondi</translation>
    </message>
    <message>
      <source>time series</source>
      <translation>série temporelle</translation>
    </message>
    <message>
      <source>training</source>
      <translation>entraînement</translation>
    </message>
    <message>
      <source>used</source>
      <translation>utilisée</translation>
    </message>
    <message>
      <source>validation</source>
      <translation>validation</translation>
    </message>
    <message>
      <source>vectorise</source>
      <translation>vectoriser</translation>
    </message>
    <message>
      <source>was closed from outside (0xC000013A)</source>
      <translation>a été fermé de l'extérieur (0xC000013A)</translation>
    </message>
    <message>
      <source>was closed from outside (signal 15)</source>
      <translation>a été fermé de l'extérieur (signal 15)</translation>
    </message>
    <message>
      <source>was denied access to one of its files (0xC0000022)</source>
      <translation>s'est vu refuser l'accès à un de ses fichiers (0xC0000022)</translation>
    </message>
    <message>
      <source>was ended by the system, most likely because the memory ran out (signal 9)</source>
      <translation>a été arrêté par le système, très probablement faute de mémoire (signal 9)</translation>
    </message>
    <message>
      <source>what suits the start</source>
      <translation>selon le départ</translation>
    </message>
    <message>
      <source>your own: {}</source>
      <translation>le vôtre : {}</translation>
    </message>
    <message>
      <source>zonal statistics</source>
      <translation>statistiques zonales</translation>
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
      <source>{:&gt;10} training pixels  {}</source>
      <translation>{:&gt;10} pixels d'entraînement  {}</translation>
    </message>
    <message>
      <source>{day} {month}</source>
      <translation>{day} {month}</translation>
    </message>
    <message>
      <source>{} % and more</source>
      <translation>{} % et plus</translation>
    </message>
    <message>
      <source>{} % done</source>
      <translation>{} % fait</translation>
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
      <source>{} Taking the build of the package index instead.</source>
      <translation>{} La version de l'index des paquets est prise à la place.</translation>
    </message>
    <message>
      <source>{} answered something else than its versions: {}</source>
      <translation>{} a répondu autre chose que ses versions : {}</translation>
    </message>
    <message>
      <source>{} cannot be read as it was written ({}): build the data set again.</source>
      <translation>{} ne peut pas être lu tel qu'il a été écrit ({}) : reconstruisez le jeu de données.</translation>
    </message>
    <message>
      <source>{} cannot be removed ({}).</source>
      <translation>{} ne peut pas être supprimé ({}).</translation>
    </message>
    <message>
      <source>{} cannot be removed: {}</source>
      <translation>{} ne peut pas être supprimé : {}</translation>
    </message>
    <message>
      <source>{} cannot be started ({}).</source>
      <translation>{} ne peut pas être démarré ({}).</translation>
    </message>
    <message>
      <source>{} cannot be written: {}</source>
      <translation>{} ne peut pas être écrit : {}</translation>
    </message>
    <message>
      <source>{} cannot fetch packages, its module ssl does not load: {}</source>
      <translation>{} ne peut pas télécharger de paquets, son module ssl ne se charge pas : {}</translation>
    </message>
    <message>
      <source>{} cannot load the engine's packages: {}</source>
      <translation>{} ne peut pas charger les paquets du moteur : {}</translation>
    </message>
    <message>
      <source>{} clear in the region, less than {}</source>
      <translation>{} clairs dans la région, moins de {}</translation>
    </message>
    <message>
      <source>{} clear, less than {}</source>
      <translation>{} clairs, moins de {}</translation>
    </message>
    <message>
      <source>{} codes are not in the table: {}.</source>
      <translation>{} codes ne sont pas dans la table : {}.</translation>
    </message>
    <message>
      <source>{} dates can be used, the model takes {}: the clearest are chosen.</source>
      <translation>{} dates sont utilisables, le modèle en prend {} : les plus claires sont choisies.</translation>
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
      <source>{} did not answer within {:.0f} seconds.</source>
      <translation>{} n'a pas répondu en {:.0f} secondes.</translation>
    </message>
    <message>
      <source>{} does not lie in your own models, so it is left alone.</source>
      <translation>{} ne se trouve pas parmi vos propres modèles et reste donc en place.</translation>
    </message>
    <message>
      <source>{} does not run</source>
      <translation>{} ne démarre pas</translation>
    </message>
    <message>
      <source>{} gave no report ({}).</source>
      <translation>{} n'a pas donné de rapport ({}).</translation>
    </message>
    <message>
      <source>{} holds a data set already. If it was built with these settings it is taken as it is, otherwise it is replaced. Go on?</source>
      <translation>{} contient déjà un jeu de données. S'il a été construit avec ces réglages, il est pris tel quel ; sinon, il est remplacé. Continuer ?</translation>
    </message>
    <message>
      <source>{} holds a map already. Replace it when the new one is whole?</source>
      <translation>{} contient déjà une carte. La remplacer quand la nouvelle sera complète ?</translation>
    </message>
    <message>
      <source>{} holds a model of this name that was trained with other settings: choose another name, or remove that folder.</source>
      <translation>{} contient un modèle de ce nom entraîné avec d'autres réglages : choisissez un autre nom, ou supprimez ce dossier.</translation>
    </message>
    <message>
      <source>{} holds no .onnx file.</source>
      <translation>{} ne contient aucun fichier .onnx.</translation>
    </message>
    <message>
      <source>{} holds no crop map: there is no crop_type.tif in it.</source>
      <translation>{} ne contient pas de carte des cultures : il n'y a pas de crop_type.tif.</translation>
    </message>
    <message>
      <source>{} holds no crop map: there is no run.json in it.</source>
      <translation>{} ne contient pas de carte des cultures : il n'y a pas de run.json.</translation>
    </message>
    <message>
      <source>{} holds no data set of 'Build a training data set': it has no {}.</source>
      <translation>{} ne contient pas de jeu de « Construire un jeu d'entraînement » : il n'y a pas de {}.</translation>
    </message>
    <message>
      <source>{} holds something else than an environment.</source>
      <translation>{} contient autre chose qu'un environnement.</translation>
    </message>
    <message>
      <source>{} is Python {}, newer than {}, for which the packages are not all to be had</source>
      <translation>{} est un Python {}, plus récent que {}, pour lequel tous les paquets n'existent pas</translation>
    </message>
    <message>
      <source>{} is Python {}, older than {}</source>
      <translation>{} est un Python {}, plus ancien que {}</translation>
    </message>
    <message>
      <source>{} is a 32-bit Python</source>
      <translation>{} est un Python 32 bits</translation>
    </message>
    <message>
      <source>{} is installed but does not work: {}</source>
      <translation>{} est installé mais ne fonctionne pas : {}</translation>
    </message>
    <message>
      <source>{} is not as it was written: build the data set again.</source>
      <translation>{} n'est pas tel qu'il a été écrit : reconstruisez le jeu de données.</translation>
    </message>
    <message>
      <source>{} is not the configuration of a data set: build the data set again.</source>
      <translation>{} n'est pas la configuration d'un jeu de données : reconstruisez le jeu.</translation>
    </message>
    <message>
      <source>{} is not the record of a run: {}</source>
      <translation>{} n'est pas l'enregistrement d'un calcul : {}</translation>
    </message>
    <message>
      <source>{} is not used: {}.</source>
      <translation>{} n'est pas utilisée : {}.</translation>
    </message>
    <message>
      <source>{} is not what an evaluation of a map writes.</source>
      <translation>{} n'est pas ce qu'écrit l'évaluation d'une carte.</translation>
    </message>
    <message>
      <source>{} is {}, but there is no such file.</source>
      <translation>{} est {}, mais ce fichier n'existe pas.</translation>
    </message>
    <message>
      <source>{} is {}, but {}.</source>
      <translation>{} est {}, mais {}.</translation>
    </message>
    <message>
      <source>{} lacks the venv module (on Debian and Ubuntu: apt install python3-venv)</source>
      <translation>il manque à {} le module venv (sous Debian et Ubuntu : apt install python3-venv)</translation>
    </message>
    <message>
      <source>{} m</source>
      <translation>{} m</translation>
    </message>
    <message>
      <source>{} of the layer's {} codes are not in the table: {}</source>
      <translation>{} des {} codes de la couche sont absents de la table : {}</translation>
    </message>
    <message>
      <source>{} of {} acquisitions are usable, the model '{}' wants {} or more ({}).</source>
      <translation>{} acquisitions sur {} sont utilisables, le modèle « {} » en demande {} ou plus ({}).</translation>
    </message>
    <message>
      <source>{} of {} acquisitions are usable, the model '{}' wants {} or more.</source>
      <translation>{} acquisitions sur {} sont utilisables, le modèle « {} » en demande {} ou plus.</translation>
    </message>
    <message>
      <source>{} of {} acquisitions are used</source>
      <translation>{} acquisitions sur {} sont utilisées</translation>
    </message>
    <message>
      <source>{} of {} acquisitions are used, {} later ones are left out</source>
      <translation>{} acquisitions sur {} sont utilisées, {} plus tardives sont laissées de côté</translation>
    </message>
    <message>
      <source>{} of {} blocks are done already</source>
      <translation>{} blocs sur {} sont déjà faits</translation>
    </message>
    <message>
      <source>{} of {} dates lie outside of the season that the model was trained on ({} to {}).</source>
      <translation>{} dates sur {} sont hors de la saison sur laquelle le modèle a été entraîné ({} à {}).</translation>
    </message>
    <message>
      <source>{} of {} parcels ({:.0f} of {:.0f} ha) have a class to learn.</source>
      <translation>{} parcelles sur {} ({:.0f} ha sur {:.0f}) ont une classe à apprendre.</translation>
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
      <source>{} on {} parcels</source>
      <translation>{} sur {} parcelles</translation>
    </message>
    <message>
      <source>{} packages in {}: carry it over, and choose it at the set-up</source>
      <translation>{} paquets dans {} : emportez-le, et choisissez-le à l'installation</translation>
    </message>
    <message>
      <source>{} parcels</source>
      <translation>{} parcelles</translation>
    </message>
    <message>
      <source>{} parcels were compared.</source>
      <translation>{} parcelles ont été comparées.</translation>
    </message>
    <message>
      <source>{} samples of {} dates from {} parcels: {}.</source>
      <translation>{} échantillons de {} dates de {} parcelles : {}.</translation>
    </message>
    <message>
      <source>{} samples with {} classes from {} parcels</source>
      <translation>{} échantillons avec {} classes de {} parcelles</translation>
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
      <translation>{} à {} %</translation>
    </message>
    <message>
      <source>{} to {} dates</source>
      <translation>{} à {} dates</translation>
    </message>
    <message>
      <source>{} to {} east, {} to {} north</source>
      <translation>{} à {} est, {} à {} nord</translation>
    </message>
    <message>
      <source>{} {} on cpu ({})</source>
      <translation>{} {} sur cpu ({})</translation>
    </message>
    <message>
      <source>{} {} on cuda ({})</source>
      <translation>{} {} sur cuda ({})</translation>
    </message>
    <message>
      <source>{} {} on directml ({})</source>
      <translation>{} {} sur directml ({})</translation>
    </message>
    <message>
      <source>{}, {:.2f} million parameters</source>
      <translation>{}, {:.2f} millions de paramètres</translation>
    </message>
    <message>
      <source>{}: '{}' would unpack to {} bytes.</source>
      <translation>{} : « {} » ferait {} octets une fois décompressé.</translation>
    </message>
    <message>
      <source>{}: about {} min</source>
      <translation>{} : environ {} min</translation>
    </message>
    <message>
      <source>{}: an unfinished run lies here that differs in {}; its {} finished blocks are discarded.</source>
      <translation>{} : il s'y trouve un calcul inachevé qui diffère par {} ; ses {} blocs finis sont abandonnés.</translation>
    </message>
    <message>
      <source>{}: another map was made there while its fields were cut.</source>
      <translation>{} : une autre carte y a été faite pendant le découpage de ses parcelles.</translation>
    </message>
    <message>
      <source>{}: another program has it open, and the results could not replace it.</source>
      <translation>{} : un autre programme l'a ouvert, et les résultats ne pourraient pas le remplacer.</translation>
    </message>
    <message>
      <source>{}: another run writes to this folder{}.</source>
      <translation>{} : un autre calcul écrit dans ce dossier{}.</translation>
    </message>
    <message>
      <source>{}: cannot be replaced ({}); the fields in this folder may not be whole.</source>
      <translation>{} : ne peut pas être remplacé ({}) ; les parcelles détectées de ce dossier ne sont peut-être pas complètes.</translation>
    </message>
    <message>
      <source>{}: expected a .zip or an .onnx file.</source>
      <translation>{} : un fichier .zip ou .onnx est attendu.</translation>
    </message>
    <message>
      <source>{}: expected a raster, but GDAL cannot open it ({}).</source>
      <translation>{} : un raster est attendu, mais GDAL ne peut pas l'ouvrir ({}).</translation>
    </message>
    <message>
      <source>{}: holds '{}'; expected only .onnx, .json and .pt files without folders.</source>
      <translation>{} : contient « {} » ; seuls des fichiers .onnx, .json et .pt, sans dossiers, sont attendus.</translation>
    </message>
    <message>
      <source>{}: holds no model.</source>
      <translation>{} : ne contient aucun modèle.</translation>
    </message>
    <message>
      <source>{}: it has a code that is no class of the map's model.</source>
      <translation>{} : il a un code qui n'est aucune classe du modèle de la carte.</translation>
    </message>
    <message>
      <source>{}: its coordinate system is {}, that of {} is {}.</source>
      <translation>{} : son système de coordonnées est {}, celui de {} est {}.</translation>
    </message>
    <message>
      <source>{}: its model card {} does not lie beside it.</source>
      <translation>{} : sa fiche {} n'est pas à côté.</translation>
    </message>
    <message>
      <source>{}: its pixels cannot be read ({}).</source>
      <translation>{} : ses pixels ne peuvent pas être lus ({}).</translation>
    </message>
    <message>
      <source>{}: its rasters are not those of one run.</source>
      <translation>{} : ses rasters ne sont pas ceux d'un même calcul.</translation>
    </message>
    <message>
      <source>{}: its {} bands have no names such as B02, so nobody can tell which is which.</source>
      <translation>{} : ses {} bandes n'ont pas de noms comme B02, on ne peut donc pas les reconnaître.</translation>
    </message>
    <message>
      <source>{}: no date such as 20180418 in its name, nor a DATE tag.</source>
      <translation>{} : pas de date comme 20180418 dans son nom, ni d'étiquette DATE.</translation>
    </message>
    <message>
      <source>{}: none of its {} parcels touches the map, which covers {} to {} east, {} to {} north in {}.</source>
      <translation>{} : aucune de ses {} parcelles ne touche la carte, qui couvre {} à {} est, {} à {} nord en {}.</translation>
    </message>
    <message>
      <source>{}: not a readable zip file ({}).</source>
      <translation>{} : n'est pas un fichier zip lisible ({}).</translation>
    </message>
    <message>
      <source>{}: the disk is full.</source>
      <translation>{} : le disque est plein.</translation>
    </message>
    <message>
      <source>{}: the file has {} bands, but {} band names were given.</source>
      <translation>{} : le fichier a {} bandes, mais {} noms de bandes ont été donnés.</translation>
    </message>
    <message>
      <source>{}: the file of a finished block is damaged; the block is done again.</source>
      <translation>{} : le fichier d'un bloc fini est endommagé ; le bloc est refait.</translation>
    </message>
    <message>
      <source>{}: the folder cannot be written to.</source>
      <translation>{} : on ne peut pas écrire dans ce dossier.</translation>
    </message>
    <message>
      <source>{}: the map has no boundary layer ({}).</source>
      <translation>{} : la carte n'a pas de couche des limites ({}).</translation>
    </message>
    <message>
      <source>{}: the map has no crop map ({}).</source>
      <translation>{} : la carte n'a pas de carte des cultures ({}).</translation>
    </message>
    <message>
      <source>{}: the map needs about {} GB of disk, {} GB are free.</source>
      <translation>{} : la carte demande environ {} Go de disque, {} Go sont libres.</translation>
    </message>
    <message>
      <source>{}: the model of this map, {}, is not there any more.</source>
      <translation>{} : le modèle de cette carte, {}, n'est plus là.</translation>
    </message>
    <message>
      <source>{}: the raster has no coordinate system.</source>
      <translation>{} : le raster n'a pas de système de coordonnées.</translation>
    </message>
    <message>
      <source>{}: the region does not touch the images (they cover {} to {} east, {} to {} north in {}).</source>
      <translation>{} : la région ne touche pas les images (elles couvrent {} à {} est, {} à {} nord en {}).</translation>
    </message>
    <message>
      <source>{}: the region has no polygon.</source>
      <translation>{} : la région n'a pas de polygone.</translation>
    </message>
    <message>
      <source>{}: the zip is cut short or damaged ({}).</source>
      <translation>{} : le zip est coupé ou endommagé ({}).</translation>
    </message>
    <message>
      <source>{}: there is no polygon in it.</source>
      <translation>{} : il n'y a pas de polygone dedans.</translation>
    </message>
    <message>
      <source>{}: {:.0f} %, {} left</source>
      <translation>{} : {:.0f} %, reste {}</translation>
    </message>
    <message>
      <source>{}: {} belongs to no model in it.</source>
      <translation>{} : {} n'appartient à aucun de ses modèles.</translation>
    </message>
    <message>
      <source>{}: {} comes without its card {}.json.</source>
      <translation>{} : {} est fourni sans sa fiche {}.json.</translation>
    </message>
    <message>
      <source>{}: {} is not the file that its card describes (sha256 differs).</source>
      <translation>{} : {} n'est pas le fichier que décrit sa fiche (le sha256 diffère).</translation>
    </message>
    <message>
      <source>{}: {} is not the file that the card of {} describes (sha256 differs).</source>
      <translation>{} : {} n'est pas le fichier que décrit la fiche de {} (le sha256 diffère).</translation>
    </message>
    <message>
      <source>{}: {} is not the model any more that made this map.</source>
      <translation>{} : {} n'est plus le modèle qui a fait cette carte.</translation>
    </message>
    <message>
      <source>{}: {} steps, from scratch {} more without crops</source>
      <translation>{} : {} pas, en partant de zéro {} de plus sans cultures</translation>
    </message>
  </context>
</TS>
