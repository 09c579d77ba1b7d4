/*
 * clean.c
 *	  Target "clean": arbitrary text through bi_clean.
 *
 * First byte: what is turned off, and how often the rest is repeated.
 *
 * What must hold: the result is text of the database's encoding and no longer
 * than what was given; with all turned off nothing changes; without signs of
 * markup left, markup is removed at once, as divided words are joined; and
 * the parts one after the other are the whole.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "fuzz.h"

static FuzzFunction clean = {.signature = "bi_clean(text,bool,bool,bool)"};

typedef struct CleanInput
{
	Datum		text;
	uint8		options;
} CleanInput;

/* The text cleaned, after looking at what must hold of any. */
static text *
cleaned(Datum given, bool html, bool hyphens, bool spacing)
{
	text	   *result = DatumGetTextPP(FuzzCall(&clean, given,
												 BoolGetDatum(html),
												 BoolGetDatum(hyphens),
												 BoolGetDatum(spacing)));

	if (VARSIZE_ANY_EXHDR(result) > VARSIZE_ANY_EXHDR(DatumGetPointer(given)))
		FuzzFail("a clean text is longer: %s", TextDatumGetCString(given));
	if (memchr(VARDATA_ANY(result), 0, VARSIZE_ANY_EXHDR(result)) != NULL ||
		!pg_verify_mbstr(GetDatabaseEncoding(), VARDATA_ANY(result),
						 VARSIZE_ANY_EXHDR(result), true))
		FuzzFail("a clean text is no text: %s", TextDatumGetCString(given));
	return result;
}

static void
same_text(const char *what, const text *a, const text *b)
{
	if (VARSIZE_ANY_EXHDR(a) != VARSIZE_ANY_EXHDR(b) ||
		memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) != 0)
		FuzzFail("%s: \"%s\" and \"%s\"", what, text_to_cstring(a),
				 text_to_cstring(b));
}

static void
try_clean(void *arg)
{
	CleanInput *input = arg;
	Datum		given = input->text;
	text	   *once;

	same_text("nothing is done", DatumGetTextPP(given),
			  cleaned(given, false, false, false));
	(void) cleaned(given, input->options & 1, input->options & 2,
				   input->options & 4);

	once = cleaned(given, true, false, false);
	if (memchr(VARDATA_ANY(once), '<', VARSIZE_ANY_EXHDR(once)) == NULL &&
		memchr(VARDATA_ANY(once), '&', VARSIZE_ANY_EXHDR(once)) == NULL)
		same_text("markup twice", once,
				  cleaned(PointerGetDatum(once), true, false, false));

	once = cleaned(given, false, true, false);
	same_text("hyphens twice", once,
			  cleaned(PointerGetDatum(once), false, true, false));

	once = cleaned(given, false, false, true);
	once = cleaned(PointerGetDatum(once), false, true, false);
	same_text("one after the other", once, cleaned(given, false, true, true));
}

void
FuzzCleaning(const uint8 *data, size_t size)
{
	CleanInput	input;
	char	   *text;
	int			len;
	int			times;

	if (size < 1)
		return;
	input.options = data[0];
	times = 1 + data[0] / 64;
	text = FuzzClean(data + 1, size - 1, &len);
	text = repalloc(text, Max(len * times, 1));
	for (int i = 1; i < times; i++)
		memcpy(text + i * len, text, len);
	input.text = FuzzText2Datum(text, len * times);
	FuzzTry(try_clean, &input);
}
