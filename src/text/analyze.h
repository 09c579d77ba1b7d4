/*
 * analyze.h
 *	  Text to lexemes with positions: the one road that documents and
 *	  queries take.
 */
#ifndef BI_ANALYZE_H
#define BI_ANALYZE_H

#include "text/config.h"
#include "text/lexeme_cache.h"
#include "text/tokenize.h"

/* the sign in front of a stem in a configuration that keeps exact forms */
#define BI_STEM_SIGN '~'

typedef struct BiTerm
{
	char	   *lexeme;			/* palloc'd or in a shared buffer; not
								 * terminated */
	int32		len;			/* 1 .. BI_MAX_WORD_BYTES */
	uint32		pos;			/* from 1; terms come in order of position */
	uint16		variant;		/* at one position, terms of one variant
								 * belong together, those of others are
								 * alternatives */
	bool		prefix;			/* the dictionary asks for a prefix match */
} BiTerm;

typedef struct BiAnalysis
{
	BiTerm	   *terms;
	int			nterms;
	uint32		npos;			/* positions taken, by dropped words too */
	uint32	   *sentences;		/* position of the last word of each, rising */
	int			nsentences;
	uint32	   *paragraphs;
	int			nparagraphs;
} BiAnalysis;

/*
 * Analyse the len bytes at text with config, as its parser and dictionaries
 * do; positions are not clamped and lengths not limited but by memory.
 * With marks, also finds where sentences and paragraphs end
 * (query-language section 9); a mark stands at the last position taken
 * before the boundary, and no two are alike.
 *
 * Everything is allocated in the current memory context.  Answers cancel
 * requests.  Raises what the configuration's own functions raise.  Tokens
 * over BI_MAX_WORD_BYTES are left out silently and take no position; if
 * too_long is not NULL their places are appended to it, in order, so that a
 * caller can tell: without these bytes the text has no such token, or fewer.
 */
extern BiAnalysis *BiAnalyze(const BiConfig *config, const char *text,
							 int len, bool marks, BiTokens *too_long);

/*
 * What BiAnalyzeTo tells, as it goes through the text.
 */
typedef struct BiTermSink BiTermSink;

struct BiTermSink
{
	/*
	 * A term, in order of position, from the bytes start .. end of the text
	 * (0 .. 0 unless places are wanted; where a dictionary makes one of
	 * several tokens, from the first to the last).  It is gone after the
	 * call.
	 */
	void		(*term) (BiTermSink *sink, const BiTerm *term, int32 start,
						 int32 end);

	/*
	 * A sentence ends at position pos, or a paragraph with it; told in order,
	 * not before the terms up to there, the same one perhaps twice.  NULL if
	 * not wanted.
	 */
	void		(*mark) (BiTermSink *sink, uint32 pos, bool paragraph);
	bool		places;			/* wanted? */
	bool		stems;			/* are lexemes wanted that begin with
								 * BI_STEM_SIGN? */
	BiLexemeCache *cache;		/* not NULL; may have words of texts before,
								 * with this configuration */
};

/*
 * The same without collecting: what BiAnalyze would give goes to sink.  Memory
 * does not grow with the text, apart from 8 bytes for each sentence where
 * marks are wanted, and for stretches without any white space.
 */
extern void BiAnalyzeTo(const BiConfig *config, const char *text, int len,
						BiTermSink *sink);

#endif							/* BI_ANALYZE_H */
