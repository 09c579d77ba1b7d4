/*
 * length.c
 *	  Length of an article in words.
 */
#include "postgres.h"

#include "fmgr.h"
#include "mb/pg_wchar.h"

#include "base/encoding.h"
#include "show/length.h"
#include "text/continuation.h"
#include "text/field_prefix.h"

#define NFIELDS 4

/*
 * Length by the sentence boundaries: the last position, minus the gaps
 * between fields; 0 if there are no boundaries, or the last one is clamped.
 */
static int
length_by_boundaries(TSVector vector)
{
	char		sign[MAX_MULTIBYTE_CHAR_LEN + 1];
	int			signlen = BiEncodeChar(BI_SENTENCE_SIGN, sign);
	bool		fields[NFIELDS] = {false};
	bool		clamped = false;
	bool		found;
	uint32		last = 0;
	int			nfields;

	if (signlen == 0)
		return 0;
	for (int i = BiFirstLexeme(vector, sign, signlen, &found);
		 i < vector->size; i++)
	{
		const WordEntry *entry = ARRPTR(vector) + i;
		BiOccurrence *continued;
		int			n = POSDATALEN(vector, entry);

		if (entry->len < signlen ||
			memcmp(STRPTR(vector) + entry->pos, sign, signlen) != 0)
			break;
		if (!BiIsBoundaryLexeme(vector, entry, sign, signlen))
			continue;
		continued = BiContinuedOccurrences(vector, entry, &n);
		for (int j = 0; j < n; j++)
		{
			WordEntryPos place = POSDATAPTR(vector, entry)[j];
			BiOccurrence at = continued != NULL ? continued[j] :
				BiOccurrenceMake(WEP_GETPOS(place), WEP_GETWEIGHT(place));

			fields[BiOccurrenceWeight(at)] = true;
			last = Max(last, BiOccurrencePos(at));
			clamped |= continued == NULL &&
				BiOccurrencePos(at) == BI_CLAMPED_POSITION;
		}
	}
	nfields = fields[0] + fields[1] + fields[2] + fields[3];
	if (nfields == 0 || clamped)
		return 0;
	return Max((int) last - (nfields - 1) * BI_FIELD_GAP, 1);
}

int
BiVectorLength(TSVector vector)
{
	const WordEntry *entries = ARRPTR(vector);
	int			n = length_by_boundaries(vector);

	if (n > 0)
		return n;
	for (int i = 0; i < vector->size; i++)
	{
		if (entries[i].haspos)
			n += _POSVECPTR(vector, &entries[i])->npos;
		else if (!BiIsFieldLexeme(STRPTR(vector) + entries[i].pos,
								  entries[i].len))
			n++;
	}
	return n;
}

PG_FUNCTION_INFO_V1(bi_length);
Datum
bi_length(PG_FUNCTION_ARGS)
{
	TSVector	vector = PG_GETARG_TSVECTOR(0);
	int			n = BiVectorLength(vector);

	PG_FREE_IF_COPY(vector, 0);
	PG_RETURN_INT32(n);
}
