/*
 * breaker.c
 *	  ICU's word and sentence boundaries.
 *
 * Opening a break iterator takes ICU a good part of a millisecond, but
 * setting it to another text only half a microsecond; so the two iterators
 * are opened once per backend.  This is the only mutable file-level state of
 * the extension.  It keeps nothing of a text between calls: an iterator in
 * use when an error was raised is simply set to the next text.
 */
#include "postgres.h"

#include "text/breaker.h"

/* NULL until first used; never closed before the backend exits */
static UBreakIterator * word_breaker = NULL;
static UBreakIterator * sentence_breaker = NULL;

/*
 * Open *breaker if it is not open yet, and set it to the text.  Raises if ICU
 * cannot, which means that it lacks memory or its data.
 */
static UBreakIterator *
set_breaker(UBreakIterator * *breaker, UBreakIteratorType type,
			const UChar *text, int32 len)
{
	UErrorCode	status = U_ZERO_ERROR;

	if (*breaker == NULL)
	{
		/* the root locale: nothing depends on the server's locale */
		UBreakIterator *opened = ubrk_open(type, "root", NULL, 0, &status);

		if (U_FAILURE(status))
			ereport(ERROR,
					(errcode(status == U_MEMORY_ALLOCATION_ERROR ?
							 ERRCODE_OUT_OF_MEMORY :
							 ERRCODE_EXTERNAL_ROUTINE_EXCEPTION),
					 errmsg("could not open ICU break iterator: %s",
							u_errorName(status))));
		*breaker = opened;
	}

	ubrk_setText(*breaker, text, len, &status);
	if (U_FAILURE(status))
		ereport(ERROR,
				(errcode(status == U_MEMORY_ALLOCATION_ERROR ?
						 ERRCODE_OUT_OF_MEMORY :
						 ERRCODE_EXTERNAL_ROUTINE_EXCEPTION),
				 errmsg("could not find boundaries with ICU: %s",
						u_errorName(status))));
	return *breaker;
}

UBreakIterator *
BiWordBreaker(const UChar *text, int32 len)
{
	return set_breaker(&word_breaker, UBRK_WORD, text, len);
}

UBreakIterator *
BiSentenceBreaker(const UChar *text, int32 len)
{
	return set_breaker(&sentence_breaker, UBRK_SENTENCE, text, len);
}
