/*
 * build_tsvector.c
 *	  An article as a tsvector with fields, sentences and paragraphs
 *	  (query-language section 9).
 *
 * The article's words go into a hash table in text order, each with the list
 * of its places, until the tsvector is full.  Then the table is sorted and
 * written.
 */
#include "postgres.h"

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "port/pg_bswap.h"
#include "tsearch/ts_type.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "base/encoding.h"
#include "text/analyze.h"
#include "text/lexeme.h"
#include "text/tsvector_layout.h"

/* positions that a lexeme keeps, and boundaries that share a number */
#define MAX_PLACES (MAXNUMPOS - 1)

/* position of all words for which none is left */
#define LAST_POSITION (MAXENTRYPOS - 1)

/* bytes of lexemes and places; the rest is for a text's last boundaries */
#define MAX_BYTES (MAXSTRPOS - 64)

/* the parts of an article, in the order of their weights, A first */
enum
{
	HEADLINE,
	BYLINE,
	SUMMARY,
	BODY,
	NFIELDS
};

/* one place of a lexeme */
typedef struct Place
{
	WordEntryPos pos;			/* with its weight */
	int32		next;			/* index of the lexeme's next place, or -1 */
} Place;

/* a lexeme of the article */
typedef struct Word
{
	BiLexeme	lexeme;
	uint32		hash;
	int32		first;			/* indexes of its first and last place */
	int32		last;
	int32		nplaces;		/* 1 .. MAX_PLACES */
	char		status;
} Word;

#define SH_PREFIX wordtable
#define SH_ELEMENT_TYPE Word
#define SH_KEY_TYPE BiLexeme
#define SH_KEY lexeme
#define SH_HASH_KEY(tb, key) BiLexemeHash(key)
#define SH_EQUAL(tb, a, b) BiLexemeEqual(a, b)
#define SH_STORE_HASH
#define SH_GET_HASH(tb, a) (a)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* the boundaries of one kind: of sentences or of paragraphs */
typedef struct Boundaries
{
	char		sign[MAX_MULTIBYTE_CHAR_LEN + 1];
	int			sign_len;		/* 0 if the encoding does not have it */
	int			n;
	uint32		last;			/* position of the last one */
	BiLexeme	lexeme;			/* of the current number */
} Boundaries;

/* an article being built */
typedef struct Document
{
	wordtable_hash *table;
	Place	   *places;
	int32		nplaces;
	Size		maxplaces;
	int			bytes;			/* that its lexemes and places take */
	uint32		base;			/* position before the field's first */
	bool		full;
	uint32		last;			/* last position with a word */
	int64		clamped;		/* words placed at LAST_POSITION */
	int64		left_out;		/* words */
	Boundaries	sentences;
	Boundaries	paragraphs;
} Document;

/* a word, with the first bytes of its lexeme as a number to sort by */
typedef struct SortItem
{
	uint64		key;
	const Word *word;
} SortItem;

/*
 * Append a place, which the caller knows to be after the word's last one.
 */
static inline void
add_place(Document *doc, Word *word, bool found, WordEntryPos pos)
{
	if ((Size) doc->nplaces >= doc->maxplaces)
	{
		doc->maxplaces *= 2;
		doc->places = repalloc_huge(doc->places,
									doc->maxplaces * sizeof(Place));
	}
	doc->places[doc->nplaces].pos = pos;
	doc->places[doc->nplaces].next = -1;
	if (found)
	{
		doc->places[word->last].next = doc->nplaces;
		word->nplaces++;
	}
	else
	{
		word->first = doc->nplaces;
		word->nplaces = 1;
	}
	word->last = doc->nplaces++;
}

/*
 * Record that the lexeme is at position pos (clamped here), with the weight.
 * Returns false, and does nothing, if the article would then take more bytes
 * than limit.  The lexeme's bytes are not copied.
 */
static bool
add_lexeme(Document *doc, BiLexeme lexeme, uint32 pos, int weight, int limit)
{
	uint32		hash = BiLexemeHash(lexeme);
	Word	   *word = wordtable_lookup_hash(doc->table, lexeme, hash);
	bool		found = word != NULL;
	WordEntryPos place = 0;

	WEP_SETPOS(place, Min(pos, LAST_POSITION));
	WEP_SETWEIGHT(place, weight);
	if (found)
	{
		if (word->nplaces >= MAX_PLACES ||
			WEP_GETPOS(doc->places[word->last].pos) == WEP_GETPOS(place))
			return true;
		if (doc->bytes + (int) sizeof(WordEntryPos) > limit)
			return false;
		doc->bytes += sizeof(WordEntryPos);
	}
	else
	{
		int			bytes = SHORTALIGN(lexeme.len) + sizeof(uint16) +
			sizeof(WordEntryPos);

		if (doc->bytes + bytes > limit)
			return false;
		doc->bytes += bytes;
		word = wordtable_insert_hash(doc->table, lexeme, hash, &found);
	}
	add_place(doc, word, found, place);
	return true;
}

