/*
 * parse.c
 *	  Tokens to a tree, by the precedence of query-language section 6.
 *
 * One frame for each open parenthesis holds what has been read at each level:
 * the chain of proximities, the ANDs, the ORs, and the operands joined by a
 * blank.  The frames are an array, so that no nesting of parentheses can
 * overflow the stack.  Words are bound as they are read; what a dictionary
 * dropped is NULL from then on, and NULL operands vanish.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "base/compat.h"
#include "base/limits.h"
#include "query/bind.h"
#include "query/diagnostic.h"

typedef struct Frame
{
	int			open;			/* token of its parenthesis */
	int			op;				/* token of the last operator */
	uint8		fields;			/* of words without a field name */
	uint8		own;			/* ... or a field of one's own, by number */
	bool		has_operand;	/* an operand was read, perhaps dropped */

	BiTree	   *list;			/* joined by blanks */
	BiTree	   *or;
	BiTree	   *and;
	BiTree	   *chain;

	bool		has_or;			/* read since the last blank that joins */
	bool		has_and;
	bool		not;			/* precedes the chain */
	bool		has_join;		/* join waits for its right operand */
	bool		mixed;			/* mix of & and | has been reported */
	BiProxJoin	join;

	/* waiting for the next operand */
	uint8		next_fields;	/* 0: those of the frame */
	uint8		next_own;
	int			atleast;		/* token of it, or -1 */
} Frame;

typedef struct Parser
{
	BiParseState *state;
	Frame	   *frames;
	int			nframes;
	int			maxframes;
	int			token;			/* the current one */
} Parser;

static Frame *
top_frame(Parser *parser)
{
	return &parser->frames[parser->nframes - 1];
}

static BiQueryToken *
token_at(Parser *parser, int i)
{
	return &parser->state->tokens[i];
}

static void
push_frame(Parser *parser, int open, uint8 fields, uint8 own)
{
	Frame	   *frame;

	if (parser->nframes == parser->maxframes)
	{
		parser->maxframes *= 2;
		parser->frames = repalloc_huge(parser->frames,
									   sizeof(Frame) *
									   (Size) parser->maxframes);
	}
	frame = &parser->frames[parser->nframes++];
	memset(frame, 0, sizeof(Frame));
	frame->open = open;
	frame->fields = fields;
	frame->own = own;
	frame->next_fields = 0;
	frame->atleast = -1;
}

/*
 * The proximity level is complete: negate it if needed and add it to the
 * ANDs.
 */
static void
finish_chain(Parser *parser, Frame *frame)
{
	BiParseState *state = parser->state;
	int			pos = token_at(parser, frame->op)->first;

	if (frame->not)
		frame->chain = BiTreeNot(state, frame->chain, pos);
	frame->and = BiTreeJoin(state, BI_AND, frame->and, frame->chain, pos);
	frame->chain = NULL;
	frame->not = false;
}

static void
finish_and(Parser *parser, Frame *frame)
{
	finish_chain(parser, frame);
	frame->or = BiTreeJoin(parser->state, BI_OR, frame->or, frame->and,
						   token_at(parser, frame->op)->first);
	frame->and = NULL;
}

static void
finish_or(Parser *parser, Frame *frame)
{
	finish_and(parser, frame);
	frame->list = BiTreeJoin(parser->state, BI_AND, frame->list, frame->or,
							 token_at(parser, frame->op)->first);
	frame->or = NULL;
	frame->has_or = frame->has_and = false;
}

/* Warn of a mix of & and |, which Westlaw and Lexis read differently. */
static void
check_mixed(Parser *parser, Frame *frame, BiQueryToken *op)
{
	if (!frame->mixed && frame->has_and && frame->has_or)
	{
		frame->mixed = true;
		BiDiagnose(parser->state, BI_WARNING, 0, op->first, op->last,
				   "Put parentheses around what belongs together.",
				   "& binds before | here, other systems bind | first");
	}
}

/* A binary operator between two operands. */
static void
apply_operator(Parser *parser, Frame *frame, BiQueryToken *op)
{
	switch (op->kind)
	{
		case BI_TOK_AND:
		case BI_TOK_ANDNOT:
			finish_chain(parser, frame);
			frame->has_and = true;
			frame->not = op->kind == BI_TOK_ANDNOT;
			break;
		case BI_TOK_OR:
			finish_and(parser, frame);
			frame->has_or = true;
			break;
		case BI_TOK_PROX:
			frame->has_join = true;
			frame->join.flags = op->flags;
			frame->join.arg = (op->flags & BI_WITHIN) != 0 ? op->arg : 0;
			break;
		default:
			elog(ERROR, "unexpected token kind: %d", (int) op->kind);
	}
}

