/*
 * naive.c
 *	  Does a document match a query, by brute force.
 */
#include "postgres.h"

#include "naive.h"

typedef struct Span
{
	int			start;
	int			end;
	int			start_weight;
	int			end_weight;
	bool		solid;			/* all positions are its own, or the two ends */
} Span;

typedef struct Spans
{
	int			n;
	Span		span[NAIVE_SPANS];
} Spans;

typedef struct Naive
{
	const NaiveDocument *document;
	bool		too_much;
} Naive;

const char *const naive_words[NAIVE_WORDS] = {
	"ant", "anton", "bee", "beech", "antenna", "cow"
};

const char *const naive_forms[NAIVE_ALL_FORMS] = {
	"ant", "anton", "bee", "beech", "antenna", "cow",
	"ant*", "be*h", "ant**", "be?ch", "bee*",
	"*nton", "?eec*", "*ten*",
	"anton~2", "eb~2", "bech~1", "cwo~", "beee~"
};

/* the words that each form means, as bits */
static const int form_words[NAIVE_ALL_FORMS] = {
	1, 2, 4, 8, 16, 32,
	1 | 2 | 16, 8, 1 | 2, 8, 4 | 8,
	2, 8, 16,
	1 | 2, 4, 8, 32, 4
};

static void
add(Naive *naive, Spans *spans, Span span)
{
	for (int i = 0; i < spans->n; i++)
	{
		const Span *s = &spans->span[i];

		if (s->start == span.start && s->end == span.end &&
			s->start_weight == span.start_weight &&
			s->end_weight == span.end_weight && s->solid == span.solid)
			return;
	}
	if (spans->n == NAIVE_SPANS)
		naive->too_much = true;
	else
		spans->span[spans->n++] = span;
}

/* Is a form at a position, in a weight that the fields allow? */
static bool
stands(const Naive *naive, int form, int fields, int pos, int weight)
{
	for (int w = 0; w < NAIVE_WORDS; w++)
	{
		const NaiveWord *word = &naive->document->word[w];

		if ((form_words[form] & (1 << w)) == 0 || word->stripped)
			continue;
		for (int i = 0; i < word->n; i++)
		{
			if (word->pos[i] == pos && word->weight[i] == weight &&
				(fields & (1 << weight)) != 0)
				return true;
		}
	}
	return false;
}

static bool
stands_anyhow(const Naive *naive, int form, int fields, int pos)
{
	for (int weight = 0; weight < 4; weight++)
	{
		if (stands(naive, form, fields, pos, weight))
			return true;
	}
	return false;
}

/* The spans of a phrase, a word being one of one word. */
static void
phrase_spans(Naive *naive, const NaiveQuery *query, Spans *spans)
{
	int			last = query->n - 1;

	for (int w = 0; w < NAIVE_WORDS; w++)
	{
		const NaiveWord *word = &naive->document->word[w];

		for (int i = 0; i < word->n; i++)
		{
			int			start = word->pos[i];
			bool		all = true;

			for (int k = 0; k < query->n; k++)
			{
				if (start + k >= NAIVE_CLAMPED ||
					(query->word[k] >= 0 &&
					 !stands_anyhow(naive, query->word[k], query->fields,
									start + k)))
					all = false;
			}
			if (!all)
				continue;
			for (int a = 0; a < 4; a++)
			{
				for (int b = 0; b < 4; b++)
				{
					if (last == 0 && a != b)
						continue;
					if (stands(naive, query->word[0], query->fields, start,
							   a) &&
						stands(naive, query->word[last], query->fields,
							   start + last, b))
						add(naive, spans, (Span) {
							start, start + last, a, b, true
						});
				}
			}
		}
	}
}

static bool
occupies(const Span *span, int pos)
{
	return span->solid ? pos >= span->start && pos <= span->end :
		pos == span->start || pos == span->end;
}

static bool
share(const Span *a, const Span *b)
{
	if (a->solid)
	{
		for (int pos = a->start; pos <= a->end; pos++)
		{
			if (occupies(b, pos))
				return true;
		}
		return false;
	}
	return occupies(b, a->start) || occupies(b, a->end);
}

/* Does a mark end something between two near ends? */
static bool
ends_between(const NaiveWord *marks, int from, int to)
{
	for (int i = 0; i < marks->n; i++)
	{
		if (marks->pos[i] >= from && marks->pos[i] < to)
			return true;
	}
	return false;
}

static bool
near(const Naive *naive, const NaiveLink *link, const Span *a, const Span *b)
{
	const Span *first = a->start <= b->start ? a : b;
	const Span *second = first == a ? b : a;

	if (share(a, b) || first->end_weight != second->start_weight)
		return false;
	if (link->ordered && b->start <= a->end)
		return false;
	if (link->unit == NAIVE_WITHIN)
		return second->start - first->end <= link->distance;
	else
	{
		const NaiveWord *marks =
		&naive->document->marks[link->unit == NAIVE_PARAGRAPH];

		return marks->n > 0 &&
			!ends_between(marks, first->end, second->start);
	}
}

static void spans_of(Naive *naive, const NaiveQuery *query, Spans *spans);

