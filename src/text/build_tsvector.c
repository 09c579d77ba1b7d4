/*
 * build_tsvector.c
 *	  An article as a tsvector with fields, sentences and paragraphs
 *	  (query-language section 9).
 *
 * The article's words go into a hash table in text order, each with the list
 * of its places, until the tsvector is full.  Where a word's lexeme has no
 * room for a place, a continuation lexeme begins (continuation.h).  Then all
 * lexemes are sorted and written.
 */
#include "postgres.h"

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "port/pg_bswap.h"
#include "tsearch/ts_type.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "base/encoding.h"
#include "text/analyze.h"
#include "text/continuation.h"
#include "text/lexeme.h"
#include "text/tsvector_layout.h"

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
	BiOccurrence occurrence;
	int32		next;			/* index of the lexeme's next place, or -1 */
} Place;

/* a lexeme of the article */
typedef struct Word
{
	BiLexeme	lexeme;
	uint32		hash;
	int32		first;			/* indexes of its first and last place, */
	int32		last;			/* or -1 */
	int32		current;		/* index of the continuation that is being
								 * filled, or -1 */
	int16		nplaces;		/* 0 .. BI_MAX_PLACES */
	int8		clamped;		/* weight of a place at BI_CLAMPED_POSITION,
								 * or -1 */
	bool		continuation;
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
	BiLexeme	first;			/* lexeme of the first number, */
	BiLexeme	lexeme;			/* and of the current one */
} Boundaries;

/* an article being built */
typedef struct Document
{
	wordtable_hash *table;
	Place	   *places;
	int32		nplaces;
	Size		maxplaces;
	Word	   *continuations;
	int			ncontinuations;
	int			maxcontinuations;
	int			bytes;			/* that its lexemes and places take */
	uint32		base;			/* position before the field's first */
	bool		full;
	uint32		last;			/* last position with a word */
	int64		lost;			/* words whose place is not kept */
	int64		left_out;		/* words after the last one kept */
	Boundaries	sentences;
	Boundaries	paragraphs;
} Document;

/* a word, with the first bytes of its lexeme as a number to sort by */
typedef struct SortItem
{
	uint64		key;
	const Word *word;
} SortItem;

/* Set up a lexeme without places. */
static inline void
init_word(Word *word, bool continuation)
{
	word->continuation = continuation;
	word->first = word->last = word->current = word->clamped = -1;
	word->nplaces = 0;
}

/* Where a lexeme's positions count from. */
static inline uint32
word_base(const Document *doc, const Word *word)
{
	return word->continuation ? BI_CONTINUATION_STEP *
		BiContinuationAt(BiOccurrencePos(doc->places[word->first].occurrence)) :
		0;
}

/* Append a place, which the caller knows to be after the word's last one. */
static inline void
add_place(Document *doc, Word *word, BiOccurrence occurrence)
{
	if ((Size) doc->nplaces >= doc->maxplaces)
	{
		doc->maxplaces *= 2;
		doc->places = repalloc_huge(doc->places,
									doc->maxplaces * sizeof(Place));
	}
	doc->places[doc->nplaces].occurrence = occurrence;
	doc->places[doc->nplaces].next = -1;
	if (word->last >= 0)
		doc->places[word->last].next = doc->nplaces;
	else
		word->first = doc->nplaces;
	word->last = doc->nplaces++;
	word->nplaces++;
}

/* Bytes of a lexeme with its number of positions, and of n positions. */
static inline int
lexeme_bytes(int len, int n)
{
	return SHORTALIGN(len) + sizeof(uint16) + n * sizeof(WordEntryPos);
}

/*
 * Begin a continuation of the word at position pos, or return NULL if it
 * would take more than limit with its first place.  Sets *lost instead if
 * there can be none, as the encoding or a lexeme's length does not allow it.
 */
