"""Words by which the ends of sentences are told, in base letters."""
TITLES = frozenset("""
    Abg Abgg Abp Abs Adj Adm Ald Amb Amm Anm Arch Arq Assn Asst Atty Attys
    Aufl Auth Av Avda Avv Az Bankr Bf Bgm Bp Brig Bspw Bzw Ca Capt Cav Cdr
    Cdt Cf Cfr Cir Civ Cl Cmdr Cne Cnel Cod Col Cols Comm Commn Commr
    Commrs Cong Const Cpl Crim Ct Det Dipl Dna Dott Dr Dra Dras Dres Drs
    EE Educ Egr Elec Envtl Ets Evid Evtl Excma Excmo Exkl FF Fa Fdo Fr Frl
    Gebr Gen Gens Gent Geom Ggf Gov Govs Gral Hg Hl Hna Hno Hon Hosp Hr
    Hrn Hrsg Ibid Ilma Ilmo Ing Inh Inkl Insb Insp Intl Jg Kard Lcda Lcdo
    Lgs Lic Lt MM Mag Magg Maj Mem Messrs Mfg Mgr Mgrs Mlle Mlles Mme Mmes
    Mons Mr Mrs Ms Msgr Mx Natl Nr Nrn Num Nums Op Pag Pagg Pags Pfc Ph Pr
    Pres Proc Prods Prof Profa Proff Profs Pvt Reg Regs Rep Reps Rev Revs
    Rptr Rt Ry Sen Sens Sess Sez Sgt Sgto Sgts Sig Sigg Soc Sog Spett Sra
    Sras Sres Srta Srtas St Sta Staatssekr Stat Ste Sto Sts Stv Sup Supp
    Supt Sys Techs Transp Tte Twp Ud Uds Uff Univ Vd Vda Vds Vgl Viz Zzgl
    abzgl amerik approx aprox avv bspw bzw ca cf cfr dgl dott dr dra dt
    eds einschl ej engl env evtl exkl frz geb gest ggf griech habil hon
    ibid incl ing inkl insb insbes jur lat lgs lli mons nat num nums
    osterr pag pagg pags phil pp prof rer sez sig sog sr sra srta ss trad
    verh verw vgl viz vs zzgl
""".split())

# ends of names: before an indented line they end a sentence
SUFFIXES = frozenset("""
    Cia Cie Co Corp Cos Inc Jr Ltd Plc Sr plc
""".split())

# these need a number after them
NUMBERED = frozenset("""
    Abb Ann Apt Arts Artt Bd Bde Bl Br Cap Ch Chap Dkt Doc Docs Ex Exh Exp
    Exs Kap Nos Par Para Pl Prot Ps Rdnr Rdnrn Ref Rm Rn Rz Secs Tab Tav
    Tel Tit Tr Tz Ziff al ap apt art arts artt cap ch chap ed est fig figs
    gem inc lett lit mind no nos par para paras ref sec secs tav tel tit
    vol vols
""".split())

# these also end sentences
WEAK = frozenset("""
    AA Abr Abt Ala Alta App Apr Ariz Ark Art Assoc Aug Ave Bldg Blvd Bros
    Cal Calif Cass Chr Colo Conn Coop Dec Del Dept Depto Dez Dist Div Ed
    Ene Esq Feb Febr Fed Fevr Fig Figs Fla Fri Ft Ga Hnos Hwy Ill Ind Jan
    Janv Jh Jhd Jhdt Juil Jul Jun Kan Ky La Mar Mass Md Mich Minn Mio Miss
    Mo Mon Mont Mrd Mrz Mt Mtn Mts Neb Nev No Nov Oct Okla Okt On Ont Ore
    Pa Penn Pkwy Pt Pub Rag Rd Sat Sec Sep Sept Sq Std Str Super Ten Tenn
    Tex Thu Thur Thurs Tsd Tue Tues UU Va Vol Vols Vt Wash Wed Wis Wyo abr
    apr av avr civ cod coll dec dept ene feb febr fevr genn hab janv juil
    max med min nov oct ott proc sept sett suiv
""".split())
FINAL = frozenset("""
    Etc ecc etc usf usw
""".split())

# looked for in capitals, too
CAPITALS = frozenset("""
    APR AUG CAPT CIR CO COL CORP CT DEC DR FEB FIG GEN GOV HON INC JAN JR
    LT LTD MAR MR MRS MS NO NOV OCT PROF REP REV SEC SEN SEPT SGT ST SUPP
    VOL VS
""".split())

