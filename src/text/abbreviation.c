/*
 * abbreviation.c
 *	  Full stops that end no sentence.
 *
 * What a full stop means is told by the word before it, the words around an
 * ordinal number, and the word that follows.  Words are compared by their
 * base letters, so that the lists are of ASCII: num is also Spanish's núm.
 */
#include "postgres.h"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>

#include "mb/pg_wchar.h"

#include "base/encoding.h"
#include "text/abbreviation.h"

/* letters of the longest word in the lists */
#define MAX_WORD 15

/* ... and of the longest abbreviation */
#define MAX_ABBREVIATION 10

/* characters between a full stop and the word that follows */
#define MAX_GAP 200

StaticAssertDecl(MAX_GAP + MAX_WORD < BI_STOP_LOOK_AHEAD,
				 "looks no further than it says");

/* a word next to the full stop */
typedef struct Word
{
	int			start;			/* its first character */
	int			end;			/* after its last one */
	int			n;				/* letters and digits, without marks; 0 if
								 * there is no word */
	bool		known;			/* all have a base letter, and fit: */
	char		letters[MAX_WORD + 1];	/* ... the base letters, terminated */
} Word;

/* what a full stop after a word may be */
typedef enum
{
	ORDINARY,					/* the end of a sentence */
	ALWAYS,						/* of a title, rank, court and the like: it
								 * ends no sentence */
	SUFFIX,						/* of what ends a name; at the end of a
								 * paragraph it ends a sentence, too */
	NUMBERED,					/* of an abbreviation if a number follows */
	WEAK,						/* it may end a sentence, too: months, states,
								 * streets */
	FINAL,						/* of what ends a list, and perhaps the
								 * sentence with it */
	PAIR,						/* WEAK after a certain word */
	NUMBERED_PAIR				/* PAIR or NUMBERED */
} StopKind;

