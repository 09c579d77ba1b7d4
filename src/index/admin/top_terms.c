/*
 * top_terms.c
 *	  The most frequent terms of an index: bi_index_terms.
 *
 * The dictionaries of all segments are merged, and the n most frequent terms
 * so far kept in a binary heap with the least frequent of them on top.
 */
#include "postgres.h"

#include "funcapi.h"
#include "lib/binaryheap.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/tuplestore.h"

#include "base/compat.h"
#include "index/admin/open_index.h"
#include "index/page/abbrev_key.h"
#include "index/page/error_context.h"
#include "index/segment/dictionary.h"

/* most terms that may be asked for */
#define MAX_TERMS 100000

/* a term, and the sum of its lists in all segments */
typedef struct Frequent
{
	int64		articles;
	int64		size;
	int			len;
	char	   *term;
} Frequent;

/*
 * Positive if a is less frequent than b.  Of two equally frequent terms the
 * one that sorts first counts as the more frequent.
 */
static int
compare_rank(Datum a, Datum b, void *arg pg_attribute_unused())
{
	const Frequent *left = (const Frequent *) DatumGetPointer(a);
	const Frequent *right = (const Frequent *) DatumGetPointer(b);

	if (left->articles != right->articles)
		return left->articles < right->articles ? 1 : -1;
	return BisCompareTerms(left->term, left->len, right->term, right->len);
}

/* Keep a copy of the term if it is among the n best so far. */
static void
keep_if_best(binaryheap *best, int n, const Frequent *term)
{
	Frequent   *copy;

	if (best->bh_size >= n &&
		compare_rank(binaryheap_first(best), PointerGetDatum(term),
					 NULL) <= 0)
		return;
	copy = palloc_object(Frequent);
	*copy = *term;
	copy->term = palloc(Max(term->len, 1));
	memcpy(copy->term, term->term, term->len);
	if (best->bh_size >= n)
	{
		Frequent   *worst =
			(Frequent *) DatumGetPointer(binaryheap_first(best));

		pfree(worst->term);
		pfree(worst);
		binaryheap_replace_first(best, PointerGetDatum(copy));
	}
	else
		binaryheap_add(best, PointerGetDatum(copy));
}

/* a segment's dictionary */
typedef struct Source
{
	bool		more;			/* is terms at a term, not at its end? */
	BisTerms	terms;
} Source;

/* Open the dictionaries of all segments, each at its first term. */
static Source *
open_sources(const BisMeta *meta, const BisStore *store)
{
	Source	   *sources = palloc_array(Source, Max(meta->nsegments, 1));

	for (uint32 i = 0; i < meta->nsegments; i++)
	{
		BisTermsSeek(&sources[i].terms,
					 BisSegmentOpen(store, &meta->segments[i]), "", 0);
		sources[i].more = BisTermsNext(&sources[i].terms);
	}
	return sources;
}

/* Compare the current terms of two sources. */
static int
compare_current_terms(const Source *a, const Source *b)
{
	return BisCompareTerms(a->terms.term, a->terms.len,
						   b->terms.term, b->terms.len);
}

/* Find the n most frequent terms. */
static void
find_best_terms(Source *sources, uint32 nsources, binaryheap *best, int n)
{
	for (;;)
	{
		Source	   *least = NULL;
		Frequent	term = {0};
		char		bytes[BIS_MAX_TERM];

		CHECK_FOR_INTERRUPTS();
		for (uint32 i = 0; i < nsources; i++)
		{
			if (sources[i].more &&
				(least == NULL ||
				 compare_current_terms(&sources[i], least) < 0))
				least = &sources[i];
		}
		if (least == NULL)
			return;
		term.term = bytes;
		term.len = least->terms.len;
		memcpy(bytes, least->terms.term, term.len);
		for (uint32 i = 0; i < nsources; i++)
		{
			BisTerms   *terms = &sources[i].terms;

			if (!sources[i].more || terms->len != term.len ||
				memcmp(terms->term, bytes, term.len) != 0)
				continue;
			term.articles += terms->entry.ndocs;
			term.size += terms->entry.postings_len +
				terms->entry.positions_len;
			sources[i].more = BisTermsNext(terms);
		}
		if (!BisIsPrefixTerm(term.term, term.len))
			keep_if_best(best, n, &term);
	}
}

/* Return the terms found, the most frequent first. */
static void
return_best_terms(ReturnSetInfo *result, binaryheap *best)
{
	int			n = best->bh_size;
	Frequent  **sorted = palloc_array(Frequent *, Max(n, 1));

	for (int i = n; i-- > 0;)
		sorted[i] = (Frequent *)
			DatumGetPointer(binaryheap_remove_first(best));
	for (int i = 0; i < n; i++)
	{
		Datum		values[3];
		bool		nulls[3] = {0};

		if (!pg_verifymbstr(sorted[i]->term, sorted[i]->len, true))
			BisCorrupted("lexeme is not text in the database's encoding");
		values[0] = PointerGetDatum(cstring_to_text_with_len(sorted[i]->term,
															 sorted[i]->len));
		values[1] = Int64GetDatum(sorted[i]->articles);
		values[2] = Int64GetDatum(sorted[i]->size);
		tuplestore_putvalues(result->setResult, result->setDesc, values,
							 nulls);
	}
}

PG_FUNCTION_INFO_V1(bi_index_terms);
Datum
bi_index_terms(PG_FUNCTION_ARGS)
{
	Oid			relation = PG_GETARG_OID(0);
	int32		n = PG_GETARG_INT32(1);
	Relation	index = BisIndexOpen(relation, AccessShareLock);
	BisStore	store = {.index = index};
	ErrorContextCallback callback;
	binaryheap *best;
	BisMeta		meta;

	if (n < 0 || n > MAX_TERMS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("number of terms must be between 0 and %d",
						MAX_TERMS)));
	BisIndexRequireFile(index);
	InitMaterializedSRF(fcinfo, 0);
	BisErrorContextBegin(&callback, index);
	BisReadMeta(index, &meta);
	best = binaryheap_allocate(Max(n, 1), compare_rank, NULL);
	if (n > 0)
		find_best_terms(open_sources(&meta, &store), meta.nsegments, best, n);
	return_best_terms((ReturnSetInfo *) fcinfo->resultinfo, best);
	BisErrorContextEnd(&callback);
	index_close(index, AccessShareLock);
	return (Datum) 0;
}
