/*
 * bi_clean.c
 *	  bi_clean(): text of what archives are fed with, before it is stored.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"

#include "base/compat.h"
#include "clean/clean.h"

/* the arguments */
enum
{
	DOCUMENT,
	HTML,
	HYPHENS,
	SPACING
};

/* bytes between checks for interrupts */
#define CHUNK_BYTES 65536

/* Remove the signs that BiCleanMarkup left; returns the new length. */
static int
remove_signs(char *text, int len)
{
	char	   *from = memchr(text, BI_TAG_BREAK, len);
	char	   *to = from;
	char	   *end = text + len;

	while (from != NULL && from < end)
	{
		int			n = Min(end - from, CHUNK_BYTES);
		char	   *stop = memchr(from, BI_TAG_BREAK, n);

		if (stop != NULL)
			n = stop - from;

		CHECK_FOR_INTERRUPTS();
		memmove(to, from, n);
		to += n;
		from += n + (stop != NULL);
	}
	return from == NULL ? len : to - text;
}

PG_FUNCTION_INFO_V1(bi_clean);
Datum
bi_clean(PG_FUNCTION_ARGS)
{
	text	   *document = PG_GETARG_TEXT_PP(DOCUMENT);
	bool		html = PG_GETARG_BOOL(HTML);
	bool		hyphens = PG_GETARG_BOOL(HYPHENS);
	bool		spacing = PG_GETARG_BOOL(SPACING);
	int			len = VARSIZE_ANY_EXHDR(document);
	text	   *result = palloc(len + VARHDRSZ);
	char	   *out = VARDATA(result);

	if (html)
		len = BiCleanMarkup(VARDATA_ANY(document), len, out);
	else
		memcpy(out, VARDATA_ANY(document), len);
	if (spacing)
		len = BiCleanSpacing(out, len);
	if (html)
		len = remove_signs(out, len);
	/* last: a page's end may divide a word */
	if (hyphens)
		len = BiCleanHyphens(out, len);

	SET_VARSIZE(result, len + VARHDRSZ);
	PG_FREE_IF_COPY(document, DOCUMENT);
	PG_RETURN_TEXT_P(result);
}