static const struct
{
	const char *word;
	StopKind	kind;
}			abbreviations[] = {
	{"AA", WEAK}, {"APR", WEAK}, {"AUG", WEAK}, {"Abb", NUMBERED},
	{"Abg", ALWAYS}, {"Abgg", ALWAYS}, {"Abp", ALWAYS}, {"Abr", WEAK},
	{"Abs", ALWAYS}, {"Abt", WEAK}, {"Adj", ALWAYS}, {"Adm", ALWAYS},
	{"Ala", WEAK}, {"Ald", ALWAYS}, {"Alta", WEAK}, {"Amb", ALWAYS},
	{"Amm", ALWAYS}, {"Anm", ALWAYS}, {"Ann", NUMBERED}, {"App", WEAK},
	{"Apr", WEAK}, {"Apt", NUMBERED}, {"Arch", ALWAYS}, {"Ariz", WEAK},
	{"Ark", WEAK}, {"Arq", ALWAYS}, {"Art", WEAK}, {"Arts", NUMBERED},
	{"Artt", NUMBERED}, {"Assn", ALWAYS}, {"Assoc", WEAK}, {"Asst", ALWAYS},
	{"Atty", ALWAYS}, {"Attys", ALWAYS}, {"Aufl", ALWAYS}, {"Aug", WEAK},
	{"Auth", ALWAYS}, {"Av", ALWAYS}, {"Avda", ALWAYS}, {"Ave", WEAK},
	{"Avv", ALWAYS}, {"Az", ALWAYS}, {"Bankr", ALWAYS}, {"Bd", NUMBERED},
	{"Bde", NUMBERED}, {"Bf", ALWAYS}, {"Bgm", ALWAYS}, {"Bl", NUMBERED},
	{"Bldg", WEAK}, {"Blvd", WEAK}, {"Bp", ALWAYS}, {"Br", NUMBERED},
	{"Brig", ALWAYS}, {"Bros", WEAK}, {"Bspw", ALWAYS}, {"Bzw", ALWAYS},
	{"CAPT", ALWAYS}, {"CIR", ALWAYS}, {"CO", SUFFIX}, {"COL", ALWAYS},
	{"CORP", SUFFIX}, {"CT", ALWAYS}, {"Ca", ALWAYS}, {"Cal", WEAK},
	{"Calif", WEAK}, {"Cap", NUMBERED}, {"Capt", ALWAYS}, {"Cass", WEAK},
	{"Cav", ALWAYS}, {"Cdr", ALWAYS}, {"Cdt", ALWAYS}, {"Cf", ALWAYS},
	{"Cfr", ALWAYS}, {"Ch", NUMBERED}, {"Chap", NUMBERED}, {"Chr", WEAK},
	{"Cia", SUFFIX}, {"Cie", SUFFIX}, {"Cir", ALWAYS}, {"Civ", ALWAYS},
	{"Cl", ALWAYS}, {"Cmdr", ALWAYS}, {"Cne", ALWAYS}, {"Cnel", ALWAYS},
	{"Co", SUFFIX}, {"Cod", ALWAYS}, {"Col", ALWAYS}, {"Colo", WEAK},
	{"Cols", ALWAYS}, {"Comm", ALWAYS}, {"Commn", ALWAYS}, {"Commr", ALWAYS},
	{"Commrs", ALWAYS}, {"Cong", ALWAYS}, {"Conn", WEAK}, {"Const", ALWAYS},
	{"Coop", WEAK}, {"Corp", SUFFIX}, {"Cos", SUFFIX}, {"Cpl", ALWAYS},
	{"Crim", ALWAYS}, {"Ct", ALWAYS}, {"DEC", WEAK}, {"DR", ALWAYS},
	{"Dec", WEAK}, {"Del", WEAK}, {"Dept", WEAK}, {"Depto", WEAK},
	{"Det", ALWAYS}, {"Dez", WEAK}, {"Dipl", ALWAYS}, {"Dist", WEAK},
	{"Div", WEAK}, {"Dkt", NUMBERED}, {"Dna", ALWAYS}, {"Doc", NUMBERED},
	{"Docs", NUMBERED}, {"Dott", ALWAYS}, {"Dr", ALWAYS}, {"Dra", ALWAYS},
	{"Dras", ALWAYS}, {"Dres", ALWAYS}, {"Drs", ALWAYS}, {"EE", ALWAYS},
	{"Ed", WEAK}, {"Educ", ALWAYS}, {"Egr", ALWAYS}, {"Elec", ALWAYS},
	{"Ene", WEAK}, {"Envtl", ALWAYS}, {"Esq", WEAK}, {"Etc", FINAL},
	{"Ets", ALWAYS}, {"Evid", ALWAYS}, {"Evtl", ALWAYS}, {"Ex", NUMBERED},
	{"Excma", ALWAYS}, {"Excmo", ALWAYS}, {"Exh", NUMBERED}, {"Exkl", ALWAYS},
	{"Exp", NUMBERED}, {"Exs", NUMBERED}, {"FEB", WEAK}, {"FF", ALWAYS},
	{"FIG", WEAK}, {"Fa", ALWAYS}, {"Fdo", ALWAYS}, {"Feb", WEAK},
	{"Febr", WEAK}, {"Fed", WEAK}, {"Fevr", WEAK}, {"Fig", WEAK},
	{"Figs", WEAK}, {"Fla", WEAK}, {"Fr", ALWAYS}, {"Fri", WEAK},
	{"Frl", ALWAYS}, {"Ft", WEAK}, {"GEN", ALWAYS}, {"GOV", ALWAYS},
	{"Ga", WEAK}, {"Gebr", ALWAYS}, {"Gen", ALWAYS}, {"Gens", ALWAYS},
	{"Gent", ALWAYS}, {"Geom", ALWAYS}, {"Ggf", ALWAYS}, {"Gov", ALWAYS},
	{"Govs", ALWAYS}, {"Gral", ALWAYS}, {"HON", ALWAYS}, {"Hg", ALWAYS},
	{"Hl", ALWAYS}, {"Hna", ALWAYS}, {"Hno", ALWAYS}, {"Hnos", WEAK},
	{"Hon", ALWAYS}, {"Hosp", ALWAYS}, {"Hr", ALWAYS}, {"Hrn", ALWAYS},
	{"Hrsg", ALWAYS}, {"Hwy", WEAK}, {"INC", SUFFIX}, {"Ibid", ALWAYS},
	{"Ill", WEAK}, {"Ilma", ALWAYS}, {"Ilmo", ALWAYS}, {"Inc", SUFFIX},
	{"Ind", WEAK}, {"Ing", ALWAYS}, {"Inh", ALWAYS}, {"Inkl", ALWAYS},
	{"Insb", ALWAYS}, {"Insp", ALWAYS}, {"Intl", ALWAYS}, {"JAN", WEAK},
	{"JR", SUFFIX}, {"Jan", WEAK}, {"Janv", WEAK}, {"Jg", ALWAYS},
	{"Jh", WEAK}, {"Jhd", WEAK}, {"Jhdt", WEAK}, {"Jr", SUFFIX},
	{"Juil", WEAK}, {"Jul", WEAK}, {"Jun", WEAK}, {"Kan", WEAK},
	{"Kap", NUMBERED}, {"Kard", ALWAYS}, {"Ky", WEAK}, {"LT", ALWAYS},
	{"LTD", SUFFIX}, {"La", WEAK}, {"Lcda", ALWAYS}, {"Lcdo", ALWAYS},
	{"Lgs", ALWAYS}, {"Lic", ALWAYS}, {"Lt", ALWAYS}, {"Ltd", SUFFIX},
	{"MAR", WEAK}, {"MM", ALWAYS}, {"MR", ALWAYS}, {"MRS", ALWAYS},
	{"MS", ALWAYS}, {"Mag", ALWAYS}, {"Magg", ALWAYS}, {"Maj", ALWAYS},
	{"Mar", WEAK}, {"Mass", WEAK}, {"Md", WEAK}, {"Mem", ALWAYS},
	{"Messrs", ALWAYS}, {"Mfg", ALWAYS}, {"Mgr", ALWAYS}, {"Mgrs", ALWAYS},
	{"Mich", WEAK}, {"Minn", WEAK}, {"Mio", WEAK}, {"Miss", WEAK},
	{"Mlle", ALWAYS}, {"Mlles", ALWAYS}, {"Mme", ALWAYS}, {"Mmes", ALWAYS},
	{"Mo", WEAK}, {"Mon", WEAK}, {"Mons", ALWAYS}, {"Mont", WEAK},
	{"Mr", ALWAYS}, {"Mrd", WEAK}, {"Mrs", ALWAYS}, {"Mrz", WEAK},
	{"Ms", ALWAYS}, {"Msgr", ALWAYS}, {"Mt", WEAK}, {"Mtn", WEAK},
	{"Mts", WEAK}, {"Mx", ALWAYS}, {"NO", WEAK}, {"NOV", WEAK},
	{"Natl", ALWAYS}, {"Neb", WEAK}, {"Nev", WEAK}, {"No", WEAK},
	{"Nos", NUMBERED}, {"Nov", WEAK}, {"Nr", ALWAYS}, {"Nrn", ALWAYS},
	{"Num", ALWAYS}, {"Nums", ALWAYS}, {"OCT", WEAK}, {"Oct", WEAK},
	{"Okla", WEAK}, {"Okt", WEAK}, {"On", WEAK}, {"Ont", WEAK},
	{"Op", ALWAYS}, {"Ore", WEAK}, {"PROF", ALWAYS}, {"Pa", WEAK},
	{"Pag", ALWAYS}, {"Pagg", ALWAYS}, {"Pags", ALWAYS}, {"Par", NUMBERED},
	{"Para", NUMBERED}, {"Penn", WEAK}, {"Pfc", ALWAYS}, {"Ph", ALWAYS},
	{"Pkwy", WEAK}, {"Pl", NUMBERED}, {"Plc", SUFFIX}, {"Pr", ALWAYS},
	{"Pres", ALWAYS}, {"Proc", ALWAYS}, {"Prods", ALWAYS}, {"Prof", ALWAYS},
	{"Profa", ALWAYS}, {"Proff", ALWAYS}, {"Profs", ALWAYS},
	{"Prot", NUMBERED}, {"Ps", NUMBERED}, {"Pt", WEAK}, {"Pub", WEAK},
	{"Pvt", ALWAYS}, {"REP", ALWAYS}, {"REV", ALWAYS}, {"Rag", WEAK},
	{"Rd", WEAK}, {"Rdnr", NUMBERED}, {"Rdnrn", NUMBERED}, {"Ref", NUMBERED},
	{"Reg", ALWAYS}, {"Regs", ALWAYS}, {"Rep", ALWAYS}, {"Reps", ALWAYS},
	{"Rev", ALWAYS}, {"Revs", ALWAYS}, {"Rm", NUMBERED}, {"Rn", NUMBERED},
	{"Rptr", ALWAYS}, {"Rt", ALWAYS}, {"Ry", ALWAYS}, {"Rz", NUMBERED},
	{"SEC", WEAK}, {"SEN", ALWAYS}, {"SEPT", WEAK}, {"SGT", ALWAYS},
	{"ST", ALWAYS}, {"SUPP", ALWAYS}, {"Sat", WEAK}, {"Sec", WEAK},
	{"Secs", NUMBERED}, {"Sen", ALWAYS}, {"Sens", ALWAYS}, {"Sep", WEAK},
	{"Sept", WEAK}, {"Sess", ALWAYS}, {"Sez", ALWAYS}, {"Sgt", ALWAYS},
	{"Sgto", ALWAYS}, {"Sgts", ALWAYS}, {"Sig", ALWAYS}, {"Sigg", ALWAYS},
	{"Soc", ALWAYS}, {"Sog", ALWAYS}, {"Spett", ALWAYS}, {"Sq", WEAK},
	{"Sr", SUFFIX}, {"Sra", ALWAYS}, {"Sras", ALWAYS}, {"Sres", ALWAYS},
	{"Srta", ALWAYS}, {"Srtas", ALWAYS}, {"St", ALWAYS}, {"Sta", ALWAYS},
	{"Staatssekr", ALWAYS}, {"Stat", ALWAYS}, {"Std", WEAK}, {"Ste", ALWAYS},
	{"Sto", ALWAYS}, {"Str", WEAK}, {"Sts", ALWAYS}, {"Stv", ALWAYS},
	{"Sup", ALWAYS}, {"Super", WEAK}, {"Supp", ALWAYS}, {"Supt", ALWAYS},
	{"Sys", ALWAYS}, {"Tab", NUMBERED}, {"Tav", NUMBERED}, {"Techs", ALWAYS},
	{"Tel", NUMBERED}, {"Ten", WEAK}, {"Tenn", WEAK}, {"Tex", WEAK},
	{"Thu", WEAK}, {"Thur", WEAK}, {"Thurs", WEAK}, {"Tit", NUMBERED},
	{"Tr", NUMBERED}, {"Transp", ALWAYS}, {"Tsd", WEAK}, {"Tte", ALWAYS},
	{"Tue", WEAK}, {"Tues", WEAK}, {"Twp", ALWAYS}, {"Tz", NUMBERED},
	{"UU", WEAK}, {"Ud", ALWAYS}, {"Uds", ALWAYS}, {"Uff", ALWAYS},
	{"Univ", ALWAYS}, {"VOL", WEAK}, {"VS", ALWAYS}, {"Va", WEAK},
	{"Vd", ALWAYS}, {"Vda", ALWAYS}, {"Vds", ALWAYS}, {"Vgl", ALWAYS},
	{"Viz", ALWAYS}, {"Vol", WEAK}, {"Vols", WEAK}, {"Vt", WEAK},
	{"Wash", WEAK}, {"Wed", WEAK}, {"Wis", WEAK}, {"Wyo", WEAK},
	{"Ziff", NUMBERED}, {"Zzgl", ALWAYS}, {"abr", WEAK}, {"abzgl", ALWAYS},
	{"al", NUMBERED_PAIR}, {"amerik", ALWAYS}, {"ap", NUMBERED},
	{"approx", ALWAYS}, {"apr", WEAK}, {"aprox", ALWAYS}, {"apt", NUMBERED},
	{"art", NUMBERED}, {"arts", NUMBERED}, {"artt", NUMBERED}, {"av", WEAK},
	{"avr", WEAK}, {"avv", ALWAYS}, {"bspw", ALWAYS}, {"bzw", ALWAYS},
	{"ca", ALWAYS}, {"cap", NUMBERED}, {"cf", ALWAYS}, {"cfr", ALWAYS},
	{"ch", NUMBERED}, {"chap", NUMBERED}, {"cit", PAIR}, {"civ", WEAK},
	{"cod", WEAK}, {"coll", WEAK}, {"dec", WEAK}, {"dept", WEAK},
	{"dgl", ALWAYS}, {"dott", ALWAYS}, {"dr", ALWAYS}, {"dra", ALWAYS},
	{"dt", ALWAYS}, {"ecc", FINAL}, {"ed", NUMBERED}, {"eds", ALWAYS},
	{"einschl", ALWAYS}, {"ej", ALWAYS}, {"ene", WEAK}, {"engl", ALWAYS},
	{"env", ALWAYS}, {"es", PAIR}, {"est", NUMBERED}, {"etc", FINAL},
	{"evtl", ALWAYS}, {"exkl", ALWAYS}, {"feb", WEAK}, {"febr", WEAK},
	{"fevr", WEAK}, {"fig", NUMBERED}, {"figs", NUMBERED}, {"frz", ALWAYS},
	{"geb", ALWAYS}, {"gem", NUMBERED}, {"genn", WEAK}, {"gest", ALWAYS},
	{"ggf", ALWAYS}, {"griech", ALWAYS}, {"hab", WEAK}, {"habil", ALWAYS},
	{"hon", ALWAYS}, {"ibid", ALWAYS}, {"inc", NUMBERED}, {"incl", ALWAYS},
	{"ing", ALWAYS}, {"inkl", ALWAYS}, {"insb", ALWAYS}, {"insbes", ALWAYS},
	{"janv", WEAK}, {"juil", WEAK}, {"jur", ALWAYS}, {"lat", ALWAYS},
	{"lett", NUMBERED}, {"lgs", ALWAYS}, {"lit", NUMBERED}, {"lli", ALWAYS},
	{"max", WEAK}, {"med", WEAK}, {"min", WEAK}, {"mind", NUMBERED},
	{"mons", ALWAYS}, {"nat", ALWAYS}, {"no", NUMBERED}, {"nos", NUMBERED},
	{"nov", WEAK}, {"num", ALWAYS}, {"nums", ALWAYS}, {"oct", WEAK},
	{"osterr", ALWAYS}, {"ott", WEAK}, {"pag", ALWAYS}, {"pagg", ALWAYS},
	{"pags", ALWAYS}, {"par", NUMBERED}, {"para", NUMBERED},
	{"paras", NUMBERED}, {"pen", PAIR}, {"phil", ALWAYS}, {"plc", SUFFIX},
	{"pp", ALWAYS}, {"proc", WEAK}, {"prof", ALWAYS}, {"ref", NUMBERED},
	{"rer", ALWAYS}, {"sec", NUMBERED}, {"secs", NUMBERED}, {"sept", WEAK},
	{"seq", PAIR}, {"sett", WEAK}, {"sez", ALWAYS}, {"sig", ALWAYS},
	{"sog", ALWAYS}, {"sr", ALWAYS}, {"sra", ALWAYS}, {"srta", ALWAYS},
	{"ss", ALWAYS}, {"suiv", WEAK}, {"tav", NUMBERED}, {"tel", NUMBERED},
	{"tit", NUMBERED}, {"trad", ALWAYS}, {"usf", FINAL}, {"usw", FINAL},
	{"verh", ALWAYS}, {"verw", ALWAYS}, {"vgl", ALWAYS}, {"viz", ALWAYS},
	{"vol", NUMBERED}, {"vols", NUMBERED}, {"vs", ALWAYS}, {"zzgl", ALWAYS}
};