static Word *
begin_continuation(Document *doc, Word *word, uint32 pos, int weight,
				   int limit, bool *lost)
{
	uint32		number = BiContinuationAt(pos);
	bool		clamps = word->current < 0 && word->nplaces < BI_MAX_PLACES;
	char		name[BI_MAX_CONTINUATION_BYTES];
	Word	   *added;
	int			len;
	int			bytes;

	len = BiContinuationName(word->lexeme.s, word->lexeme.len, number, name);
	*lost = len == 0 || len >= MAXSTRLEN || number > BI_MAX_CONTINUATION;
	if (*lost)
		return NULL;
	bytes = lexeme_bytes(len, clamps ? 2 : 1);
	if (doc->bytes + bytes > limit)
		return NULL;
	doc->bytes += bytes;
	if (clamps)
		word->clamped = weight;

	if (doc->ncontinuations == doc->maxcontinuations)
	{
		doc->maxcontinuations = Max(64, 2 * doc->maxcontinuations);
		doc->continuations = doc->continuations == NULL ?
			palloc(doc->maxcontinuations * sizeof(Word)) :
			repalloc_huge(doc->continuations,
						  doc->maxcontinuations * sizeof(Word));
	}
	word->current = doc->ncontinuations;
	added = &doc->continuations[doc->ncontinuations++];
	init_word(added, true);
	added->lexeme.s = memcpy(palloc(len), name, len);
	added->lexeme.len = len;
	return added;
}

/* What became of a lexeme's place. */
typedef enum Added
{
	KEPT,						/* or it was there already */
	LOST,						/* the lexeme can have no more */
	FULL						/* the article takes too many bytes */
} Added;

/*
 * Record a place at position pos for a lexeme that is there already, as
 * add_lexeme does.
 */
static Added
add_further_place(Document *doc, Word *word, uint32 pos, int weight, int limit)
{
	Word	   *current = word->current < 0 ? word :
		&doc->continuations[word->current];
	bool		lost;

	if (current->last >= 0 &&
		BiOccurrencePos(doc->places[current->last].occurrence) == pos)
		return KEPT;
	if (BiPlaceFits(current->nplaces, word_base(doc, current), pos))
	{
		if (doc->bytes + (int) sizeof(WordEntryPos) > limit)
			return FULL;
		doc->bytes += sizeof(WordEntryPos);
	}
	else
	{
		current = begin_continuation(doc, word, pos, weight, limit, &lost);
		if (current == NULL && !lost)
			return FULL;
		if (current == NULL)
		{
			/* as core does: where there is room, at the last position */
			if (word->nplaces == BI_MAX_PLACES || word->clamped >= 0 ||
				doc->bytes + (int) sizeof(WordEntryPos) > limit)
				return LOST;
			doc->bytes += sizeof(WordEntryPos);
			word->clamped = weight;
			return LOST;
		}
	}
	add_place(doc, current, BiOccurrenceMake(pos, weight));
	return KEPT;
}

/*
 * Record that the lexeme is at position pos, with the weight.  Does nothing if
 * the article would then take more bytes than limit.  The lexeme's bytes are
 * not copied.
 */
static Added
add_lexeme(Document *doc, BiLexeme lexeme, uint32 pos, int weight, int limit)
{
	uint32		hash = BiLexemeHash(lexeme);
	Word	   *word = wordtable_lookup_hash(doc->table, lexeme, hash);
	bool		found = word != NULL;
	bool		fits = BiPlaceFits(0, 0, pos);
	int			bytes;
	int			room;

	if (found)
		return add_further_place(doc, word, pos, weight, limit);

	/* one that begins too far on has its places in continuations only */
	bytes = lexeme_bytes(lexeme.len, fits ? 1 : 0);
	room = fits ? 0 : lexeme_bytes(lexeme.len + MAX_MULTIBYTE_CHAR_LEN +
								   BI_CONTINUATION_DIGITS, 2);
	if (doc->bytes + bytes + room > limit)
		return FULL;
	doc->bytes += bytes;
	word = wordtable_insert_hash(doc->table, lexeme, hash, &found);
	init_word(word, false);
	if (!fits)
		return add_further_place(doc, word, pos, weight, limit);
	add_place(doc, word, BiOccurrenceMake(pos, weight));
	return KEPT;
}

/*
 * Record that a sentence or paragraph ends at position pos.  Those that are
 * too far on belong to the first lexeme, as its continuations.
 */
