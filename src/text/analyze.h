/*
 * analyze.h
 *	  Text to lexemes with positions: the one path that documents and
 *	  queries share.
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
	uint16		variant;		/* terms of one variant at one position belong
								 * together; different variants are
								 * alternatives */
	bool		prefix;			/* the dictionary asks for a prefix match */
} BiTerm;

typedef struct BiAnalysis
{
	BiTerm	   *terms;
	int			nterms;
	uint32		npos;			/* positions taken, including those of dropped
								 * words */
	uint32	   *sentences;		/* position of the last word of each,
								 * ascending */
	int			nsentences;
	uint32	   *paragraphs;
	int			nparagraphs;
} BiAnalysis;

/*
 * Analyse the len bytes at text with config, as its parser and dictionaries
 * do; positions are not clamped, and only memory limits lengths.  With
 * boundaries, also finds where sentences and paragraphs end (query-language
 * section 9); a boundary is the last position taken before it, and no two are
 * the same.
 *
 * Everything is allocated in the current memory context.  Answers cancel
 * requests.  Raises what the configuration's own functions raise.  Tokens
 * over BI_MAX_WORD_BYTES are left out silently and take no position; if
 * too_long is not NULL, their byte ranges are appended to it, in order, so
 * that a caller can report them: without these bytes the text has no such
 * token, or fewer.
 */
extern BiAnalysis *BiAnalyze(const BiConfig *config, const char *text,
							 int len, bool boundaries, BiTokens *too_long);

/*
 * Receives what BiAnalyzeTo finds as it goes through the text.
 */
typedef struct BiTermSink BiTermSink;

struct BiTermSink
{
	/*
	 * A term, in order of position, from the bytes start .. end of the text
	 * (0 .. 0 unless places are wanted; if a dictionary makes one term of
	 * several tokens, from the first to the last).  It is valid only during
	 * the call.
	 */
	void		(*term) (BiTermSink *sink, const BiTerm *term, int32 start,
						 int32 end);

	/*
	 * A sentence, or also a paragraph, ends at position pos.  Called in
	 * order, after the terms up to pos, perhaps twice for one boundary.  NULL
	 * if not wanted.
	 */
	void		(*boundary) (BiTermSink *sink, uint32 pos, bool paragraph);
	bool		places;			/* are byte ranges wanted? */
	bool		stems;			/* are lexemes wanted that begin with
								 * BI_STEM_SIGN? */
	BiLexemeCache *cache;		/* not NULL; may have words of earlier texts,
								 * with this configuration */
};

/*
 * The same without collecting: what BiAnalyze would return goes to sink.
 * Memory does not grow with the text, except by 8 bytes per sentence if
 * boundaries are wanted, and in stretches without any white space.
 */
extern void BiAnalyzeTo(const BiConfig *config, const char *text, int len,
						BiTermSink *sink);

#endif							/* BI_ANALYZE_H */