/* capitalized words that begin a sentence rather than go on with a name */
static const char *const openers[] = {
	"A", "Ab", "Aber", "About", "According", "After", "Afterwards", "Ai",
	"Ainsi", "Al", "Alcuni", "Algunos", "All", "Alla", "Alle", "Allerdings",
	"Allora", "Alors", "Als", "Also", "Although", "Am", "An", "Analysts",
	"Anche", "Ancora", "And", "Andere", "Another", "Ante", "Antes", "Any",
	"Anyone", "Appena", "Apres", "Aquel", "As", "Asi", "Asked", "At", "Au",
	"Auch", "Aucun", "Aucune", "Auf", "Aun", "Aunque", "Aus", "Ausserdem",
	"Aussi", "Authorities", "Autre", "Aux", "Avant", "Avec", "Bajo",
	"Beaucoup", "Because", "Before", "Bei", "Beide", "Beim", "Bereits",
	"Besonders", "Between", "Bien", "Bis", "Both", "But", "By", "Ca", "Cada",
	"Can", "Car", "Ce", "Cela", "Cependant", "Ces", "Cet", "Cette", "Chaque",
	"Che", "Chi", "Ci", "Cio", "Comme", "Con", "Contra", "Cosi", "Could",
	"Critics", "Cuando", "Da", "Dabei", "Dadurch", "Dafur", "Dagegen", "Daher",
	"Dal", "Dalla", "Damals", "Damit", "Danach", "Dann", "Dans", "Daran",
	"Darauf", "Darin", "Das", "Dass", "Davon", "Dazu", "Dei", "Della", "Delle",
	"Dem", "Den", "Denn", "Dennoch", "Depuis", "Der", "Deren", "Des", "Desde",
	"Deshalb", "Despite", "Despues", "Dessen", "Deux", "Di", "Did", "Die",
	"Dies", "Diese", "Diesem", "Diesen", "Dieser", "Dieses", "Do", "Doch",
	"Does", "Donde", "Dopo", "Dort", "Dove", "Due", "Durante", "Durch",
	"During", "E", "Each", "Earlier", "Ebenso", "Ecco", "Ein", "Eine", "Einem",
	"Einen", "Einer", "Eines", "Either", "El", "Ella", "Ellas", "Elle",
	"Elles", "Ellos", "En", "Enfin", "Ensuite", "Entonces", "Entre", "Er",
	"Era", "Erst", "Es", "Esa", "Ese", "Eso", "Est", "Esta", "Estas", "Este",
	"Esto", "Estos", "Et", "Etwa", "Even", "Every", "Everyone", "Experts",
	"Fast", "Few", "Finally", "Fino", "Firefighters", "First", "For", "From",
	"Fue", "Fur", "Further", "Furthermore", "Ganz", "Gegen", "Gia", "Given",
	"Gli", "Grace", "Ha", "Hace", "Had", "Hanno", "Has", "Hasta", "Have",
	"Hay", "He", "Hence", "Her", "Here", "Hier", "His", "How", "However", "I",
	"Ich", "Ici", "If", "Ihr", "Ihre", "Ihren", "Ihrer", "Il", "Ils", "Im",
	"Immer", "In", "Indeed", "Indes", "Infatti", "Inoltre", "Instead",
	"Invece", "Investors", "Inzwischen", "Io", "Is", "Ist", "It", "Its", "Ja",
	"Je", "Jede", "Jeder", "Jetzt", "Just", "Kein", "Keine", "La", "Las",
	"Last", "Later", "Laut", "Le", "Lei", "Les", "Let", "Leur", "Leurs",
	"Like", "Lo", "Loro", "Lorsque", "Los", "Luego", "Lui", "Ma", "Mais",
	"Malgre", "Man", "Manche", "Many", "Mas", "Maybe", "Meanwhile", "Mehr",
	"Mehrere", "Mentre", "Mes", "Mientras", "Mit", "Molti", "Molto", "Mon",
	"More", "Moreover", "Most", "Much", "Mucho", "Muchos", "Muy", "My", "Nach",
	"Nachdem", "Nada", "Nadie", "Naturlich", "Ne", "Nearly", "Neben", "Nei",
	"Nein", "Neither", "Nel", "Nella", "Nessuno", "Nevertheless", "Next", "Ni",
	"Nicht", "Nichts", "Ninguno", "No", "Nobody", "Noch", "Noi", "Non", "None",
	"Nonostante", "Nor", "Nos", "Nosotros", "Not", "Nothing", "Nous", "Now",
	"Nuestra", "Nuestro", "Nun", "Nur", "Ob", "Obwohl", "Oder", "Officials",
	"Oggi", "Ogni", "Ohne", "Once", "One", "Only", "Or", "Ora", "Orders",
	"Other", "Others", "Otra", "Otro", "Otros", "Ou", "Our", "Over", "Par",
	"Para", "Parce", "Pendant", "People", "Per", "Perche", "Perhaps", "Pero",
	"Personne", "Peu", "Piu", "Please", "Plus", "Plusieurs", "Poi", "Poiche",
	"Police", "Por", "Porque", "Pour", "Pourquoi", "Pourtant", "Prices",
	"Prima", "Proprio", "Prosecutors", "Pues", "Puis", "Qualche", "Quand",
	"Quando", "Quanto", "Quella", "Quello", "Questa", "Queste", "Questi",
	"Questo", "Qui", "Quien", "Quindi", "Rather", "Residents", "Sa", "Sales",
	"Sans", "Schon", "Se", "Secondo", "Segun", "Sein", "Seine", "Seinen",
	"Seit", "Selbst", "Selon", "Sempre", "Senza", "Ses", "Shares", "She",
	"Should", "Si", "Sia", "Sie", "Sin", "Since", "Sind", "Sino", "So",
	"Sobre", "Sogar", "Solche", "Solo", "Some", "Someone", "Son", "Sondern",
	"Sono", "Sonst", "Soon", "Sotto", "Sous", "Sowohl", "Statt", "Still",
	"Students", "Su", "Such", "Sul", "Sulla", "Suo", "Sur", "Sus", "Tal",
	"Tambien", "Tampoco", "Tan", "Tanto", "Thank", "Thanks", "That", "The",
	"Their", "Then", "There", "Therefore", "These", "They", "This", "Those",
	"Though", "Three", "Through", "Thus", "Tiene", "To", "Today", "Todo",
	"Todos", "Together", "Tomorrow", "Too", "Tous", "Tout", "Toute",
	"Toutefois", "Toutes", "Tra", "Tras", "Tre", "Tres", "Trois", "Trotz",
	"Trotzdem", "Tutti", "Tutto", "Two", "Uber", "Um", "Un", "Una", "Unas",
	"Und", "Under", "Une", "Unless", "Uno", "Unos", "Uns", "Unser", "Unsere",
	"Unter", "Until", "Up", "Upon", "Usted", "Vers", "Viele", "Voici", "Voila",
	"Vom", "Von", "Vor", "Vos", "Votre", "Vous", "Wahrend", "Wann", "War",
	"Waren", "Warum", "Was", "We", "Wegen", "Weil", "Weitere", "Welche",
	"Well", "Wenn", "Wer", "Werden", "Were", "What", "When", "Where",
	"Whether", "Which", "While", "Who", "Whose", "Why", "Wie", "Wieder", "Wir",
	"Wird", "With", "Within", "Without", "Witnesses", "Wo", "Workers", "Would",
	"Y", "Ya", "Yes", "Yesterday", "Yet", "Yo", "You", "Your", "Zu", "Zudem",
	"Zum", "Zunachst", "Zur", "Zwar", "Zwei", "Zwischen"
};