static void
add_boundary_place(Document *doc, Boundaries *boundaries, uint32 pos,
				   int weight, int limit)
{
	bool		near = pos < BI_CLAMPED_POSITION;

	if (boundaries->n > 0 && pos <= boundaries->last)
		return;
	if (boundaries->n == 0 || (near && boundaries->n % BI_MAX_PLACES == 0))
	{
		char	   *name = psprintf("%.*s%d", boundaries->sign_len,
									boundaries->sign,
									boundaries->n / BI_MAX_PLACES);

		boundaries->lexeme.s = name;
		boundaries->lexeme.len = strlen(name);
		if (boundaries->n == 0)
			boundaries->first = boundaries->lexeme;
	}
	if (add_lexeme(doc, near ? boundaries->lexeme : boundaries->first, pos,
				   weight, limit) == KEPT)
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
		Added		added = KEPT;

		if (i % 4096 == 4095)
			CHECK_FOR_INTERRUPTS();
		if (!doc->full)
		{
			add_boundaries_before(doc, analysis, term->pos, weight,
								  &next_sentence, &next_paragraph);
			added = add_lexeme(doc, lexeme, pos, weight, MAX_BYTES);
			doc->full = added == FULL;
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
			if (added == LOST)
				doc->lost++;
		}
	}
	if (!doc->full)
		add_boundaries_before(doc, analysis, PG_UINT32_MAX, weight,
							  &next_sentence, &next_paragraph);
	if (analysis->npos > 0)
		doc->base += analysis->npos + BI_FIELD_GAP;
}

static inline int
compare_items(const SortItem *left, const SortItem *right)
{
	const BiLexeme *l = &left->word->lexeme;
	const BiLexeme *r = &right->word->lexeme;
	int			result;

	if (left->key != right->key)
		return left->key < right->key ? -1 : 1;
	result = memcmp(l->s, r->s, Min(l->len, r->len));
	return result != 0 ? result : l->len - r->len;
}

#define ST_SORT sort_items
#define ST_ELEMENT_TYPE SortItem
#define ST_COMPARE(a, b) compare_items(a, b)
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

/* An item to sort a word by. */
static inline SortItem
sort_item(const Word *word)
{
	SortItem	item = {0, word};

	memcpy(&item.key, word->lexeme.s, Min(word->lexeme.len, 8));
	item.key = pg_ntoh64(item.key);
	return item;
}

/* The lexemes in a tsvector's order; palloc'd.  *n becomes their number. */
static SortItem *
sort_words(const Document *doc, int *n)
{
	SortItem   *items = MemoryContextAllocHuge(CurrentMemoryContext,
											   sizeof(SortItem) *
											   ((Size) doc->table->members +
												doc->ncontinuations + 1));
	wordtable_iterator iterator;
	Word	   *word;

	*n = 0;
	wordtable_start_iterate(doc->table, &iterator);
	while ((word = wordtable_iterate(doc->table, &iterator)) != NULL)
		items[(*n)++] = sort_item(word);
	for (int i = 0; i < doc->ncontinuations; i++)
		items[(*n)++] = sort_item(&doc->continuations[i]);
	sort_items(items, *n);
	return items;
}

/* Write a lexeme's positions to to; returns how many there are. */
static int
write_positions(const Document *doc, const Word *word, uint16 *to)
{
	int			n = word->nplaces;
	uint32		base = word_base(doc, word);

	for (int32 i = word->first; i >= 0; i = doc->places[i].next)
	{
		BiOccurrence occurrence = doc->places[i].occurrence;

		*to = 0;
		WEP_SETPOS(*to, BiOccurrencePos(occurrence) - base);
		WEP_SETWEIGHT(*to, BiOccurrenceWeight(occurrence));
		to++;
	}
	if (word->clamped >= 0)
	{
		*to = 0;
		WEP_SETPOS(*to, BI_CLAMPED_POSITION);
		WEP_SETWEIGHT(*to, word->clamped);
		n++;
	}
	return n;
}

/* Write the tsvector. */
static TSVector
write_tsvector(const Document *doc)
{
	int			n;
	SortItem   *items = sort_words(doc, &n);
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
		*to = (uint16) write_positions(doc, word, to + 1);
		offset += sizeof(uint16) + sizeof(WordEntryPos) * *to;
	}
	Assert(offset == doc->bytes);
	pfree(items);
	return vector;
}

/* Warn of what did not fit. */
static void
warn_of_loss(const Document *doc)
{
	if (doc->lost > 0)
		ereport(WARNING,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("article is too long for the positions of a tsvector"),
				 errdetail("The places of %lld words are not kept, so no phrase and no proximity finds them there.",
						   (long long) doc->lost)));
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