/*
 * Record that a sentence or paragraph ends at position pos.  Boundaries among
 * clamped words tell nothing apart, so one of them is enough.
 */
static void
add_boundary_place(Document *doc, Boundaries *boundaries, uint32 pos,
				   int weight, int limit)
{
	pos = Min(pos, LAST_POSITION);
	if (boundaries->n > 0 && pos <= boundaries->last)
		return;
	if (boundaries->n % MAX_PLACES == 0)
	{
		char	   *name = psprintf("%.*s%d", boundaries->sign_len,
									boundaries->sign,
									boundaries->n / MAX_PLACES);

		boundaries->lexeme.s = name;
		boundaries->lexeme.len = strlen(name);
	}
	if (add_lexeme(doc, boundaries->lexeme, pos, weight, limit))
	{
		boundaries->n++;
		boundaries->last = pos;
	}
}

/*
 * Record the boundaries of the field before position pos of its text;
 * *next_sentence and *next_paragraph advance through the analysis.
 */
static inline void
add_boundaries_before(Document *doc, const BiAnalysis *analysis, uint32 pos,
					  int weight, int *next_sentence, int *next_paragraph)
{
	while (*next_sentence < analysis->nsentences &&
		   analysis->sentences[*next_sentence] < pos)
		add_boundary_place(doc, &doc->sentences,
						   doc->base + analysis->sentences[(*next_sentence)++],
						   weight, MAX_BYTES);
	while (*next_paragraph < analysis->nparagraphs &&
		   analysis->paragraphs[*next_paragraph] < pos)
		add_boundary_place(doc, &doc->paragraphs,
						   doc->base + analysis->paragraphs[(*next_paragraph)++],
						   weight, MAX_BYTES);
}

/* Add the words and boundaries of one field. */
static void
add_field(Document *doc, const BiAnalysis *analysis, int field)
{
	int			weight = NFIELDS - 1 - field;
	int			next_sentence = 0;
	int			next_paragraph = 0;

	for (int i = 0; i < analysis->nterms; i++)
	{
		const BiTerm *term = &analysis->terms[i];
		BiLexeme	lexeme = {term->lexeme, term->len};
		uint32		pos = doc->base + term->pos;

		if (i % 4096 == 4095)
			CHECK_FOR_INTERRUPTS();
		if (!doc->full)
		{
			add_boundaries_before(doc, analysis, term->pos, weight,
								  &next_sentence, &next_paragraph);
			doc->full = !add_lexeme(doc, lexeme, pos, weight, MAX_BYTES);
			if (doc->full && doc->sentences.sign_len > 0 && doc->last > 0)
			{
				add_boundary_place(doc, &doc->sentences, doc->last, weight,
								   MAXSTRPOS);
				add_boundary_place(doc, &doc->paragraphs, doc->last, weight,
								   MAXSTRPOS);
			}
		}

		/* count a word once, whatever its variants */
		if (i > 0 && analysis->terms[i - 1].pos == term->pos)
			continue;
		if (doc->full)
			doc->left_out++;
		else
		{
			doc->last = pos;
			if (pos >= LAST_POSITION)
				doc->clamped++;
		}
	}
	if (!doc->full)
		add_boundaries_before(doc, analysis, PG_UINT32_MAX, weight,
							  &next_sentence, &next_paragraph);
	if (analysis->npos > 0)
		doc->base += analysis->npos + BI_FIELD_GAP;
}

static int
compare_items(const void *a, const void *b)
{
	const SortItem *left = (const SortItem *) a;
	const SortItem *right = (const SortItem *) b;
	const BiLexeme *l = &left->word->lexeme;
	const BiLexeme *r = &right->word->lexeme;
	int			result;

	if (left->key != right->key)
		return left->key < right->key ? -1 : 1;
	result = memcmp(l->s, r->s, Min(l->len, r->len));
	return result != 0 ? result : l->len - r->len;
}