/* what may follow a time of day */
static const char *const times[] = {
	"Apr", "April", "Aug", "August", "BST", "CDT", "CEST", "CET", "CST", "CT",
	"Central", "Dec", "December", "EDT", "EST", "ET", "Eastern", "Feb",
	"February", "Fri", "Friday", "GMT", "Jan", "January", "Jul", "July", "Jun",
	"June", "MDT", "MST", "MT", "Mar", "March", "May", "Mon", "Monday",
	"Mountain", "Nov", "November", "Oct", "October", "PDT", "PST", "PT",
	"Pacific", "Sat", "Saturday", "Sep", "Sept", "September", "Sun", "Sunday",
	"Thu", "Thurs", "Thursday", "Tue", "Tues", "Tuesday", "UTC", "Wed",
	"Wednesday"
};

/* what stands before an ordinal number of German */
static const char *const german_articles[] = {
	"ab", "am", "beim", "bis", "das", "dem", "den", "der", "des", "die", "ihr",
	"ihre", "ihrem", "ihren", "ihrer", "im", "jede", "jedem", "jeden", "jeder",
	"jedes", "seine", "seinem", "seinen", "seiner", "seit", "vom", "zum", "zur"
};

/* and after one */
static const char *const german_ordinals[] = {
	"Abschnitt", "April", "Auflage", "August", "Bezirk", "Bundesliga",
	"Dezember", "Etage", "Februar", "Geburtstag", "Halbjahr", "Halbzeit",
	"Jahrhundert", "Jahrhunderts", "Janner", "Januar", "Juli", "Juni",
	"Kammer", "Kapitel", "Klasse", "Lebensjahr", "Liga", "Mai", "Mal", "Marz",
	"Minute", "November", "Oktober", "Platz", "Quartal", "Runde", "Senat",
	"September", "Spieltag", "Stock", "Strafsenat", "Tag", "Wahlperiode",
	"Weltkrieg", "Weltkriegs", "Zivilsenat"
};