static void
apply(Naive *naive, const NaiveLink *link, const Spans *left,
	  const Spans *right, Spans *out)
{
	for (int l = 0; l < left->n; l++)
	{
		const Span *a = &left->span[l];
		bool		any = false;

		for (int r = 0; r < right->n && !naive->too_much; r++)
		{
			const Span *b = &right->span[r];
			const Span *first = a->start <= b->start ? a : b;
			const Span *last = a->end >= b->end ? a : b;

			if (!near(naive, link, a, b))
				continue;
			any = true;
			if (!link->negated)
				add(naive, out, (Span) {
					first->start, last->end, first->start_weight,
					last->end_weight, false
				});
		}
		if (link->negated && !any)
			add(naive, out, *a);
	}
}

static void
chain_spans(Naive *naive, const NaiveQuery *query, Spans *spans)
{
	Spans	   *left = palloc(sizeof(Spans));
	Spans	   *right = palloc(sizeof(Spans));
	Spans	   *out = palloc(sizeof(Spans));

	left->n = 0;
	spans_of(naive, query->child[0], left);
	for (int i = 1; i < query->n; i++)
	{
		Spans	   *swap = left;

		right->n = out->n = 0;
		spans_of(naive, query->child[i], right);
		apply(naive, &query->link[i], left, right, out);
		left = out;
		out = swap;
	}
	for (int i = 0; i < left->n; i++)
		add(naive, spans, left->span[i]);
	pfree(left);
	pfree(right);
	pfree(out);
}

static void
spans_of(Naive *naive, const NaiveQuery *query, Spans *spans)
{
	switch (query->kind)
	{
		case NAIVE_WORD:
		case NAIVE_PHRASE:
			phrase_spans(naive, query, spans);
			break;
		case NAIVE_OR:
			for (int i = 0; i < query->n; i++)
				spans_of(naive, query->child[i], spans);
			break;
		case NAIVE_CHAIN:
			chain_spans(naive, query, spans);
			break;
		default:
			elog(ERROR, "no spans of that");
	}
}

/* Is a word there, wherever that is?  With clamped, at the last position. */
static bool
holds(const Naive *naive, const NaiveQuery *query, bool clamped)
{
	for (int w = 0; w < NAIVE_WORDS; w++)
	{
		const NaiveWord *word = &naive->document->word[w];

		if ((form_words[query->word[0]] & (1 << w)) == 0 || !word->present)
			continue;
		if (word->stripped)
		{
			if (!clamped)
				return true;
			continue;
		}
		for (int i = 0; i < word->n; i++)
		{
			if ((query->fields & (1 << word->weight[i])) != 0 &&
				(!clamped || word->pos[i] == NAIVE_CLAMPED))
				return true;
		}
	}
	return false;
}

/* Does the operand of ATLEAST stand at the clamped position? */
static bool
is_clamped(const Naive *naive, const NaiveQuery *query)
{
	if (query->kind == NAIVE_WORD)
		return holds(naive, query, true);
	if (query->kind == NAIVE_OR)
	{
		for (int i = 0; i < query->n; i++)
		{
			if (is_clamped(naive, query->child[i]))
				return true;
		}
	}
	return false;
}

static bool matches(Naive *naive, const NaiveQuery *query);

static bool
atleast(Naive *naive, const NaiveQuery *query)
{
	Spans	   *spans;
	int			count;

	if (!matches(naive, query->child[0]))
		return false;
	if (query->count == 1)
		return true;
	spans = palloc(sizeof(Spans));
	spans->n = 0;
	spans_of(naive, query->child[0], spans);
	count = is_clamped(naive, query->child[0]);
	for (int i = 0; i < spans->n; i++)
	{
		bool		first = true;

		for (int k = 0; k < i; k++)
		{
			if (spans->span[k].start == spans->span[i].start)
				first = false;
		}
		count += first;
	}
	pfree(spans);
	return count >= query->count;
}

/* A chain with AND in one operand holds if it does with each part of it. */
static bool
chain(Naive *naive, const NaiveQuery *query)
{
	Spans	   *spans;
	bool		result;

	for (int i = 0; i < query->n; i++)
	{
		if (query->child[i]->kind != NAIVE_AND)
			continue;
		for (int k = 0; k < query->child[i]->n; k++)
		{
			NaiveQuery	one = *query;

			one.child[i] = query->child[i]->child[k];
			if (!chain(naive, &one))
				return false;
		}
		return true;
	}

	spans = palloc(sizeof(Spans));
	spans->n = 0;
	chain_spans(naive, query, spans);
	result = spans->n > 0;
	pfree(spans);
	return result;
}

static bool
matches(Naive *naive, const NaiveQuery *query)
{
	Spans	   *spans;
	bool		result;

	switch (query->kind)
	{
		case NAIVE_WORD:
			return holds(naive, query, false);
		case NAIVE_PHRASE:
			spans = palloc(sizeof(Spans));
			spans->n = 0;
			phrase_spans(naive, query, spans);
			result = spans->n > 0;
			pfree(spans);
			return result;
		case NAIVE_AND:
			for (int i = 0; i < query->n; i++)
			{
				if (!matches(naive, query->child[i]))
					return false;
			}
			return true;
		case NAIVE_OR:
			for (int i = 0; i < query->n; i++)
			{
				if (matches(naive, query->child[i]))
					return true;
			}
			return false;
		case NAIVE_NOT:
			return !matches(naive, query->child[0]);
		case NAIVE_ATLEAST:
			return atleast(naive, query);
		case NAIVE_CHAIN:
			return chain(naive, query);
	}
	return false;
}

int
NaiveMatches(const NaiveQuery *query, const NaiveDocument *document)
{
	Naive		naive = {document, false};
	bool		result = matches(&naive, query);

	return naive.too_much ? -1 : result;
}