/* Add a complete operand. */
static void
add_operand(Parser *parser, BiTree *tree)
{
	BiParseState *state = parser->state;
	Frame	   *frame = top_frame(parser);
	BiQueryToken *op = token_at(parser, frame->op);

	if (frame->atleast >= 0)
	{
		BiQueryToken *atleast = token_at(parser, frame->atleast);

		tree = BiTreeAtLeast(state, atleast->arg, tree, atleast->first,
							 atleast->last);
		frame->atleast = -1;
	}
	if (frame->has_join)
		frame->chain = BiTreeProxJoin(state, frame->chain, frame->join, tree,
									  op->first, op->last);
	else
		frame->chain = tree;
	frame->has_join = false;
	frame->next_fields = 0;
	frame->has_operand = true;
}

/* Begin an operand; if it directly follows another, a blank joins them. */
static void
begin_operand(Parser *parser, bool after_operand)
{
	Frame	   *frame = top_frame(parser);

	if (after_operand)
	{
		frame->op = parser->token;
		finish_or(parser, frame);
		frame->mixed = false;
	}
}

static bool
is_operator(const BiQueryToken *token)
{
	switch (token->kind)
	{
		case BI_TOK_AND:
		case BI_TOK_OR:
		case BI_TOK_NOT:
		case BI_TOK_ANDNOT:
		case BI_TOK_PROX:
			return true;
		default:
			return false;
	}
}

static void
report_missing_operand(Parser *parser, int op, const char *side)
{
	BiQueryToken *token = token_at(parser, op);

	BiDiagnose(parser->state, BI_ERROR, ERRCODE_SYNTAX_ERROR, token->first,
			   token->last, NULL,
			   "\"%s\" has no operand on its %s, where a word, a phrase or a group was expected",
			   BiQuoteInput(parser->state, token->first, token->last), side);
}

/* Report the first two operators in a run that do not go together. */
static void
check_operator_run(Parser *parser, int first, int last)
{
	for (int i = first; i + 1 < last; i++)
	{
		BiQueryToken *one = token_at(parser, i);
		BiQueryToken *two = token_at(parser, i + 1);

		if ((one->kind == BI_TOK_AND || one->kind == BI_TOK_OR) &&
			two->kind == BI_TOK_NOT)
			continue;
		BiDiagnose(parser->state, BI_ERROR, ERRCODE_SYNTAX_ERROR, two->first,
				   two->last, NULL,
				   "\"%s\" follows another operator, where a word, a phrase or a group was expected",
				   BiQuoteInput(parser->state, two->first, two->last));
		return;
	}
}

/*
 * Parse the run of operators at the current token.  Of several in a row, the
 * first is kept, and a NOT, which applies to the operand; those without an
 * operand are dropped.  Returns whether the next token still has an operand
 * on its left.
 */
static bool
parse_operators(Parser *parser, bool after_operand)
{
	Frame	   *frame = top_frame(parser);
	int			first = parser->token;
	int			last = first;
	BiQueryToken *op = token_at(parser, first);
	bool		not = false;

	for (; is_operator(token_at(parser, last)); last++)
		not |= token_at(parser, last)->kind == BI_TOK_NOT ||
			(token_at(parser, last)->kind == BI_TOK_ANDNOT && last > first);
	parser->token = last;

	switch (token_at(parser, last)->kind)
	{
		case BI_TOK_END:
		case BI_TOK_CLOSE:
			report_missing_operand(parser, first, "right");
			frame->has_operand = true;
			return after_operand;
		default:
			break;
	}

	check_operator_run(parser, first, last);
	not |= op->kind == BI_TOK_ANDNOT && !after_operand;
	if (op->kind != BI_TOK_NOT && !after_operand)
		report_missing_operand(parser, first, "left");

	if (!after_operand)
		frame->not = not;
	else if (op->kind == BI_TOK_NOT)
	{
		begin_operand(parser, true);
		frame->op = first;
		frame->not = true;
	}
	else
	{
		BiQueryToken as_and = *op;

		/* a proximity cannot hold NOT: then it becomes & instead */
		if (not && op->kind == BI_TOK_PROX)
			as_and.kind = BI_TOK_AND;
		frame->op = first;
		apply_operator(parser, frame, &as_and);
		check_mixed(parser, frame, op);
		frame->not |= not;
	}
	return false;
}

/*
 * The group on top is complete; its tree becomes an operand of the one below.
 */