/*
 * Single letters with a vowel sign whose full stop does not end a sentence in
 * the scripts of northern India: the names of b c d g j k p t v, in initials,
 * and Doctor, Mohammad, Mister, rupees, Miss.  Any other such letter is a
 * word, often a verb.  The blocks of these scripts have the same layout, so
 * each pair is written in Devanagari.
 */
static const uint16 indic_abbreviations[][2] = {
	{0x092C, 0x0940}, {0x092C, 0x093F}, {0x0938, 0x0940}, {0x0938, 0x093F},
	{0x0921, 0x0940}, {0x0921, 0x093F}, {0x091C, 0x0940}, {0x091C, 0x093F},
	{0x091C, 0x0947}, {0x0915, 0x0947}, {0x092A, 0x0940}, {0x092A, 0x093F},
	{0x091F, 0x0940}, {0x091F, 0x093F}, {0x0935, 0x0940}, {0x092D, 0x093F},
	{0x0921, 0x0949}, {0x0921, 0x094B}, {0x0921, 0x093E}, {0x092E, 0x094B},
	{0x092E, 0x093F}, {0x0930, 0x0941}, {0x0930, 0x0942}, {0x0915, 0x0941}
};

static inline uint32
char_at(const BiStretch *text, int i)
{
	return text->bytes != NULL ? (unsigned char) text->bytes[i] :
		text->chars[i];
}