# words that begin a sentence rather than go on with a name
OPENERS = frozenset("""
    A Ab Aber About According After Afterwards Ai Ainsi Al Alcuni Algunos
    All Alla Alle Allerdings Allora Alors Als Also Although Am An Analysts
    Anche Ancora And Andere Another Ante Antes Any Anyone Appena Apres
    Aquel As Asi Asked At Au Auch Aucun Aucune Auf Aun Aunque Aus
    Ausserdem Aussi Authorities Autre Aux Avant Avec Bajo Beaucoup Because
    Before Bei Beide Beim Bereits Besonders Between Bien Bis Both But By
    Ca Cada Can Car Ce Cela Cependant Ces Cet Cette Chaque Che Chi Ci Cio
    Comme Con Contra Cosi Could Critics Cuando Da Dabei Dadurch Dafur
    Dagegen Daher Dal Dalla Damals Damit Danach Dann Dans Daran Darauf
    Darin Das Dass Davon Dazu Dei Della Delle Dem Den Denn Dennoch Depuis
    Der Deren Des Desde Deshalb Despite Despues Dessen Deux Di Did Die
    Dies Diese Diesem Diesen Dieser Dieses Do Doch Does Donde Dopo Dort
    Dove Due Durante Durch During E Each Earlier Ebenso Ecco Ein Eine
    Einem Einen Einer Eines Either El Ella Ellas Elle Elles Ellos En Enfin
    Ensuite Entonces Entre Er Era Erst Es Esa Ese Eso Est Esta Estas Este
    Esto Estos Et Etwa Even Every Everyone Experts Fast Few Finally Fino
    Firefighters First For From Fue Fur Further Furthermore Ganz Gegen Gia
    Given Gli Grace Ha Hace Had Hanno Has Hasta Have Hay He Hence Her Here
    Hier His How However I Ich Ici If Ihr Ihre Ihren Ihrer Il Ils Im Immer
    In Indeed Indes Infatti Inoltre Instead Invece Investors Inzwischen Io
    Is Ist It Its Ja Je Jede Jeder Jetzt Just Kein Keine La Las Last Later
    Laut Le Lei Les Let Leur Leurs Like Lo Loro Lorsque Los Luego Lui Ma
    Mais Malgre Man Manche Many Mas Maybe Meanwhile Mehr Mehrere Mentre
    Mes Mientras Mit Molti Molto Mon More Moreover Most Much Mucho Muchos
    Muy My Nach Nachdem Nada Nadie Naturlich Ne Nearly Neben Nei Nein
    Neither Nel Nella Nessuno Nevertheless Next Ni Nicht Nichts Ninguno No
    Nobody Noch Noi Non None Nonostante Nor Nos Nosotros Not Nothing Nous
    Now Nuestra Nuestro Nun Nur Ob Obwohl Oder Officials Oggi Ogni Ohne
    Once One Only Or Ora Orders Other Others Otra Otro Otros Ou Our Over
    Par Para Parce Pendant People Per Perche Perhaps Pero Personne Peu Piu
    Please Plus Plusieurs Poi Poiche Police Por Porque Pour Pourquoi
    Pourtant Prices Prima Proprio Prosecutors Pues Puis Qualche Quand
    Quando Quanto Quella Quello Questa Queste Questi Questo Qui Quien
    Quindi Rather Residents Sa Sales Sans Schon Se Secondo Segun Sein
    Seine Seinen Seit Selbst Selon Sempre Senza Ses Shares She Should Si
    Sia Sie Sin Since Sind Sino So Sobre Sogar Solche Solo Some Someone
    Son Sondern Sono Sonst Soon Sotto Sous Sowohl Statt Still Students Su
    Such Sul Sulla Suo Sur Sus Tal Tambien Tampoco Tan Tanto Thank Thanks
    That The Their Then There Therefore These They This Those Though Three
    Through Thus Tiene To Today Todo Todos Together Tomorrow Too Tous Tout
    Toute Toutefois Toutes Tra Tras Tre Tres Trois Trotz Trotzdem Tutti
    Tutto Two Uber Um Un Una Unas Und Under Une Unless Uno Unos Uns Unser
    Unsere Unter Until Up Upon Usted Vers Viele Voici Voila Vom Von Vor
    Vos Votre Vous Wahrend Wann War Waren Warum Was We Wegen Weil Weitere
    Welche Well Wenn Wer Werden Were What When Where Whether Which While
    Who Whose Why Wie Wieder Wir Wird With Within Without Witnesses Wo
    Workers Would Y Ya Yes Yesterday Yet Yo You Your Zu Zudem Zum Zunachst
    Zur Zwar Zwei Zwischen
""".split())

# what goes on after a time of day
TIMES = frozenset("""
    Apr April Aug August BST CDT CEST CET CST CT Central Dec December EDT
    EST ET Eastern Feb February Fri Friday GMT Jan January Jul July Jun
    June MDT MST MT Mar March May Mon Monday Mountain Nov November Oct
    October PDT PST PT Pacific Sat Saturday Sep Sept September Sun Sunday
    Thu Thurs Thursday Tue Tues Tuesday UTC Wed Wednesday
""".split())

# before and after ordinal numbers of German
GERMAN_ARTICLES = frozenset("""
    ab am beim bis das dem den der des die ihr ihre ihrem ihren ihrer im
    jede jedem jeden jeder jedes seine seinem seinen seiner seit vom zum
    zur
""".split())
GERMAN_ORDINALS = frozenset("""
    Abschnitt April Auflage August Bezirk Bundesliga Dezember Etage
    Februar Geburtstag Halbjahr Halbzeit Jahrhundert Jahrhunderts Janner
    Januar Juli Juni Kammer Kapitel Klasse Lebensjahr Liga Mai Mal Marz
    Minute November Oktober Platz Quartal Runde Senat September Spieltag
    Stock Strafsenat Tag Wahlperiode Weltkrieg Weltkriegs Zivilsenat
""".split())