/* The words in the order of a tsvector's lexemes; palloc'd. */
static SortItem *
sort_words(const Document *doc)
{
	SortItem   *items = MemoryContextAllocHuge(CurrentMemoryContext,
											   sizeof(SortItem) *
											   (doc->table->members + 1));
	wordtable_iterator iterator;
	Word	   *word;
	int			n = 0;

	wordtable_start_iterate(doc->table, &iterator);
	while ((word = wordtable_iterate(doc->table, &iterator)) != NULL)
	{
		uint64		key = 0;

		memcpy(&key, word->lexeme.s, Min(word->lexeme.len, 8));
		items[n].key = pg_ntoh64(key);
		items[n++].word = word;
	}
	qsort(items, n, sizeof(SortItem), compare_items);
	return items;
}

/* Write the tsvector. */
static TSVector
write_tsvector(const Document *doc)
{
	int			n = doc->table->members;
	SortItem   *items = sort_words(doc);
	Size		size = CALCDATASIZE((Size) n, doc->bytes);
	TSVector	vector = palloc0(size);
	WordEntry  *entry;
	char	   *base;
	int			offset = 0;

	SET_VARSIZE(vector, size);
	vector->size = n;
	entry = ARRPTR(vector);
	base = STRPTR(vector);
	for (int i = 0; i < n; i++, entry++)
	{
		const Word *word = items[i].word;
		uint16	   *to;

		entry->haspos = 1;
		entry->len = word->lexeme.len;
		entry->pos = offset;
		memcpy(base + offset, word->lexeme.s, word->lexeme.len);
		offset += SHORTALIGN(word->lexeme.len);
		to = (uint16 *) (base + offset);
		*to++ = (uint16) word->nplaces;
		for (int32 place = word->first; place >= 0;
			 place = doc->places[place].next)
			*to++ = doc->places[place].pos;
		offset += sizeof(uint16) + sizeof(WordEntryPos) * word->nplaces;
	}
	Assert(offset == doc->bytes);
	pfree(items);
	return vector;
}

/* Warn of what did not fit. */
static void
warn_of_loss(const Document *doc)
{
	if (doc->clamped > 0)
		ereport(WARNING,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("article is too long for the positions of a tsvector"),
				 errdetail("%lld words past position %d stand at position %d, where no phrase and no proximity finds them.",
						   (long long) doc->clamped, LAST_POSITION - 1,
						   LAST_POSITION)));
	if (doc->left_out > 0)
		ereport(WARNING,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("article is too long for a tsvector"),
				 errdetail("The last %lld words, past %d bytes of words and positions, are left out.",
						   (long long) doc->left_out, MAXSTRPOS)));
}

/*
 * Initialize the boundaries of one kind; false if the database encoding has
 * no such sign.
 */
static bool
init_boundaries(Boundaries *boundaries, uint32 sign)
{
	memset(boundaries, 0, sizeof(Boundaries));
	boundaries->sign_len = BiEncodeChar(sign, boundaries->sign);
	return boundaries->sign_len > 0;
}

PG_FUNCTION_INFO_V1(bi_tsvector);

/*
 * bi_tsvector(headline, body, summary, byline, config): the article as a
 * tsvector.  A part that is NULL is skipped; without configuration the result
 * is NULL.
 */
Datum
bi_tsvector(PG_FUNCTION_ARGS)
{
	static const int argument[NFIELDS] = {
		[HEADLINE] = 0,[BODY] = 1,[SUMMARY] = 2,[BYLINE] = 3
	};
	BiConfig	config;
	Document	doc;
	bool		boundaries;

	if (PG_ARGISNULL(4))
		PG_RETURN_NULL();
	BiConfigOpen(PG_GETARG_OID(4), &config);

	memset(&doc, 0, sizeof(doc));
	boundaries = init_boundaries(&doc.sentences, BI_SENTENCE_SIGN);
	boundaries = init_boundaries(&doc.paragraphs, BI_PARAGRAPH_SIGN) &&
		boundaries;
	if (!boundaries)
		doc.sentences.sign_len = 0;
	doc.table = wordtable_create(CurrentMemoryContext, 128, NULL);
	doc.maxplaces = 256;
	doc.places = palloc(sizeof(Place) * doc.maxplaces);

	for (int field = 0; field < NFIELDS; field++)
	{
		text	   *part;

		if (PG_ARGISNULL(argument[field]))
			continue;
		part = PG_GETARG_TEXT_PP(argument[field]);
		add_field(&doc, BiAnalyze(&config, VARDATA_ANY(part),
								  VARSIZE_ANY_EXHDR(part), boundaries, NULL),
				  field);
	}
	warn_of_loss(&doc);
	PG_RETURN_TSVECTOR(write_tsvector(&doc));
}