static inline bool
is_ascii_letter(uint32 c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static inline bool
is_ascii_digit(uint32 c)
{
	return c >= '0' && c <= '9';
}

static bool
is_word_char(uint32 c)
{
	return c < 0x80 ? is_ascii_letter(c) || is_ascii_digit(c) :
		u_isalnum((UChar32) c);
}

static bool
is_mark(uint32 c)
{
	return c >= 0x80 && (U_GET_GC_MASK((UChar32) c) & U_GC_M_MASK) != 0;
}

static bool
is_blank(uint32 c)
{
	return c < 0x80 ? c == ' ' || (c >= '\t' && c <= '\r') :
		u_isUWhiteSpace((UChar32) c);
}

static bool
is_closing(uint32 c)
{
	return c < 0x80 ? c > ' ' && strchr("\"'()[]{}", c) != NULL :
		u_getIntPropertyValue((UChar32) c, UCHAR_SENTENCE_BREAK) ==
		U_SB_CLOSE;
}

/* The ASCII letter or digit that c is without its accent; 0 if it is none. */
static char
base_letter(uint32 c)
{
	UErrorCode	status = U_ZERO_ERROR;
	UChar		parts[8];

	if (c >= 0x80)
	{
		if (unorm2_getDecomposition(unorm2_getNFDInstance(&status),
									(UChar32) c, parts, lengthof(parts),
									&status) <= 0 || U_FAILURE(status))
			return 0;
		c = parts[0];
	}
	return is_ascii_letter(c) || is_ascii_digit(c) ? (char) c : 0;
}

/* The word that ends at end, of which no more than the lists have is read. */
static Word
word_before(const BiStretch *text, int end)
{
	Word		word = {end, end, 0, true, ""};
	char		reversed[MAX_WORD];

	while (word.start > text->start && word.n <= MAX_WORD)
	{
		uint32		c = char_at(text, word.start - 1);

		if (!is_mark(c))
		{
			if (!is_word_char(c))
				break;
			if (word.n < MAX_WORD)
				reversed[word.n] = base_letter(c);
			word.known &= word.n < MAX_WORD && reversed[word.n] != 0;
			word.n++;
		}
		word.start--;
	}
	/* marks of nothing */
	while (word.start < end && is_mark(char_at(text, word.start)))
		word.start++;
	if (word.known)
	{
		for (int i = 0; i < word.n; i++)
			word.letters[i] = reversed[word.n - 1 - i];
		word.letters[word.n] = '\0';
	}
	return word;
}

/*
 * The word that begins at or after next, or none if a terminator comes first
 * or nothing in reach.
 */
static Word
word_after(const BiStretch *text, int next)
{
	Word		word = {next, next, 0, true, ""};
	int			limit = Min(text->end, next + MAX_GAP);

	while (word.start < limit && !is_word_char(char_at(text, word.start)))
	{
		uint32		c = char_at(text, word.start);

		if (c == '.' || c == '!' || c == '?')
			return word;
		word.start++;
	}
	if (word.start == limit)
		return word;
	for (word.end = word.start; word.end < text->end; word.end++)
	{
		uint32		c = char_at(text, word.end);

		if (is_mark(c))
			continue;
		if (!is_word_char(c) || word.n == MAX_WORD)
			break;
		word.letters[word.n] = base_letter(c);
		word.known &= word.letters[word.n] != 0;
		word.n++;
	}
	word.letters[word.n] = '\0';
	return word;
}

static int
compare_words(const void *a, const void *b)
{
	return strcmp(a, *(const char *const *) b);
}

#define is_listed(letters, list) \
	(bsearch(letters, list, lengthof(list), sizeof(char *), \
			 compare_words) != NULL)

/* What a full stop after the word may be, by the word alone. */
static StopKind
kind_of(const Word *word)
{
	int			low = 0;
	int			high = lengthof(abbreviations);

	if (!word->known || word->n > MAX_ABBREVIATION)
		return ORDINARY;
	while (low < high)
	{
		int			middle = (low + high) / 2;
		int			order = strcmp(word->letters, abbreviations[middle].word);

		if (order == 0)
			return abbreviations[middle].kind;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return ORDINARY;
}

static bool
is_number(const Word *word)
{
	for (int i = 0; i < word->n && word->known; i++)
		if (!is_ascii_digit(word->letters[i]))
			return false;
	return word->n > 0 && word->known;
}

static bool
is_capitalized(const BiStretch *text, const Word *word)
{
	return word->n > 0 && u_isUUppercase((UChar32) char_at(text, word->start));
}

/* Write the word with only its first letter in capitals. */
static void
put_in_title_case(const Word *word, char *letters)
{
	strcpy(letters, word->letters);
	for (int i = 1; i < word->n; i++)
		if (is_ascii_letter(letters[i]))
			letters[i] |= 0x20;
}

/*
 * Does the capitalized word begin a sentence, rather than go on with a name?
 * A single letter does if an apostrophe follows (L'État), and not as an
 * initial.
 */
static bool
opens_sentence(const BiStretch *text, const Word *word)
{
	char		letters[MAX_WORD + 1];

	if (!is_capitalized(text, word) || !word->known)
		return false;
	if (word->n <= 2 && word->end < text->end)
	{
		uint32		after = char_at(text, word->end);

		if (BiIsApostrophe(after))
			return true;
		if (word->n == 1 && after == '.')
			return false;
	}
	put_in_title_case(word, letters);
	return is_listed(letters, openers);
}

static bool
is_roman(const Word *word)
{
	return word->known && strspn(word->letters, "IVXLC") == (size_t) word->n;
}

/* Is the word that follows a number, or one in Roman digits? */
static bool
is_numbering(const BiStretch *text, const Word *word)
{
	uint32		c;

	if (word->n == 0)
		return false;
	c = char_at(text, word->start);
	if (c < 0x80 ? is_ascii_digit(c) : u_isdigit((UChar32) c))
		return true;
	/* I is mostly the pronoun */
	return is_roman(word) && strcmp(word->letters, "I") != 0;
}

/* A letter that numbers, as in art. L. 121 of French codes or (Ex. A). */
static bool
is_numbering_letter(const BiStretch *text, const Word *word)
{
	uint32		c = word->end < text->end ? char_at(text, word->end) : ' ';

	return word->n == 1 && is_capitalized(text, word) && c > ' ' &&
		c < 0x80 && strchr(".,;:-)]", c) != NULL;
}

/* Is the word among the user's own abbreviations? */
static bool
is_own_abbreviation(const BiStretch *text, const Word *word, const char *list)
{
	const char *end = list + strlen(list);

	while (list < end)
	{
		int			i = word->start;
		bool		same = true;
		bool		any = false;

		for (;;)
		{
			int			len = 1;
			uint32		c = list < end ? BiDecodeChar(list, end, &len) : 0;

			list += list < end ? len : 0;
			if (c == '.')
				continue;
			if (c == 0 || c == ',' || is_blank(c))
				break;
			any = true;
			same = same && i < word->end && char_at(text, i) == c;
			i++;
		}
		if (any && same && i == word->end)
			return true;
	}
	return false;
}

/* The word before this one, with only blanks between; none if there is none. */
static Word
neighbour_before(const BiStretch *text, const Word *word)
{
	int			i = word->start;
	int			limit = Max(text->start, word->start - MAX_GAP);
	Word		none = {i, i, 0, true, ""};

	while (i > limit && is_blank(char_at(text, i - 1)))
		i--;
	return i == word->start ? none : word_before(text, i);
}

/* Is the word an abbreviation with the word before it? */
static bool
is_second_of_pair(const BiStretch *text, const Word *word)
{
	static const char *const pairs[][2] = {
		{"ad", "es"}, {"et", "al"}, {"et", "seq"}, {"per", "es"},
		{"op", "cit"}, {"cod", "pen"}, {"proc", "pen"}
	};
	Word		before = {0};

	for (int i = 0; i < (int) lengthof(pairs); i++)
	{
		if (strcmp(word->letters, pairs[i][1]) != 0)
			continue;
		if (before.letters[0] == '\0')
		{
			before = neighbour_before(text, word);
			/* cod. pen. */
			if (before.n == 0 && before.start > text->start &&
				char_at(text, before.start - 1) == '.')
				before = word_before(text, before.start - 1);
		}
		if (before.known && strcmp(before.letters, pairs[i][0]) == 0)
			return true;
	}
	return false;
}

/* Is the word, with a full stop, mostly an abbreviation? */
static bool
is_abbreviation(const Word *word)
{
	StopKind	kind = kind_of(word);

	if (!word->known || word->n < 2)
		return word->n == 1 && !is_number(word);
	return kind != ORDINARY && kind != FINAL && kind != PAIR;
}

/*
 * Whether the number stands at the start of the text or after the end of a
 * sentence, as that of an item of a list.
 */
static bool
is_label(const BiStretch *text, const Word *word)
{
	int			i = word->start;
	int			limit = Max(text->start, word->start - MAX_GAP);

	while (i > limit)
	{
		uint32		c = char_at(text, i - 1);

		if (!is_blank(c) && !is_closing(c))
		{
			Word		before = word_before(text, i - 1);

			return i < word->start &&
				(c == '!' || c == '?' || c == ':' ||
				 (c == '.' && !is_abbreviation(&before)));
		}
		i--;
	}
	return limit == text->start;
}

/*
 * Whether the full stop after the number is not the end of a sentence: that
 * of an item of a list, or an ordinal number of German.
 */
static bool
number_ends_nothing(const BiStretch *text, const Word *number,
					const Word *after)
{
	Word		before;

	uint32		glued = number->start > text->start ?
		char_at(text, number->start - 1) : ' ';

	if (number->n > 3 || glued == '.' || glued == ',')
		return false;
	if (is_label(text, number))
		return true;
	if (is_capitalized(text, after) && after->known &&
		is_listed(after->letters, german_ordinals))
		return true;
	before = neighbour_before(text, number);
	if (before.n == 0 || !before.known)
		return false;
	before.letters[0] |= 0x20;
	if (!is_listed(before.letters, german_articles))
		return false;
	return is_numbering(text, after) || !opens_sentence(text, after);
}

/* May the word go on with a time of day: of a day, a month or a time zone? */
static bool
is_of_time(const Word *word)
{
	return word->known && is_listed(word->letters, times);
}

/*
 * Is the single letter the second one of a.m. or p.m.?
 */
static bool
is_time_of_day(const BiStretch *text, const Word *word)
{
	int			i = word->start - 1;

	if ((word->letters[0] | 0x20) != 'm')
		return false;
	if (i > text->start && char_at(text, i) == ' ')
		i--;
	if (i <= text->start || char_at(text, i) != '.')
		return false;
	if ((char_at(text, i - 1) | 0x20) != 'a' &&
		(char_at(text, i - 1) | 0x20) != 'p')
		return false;
	if (i - 1 == text->start)
		return true;
	return !is_word_char(char_at(text, i - 2)) && char_at(text, i - 2) != '.';
}

static bool
is_line_break(uint32 c)
{
	return c == '\n' || c == '\r' || c == 0x85 || c == 0x2028;
}

/*
 * Whether what begins at next, after the full stop at stop, begins a line
 * that is known to be indented more than the one before it, as paragraphs
 * are.
 */
static bool
is_indented(const BiStretch *text, int stop, int next)
{
	int			indent = 0;
	int			line = stop;
	int			before = 0;

	while (next - indent - 1 > stop &&
		   !is_line_break(char_at(text, next - indent - 1)))
	{
		if (indent++ > MAX_GAP)
			return false;
	}
	if (next - indent - 1 <= stop)
		return false;			/* on the same line */
	while (line > text->start && !is_line_break(char_at(text, line - 1)))
	{
		if (stop - line > MAX_GAP)
			return false;
		line--;
	}
	if (line == text->start && !text->first)
		return false;			/* who knows */
	while (line + before < stop && is_blank(char_at(text, line + before)))
		before++;
	return indent > before;
}

/*
 * Whether a full stop at stop, after an abbreviation that also ends
 * sentences, does not end one here: unless a capital follows, which after the
 * end of a list or a time of day may be of any word.
 */
static bool
weak_ends_nothing(const BiStretch *text, int stop, int next,
				  const Word *after, bool any)
{
	if (is_indented(text, stop, next))
		return false;
	if (any)
		return !is_capitalized(text, after) || is_of_time(after) ||
			is_numbering_letter(text, after);
	return !opens_sentence(text, after);
}

/*
 * Whether a letter with a vowel sign is a word if a full stop and a blank
 * follow.  It is in scripts that end sentences with a full stop (perhaps
 * besides a sign of their own) and have words this short: those of northern
 * India, Sinhala and Lao.  It is mostly an initial in those of southern
 * India, and an abbreviation in Thai, Khmer and Burmese, which end sentences
 * in another way.
 */
static bool
is_short_word(uint32 letter, uint32 vowel)
{
	switch (u_getIntPropertyValue((UChar32) letter, UCHAR_SCRIPT))
	{
		case USCRIPT_DEVANAGARI:
		case USCRIPT_BENGALI:
		case USCRIPT_GURMUKHI:
		case USCRIPT_GUJARATI:
		case USCRIPT_ORIYA:
			letter = 0x0900 | (letter & 0x7F);
			vowel = 0x0900 | (vowel & 0x7F);
			for (int i = 0; i < (int) lengthof(indic_abbreviations); i++)
			{
				if (indic_abbreviations[i][0] == letter &&
					indic_abbreviations[i][1] == vowel)
					return false;
			}
			return true;
		case USCRIPT_SINHALA:
		case USCRIPT_LAO:
			return true;
		default:
			return false;
	}
}

/*
 * Whether the single letter at character k, followed by its marks and the
 * full stop at character stop, is an initial or the like, not a word.
 */
static bool
is_initial(const BiStretch *text, int k, int stop)
{
	/* next to another full stop it is part of an acronym */
	if (stop + 1 < text->end &&
		u_isalnum((UChar32) char_at(text, stop + 1)))
		return true;
	if (k > text->start && char_at(text, k - 1) == '.')
		return true;
	for (int i = k + 1; i < stop; i++)
	{
		if (u_getIntPropertyValue((UChar32) char_at(text, i),
								  UCHAR_INDIC_SYLLABIC_CATEGORY) ==
			U_INSC_VOWEL_DEPENDENT)
			return !is_short_word(char_at(text, k), char_at(text, i));
	}
	return true;
}

/*
 * Whether the full stop at stop, after a word of several letters, ends no
 * sentence.
 */
static bool
word_ends_nothing(const BiStretch *text, const Word *word, int stop, int next)
{
	StopKind	kind = kind_of(word);
	Word		after;

	if (kind == ALWAYS)
		return true;
	if (kind == SUFFIX)
		return !is_indented(text, stop, next);
	if (kind == ORDINARY)
	{
		if (is_roman(word) && is_label(text, word))
			return true;
		/* German streets: Hauptstr. */
		if (word->n <= 4 || strcmp(word->letters + word->n - 3, "str") != 0)
			return false;
	}
	after = word_after(text, next);
	if ((kind == NUMBERED || kind == NUMBERED_PAIR) &&
		(is_numbering(text, &after) || is_numbering_letter(text, &after)))
		return true;
	if (kind == NUMBERED ||
		((kind == PAIR || kind == NUMBERED_PAIR) &&
		 !is_second_of_pair(text, word)))
		return false;
	return weak_ends_nothing(text, stop, next, &after, kind == FINAL);
}

/*
 * Whether the dot at stop is the last of a row before a number, as in a table
 * of contents.
 */
static bool
is_leader(const BiStretch *text, int stop, const Word *after)
{
	int			i = stop;
	int			limit = Max(text->start, stop - MAX_GAP);

	while (i > limit && is_blank(char_at(text, i - 1)))
		i--;
	return i > text->start && char_at(text, i - 1) == '.' &&
		after->n > 0 && is_ascii_digit(char_at(text, after->start));
}

bool
BiStopEndsNothing(const BiStretch *text, int stop, int next,
				  const char *abbreviations)
{
	Word		word = word_before(text, stop);
	Word		after;

	if (char_at(text, stop) != '.')
	{
		/* names with an exclamation mark */
		if (char_at(text, stop) != '!' || !word.known ||
			(strcmp(word.letters, "Yahoo") != 0 &&
			 strcmp(word.letters, "Jeopardy") != 0 &&
			 strcmp(word.letters, "Yum") != 0))
			return false;
		after = word_after(text, next);
		return !opens_sentence(text, &after);
	}
	if (word.n == 0)
	{
		after = word_after(text, next);
		return is_leader(text, stop, &after);
	}
	if (word.n == 1)
	{
		/* after an apostrophe, as in a possessive, it is not a word */
		if (word.start > text->start + 1 &&
			BiIsApostrophe(char_at(text, word.start - 1)) &&
			is_word_char(char_at(text, word.start - 2)))
			return false;
		if (!is_number(&word) &&
			!is_initial(text, word.start, stop))
			return false;
	}
	if (abbreviations != NULL &&
		is_own_abbreviation(text, &word, abbreviations))
		return true;
	if (!word.known)
		return word.n == 1 && u_isalpha((UChar32) char_at(text, word.start));
	if (is_number(&word))
	{
		after = word_after(text, next);
		return number_ends_nothing(text, &word, &after);
	}
	if (word.n == 1)
	{
		if (!is_time_of_day(text, &word))
			return true;
		after = word_after(text, next);
		return weak_ends_nothing(text, stop, next, &after, true);
	}
	return word_ends_nothing(text, &word, stop, next);
}