static void
pop_frame(Parser *parser, bool closed)
{
	BiParseState *state = parser->state;
	Frame	   *frame = top_frame(parser);
	BiTree	   *tree;

	if (closed && !frame->has_operand)
	{
		BiQueryToken *open = token_at(parser, frame->open);

		BiDiagnose(state, BI_ERROR, ERRCODE_SYNTAX_ERROR, open->first,
				   token_at(parser, parser->token)->last, NULL,
				   "group in parentheses is empty");
	}
	finish_or(parser, frame);
	tree = frame->list;
	parser->nframes--;
	if (parser->nframes > 0)
		add_operand(parser, tree);
	else
		parser->frames[0].list = tree;
}

/* ATLEASTn before its operand */
static void
parse_atleast(Parser *parser)
{
	Frame	   *frame = top_frame(parser);
	BiQueryToken *token = token_at(parser, parser->token);

	if (frame->atleast >= 0)
		BiDiagnose(parser->state, BI_ERROR, ERRCODE_SYNTAX_ERROR, token->first,
				   token->last, NULL, "ATLEAST cannot hold another ATLEAST");
	else
		frame->atleast = parser->token;

	switch (token[1].kind)
	{
		case BI_TOK_WORD:
		case BI_TOK_PHRASE:
		case BI_TOK_OPEN:
		case BI_TOK_FIELD:
		case BI_TOK_ATLEAST:
			return;
		default:
			if (frame->atleast == parser->token)
				frame->atleast = -1;
			report_missing_operand(parser, parser->token, "right");
			frame->has_operand = true;
	}
}

/*
 * Parse one token that is not an operator.  Returns whether it ended an
 * operand.
 */
static bool
parse_operand(Parser *parser, bool after_operand)
{
	BiParseState *state = parser->state;
	Frame	   *frame = top_frame(parser);
	BiQueryToken *token = token_at(parser, parser->token);
	uint8		fields = frame->next_fields ? frame->next_fields :
		frame->fields;
	uint8		own = frame->next_fields ? frame->next_own : frame->own;

	if (token->kind == BI_TOK_CLOSE)
	{
		if (parser->nframes > 1)
		{
			pop_frame(parser, true);
			return true;
		}
		BiDiagnose(state, BI_ERROR, ERRCODE_SYNTAX_ERROR, token->first,
				   token->last, NULL, "closing parenthesis matches no opening one");
		return after_operand;
	}

	begin_operand(parser, after_operand);
	switch (token->kind)
	{
		case BI_TOK_WORD:
		case BI_TOK_PHRASE:
			if (token->own == 0)
				token->own = own;
			add_operand(parser, token->own > 0 ? BiBindValue(state, token) :
						token->kind == BI_TOK_WORD ?
						BiBindWord(state, token, fields) :
						BiBindPhrase(state, token, fields));
			return true;
		case BI_TOK_FIELD:
			frame->next_fields = token->arg;
			frame->next_own = token->own;
			return false;
		case BI_TOK_ATLEAST:
			parse_atleast(parser);
			return false;
		case BI_TOK_OPEN:
			push_frame(parser, parser->token, fields, own);
			return false;
		default:
			elog(ERROR, "unexpected token kind: %d", (int) token->kind);
			return false;
	}
}

/*
 * Close the parentheses that are still open at the end.  An unclosed
 * quotation mark may have swallowed what would have closed them.
 */
static void
close_frames(Parser *parser)
{
	BiParseState *state = parser->state;
	BiQueryToken *end = token_at(parser, state->ntokens);
	bool		quoted = end > state->tokens &&
		end[-1].kind == BI_TOK_PHRASE && end[-1].last == end[-1].to;

	for (int i = 1; i < parser->nframes; i++)
	{
		BiQueryToken *open = token_at(parser, parser->frames[i].open);

		BiDiagnose(state, quoted ? BI_ERROR_FOLLOWS : BI_ERROR,
				   ERRCODE_SYNTAX_ERROR, open->first, open->last, NULL,
				   "parenthesis is not closed");
	}
	while (parser->nframes > 0)
	{
		CHECK_FOR_INTERRUPTS();
		pop_frame(parser, false);
	}
}

/*
 * The tree of the tokens, whose operators have been resolved; NULL for a
 * query in which nothing is left to search for.
 */
BiTree *
BiParseTokens(BiParseState *state)
{
	Parser		parser = {.state = state, .maxframes = 16};
	bool		after_operand = false;

	parser.frames = palloc_array(Frame, parser.maxframes);
	push_frame(&parser, 0, BI_ALL_FIELDS, 0);
	while (parser.token < state->ntokens)
	{
		CHECK_FOR_INTERRUPTS();
		if (is_operator(token_at(&parser, parser.token)))
			after_operand = parse_operators(&parser, after_operand);
		else
		{
			after_operand = parse_operand(&parser, after_operand);
			parser.token++;
		}
	}
	close_frames(&parser);
	return parser.frames[0].list;
}
