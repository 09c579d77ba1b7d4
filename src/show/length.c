/*
 * length.c
 *	  How long an article is.
 */
#include "postgres.h"

#include "fmgr.h"
#include "mb/pg_wchar.h"

#include "base/encoding.h"
#include "show/length.h"
#include "text/analyze.h"

#define SENTENCE_SIGN	0x00A7
#define PARAGRAPH_SIGN	0x00B6

int
BiVectorLength(TSVector vector)
{
	const WordEntry *entries = ARRPTR(vector);
	const char *lexemes = STRPTR(vector);
	char		signs[2][MAX_MULTIBYTE_CHAR_LEN + 1];
	int			lengths[2];
	int			n = 0;

	lengths[0] = BiEncodeChar(SENTENCE_SIGN, signs[0]);
	lengths[1] = BiEncodeChar(PARAGRAPH_SIGN, signs[1]);
	for (int i = 0; i < vector->size; i++)
	{
		const char *lexeme = lexemes + entries[i].pos;
		int			len = entries[i].len;
		bool		word = len == 0 || *lexeme != BI_STEM_SIGN;

		for (int j = 0; j < 2 && word; j++)
			word = lengths[j] == 0 || len <= lengths[j] ||
				memcmp(lexeme, signs[j], lengths[j]) != 0;
		if (word)
			n += Max(1, POSDATALEN(vector, &entries[i]));
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
