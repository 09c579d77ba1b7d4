/*
 * group_step.c
 *	  GROUP BY keys that are steps of a stored column.
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "optimizer/paths.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"

#include "planner/group_step.h"

/*
 * A step is expected to make at most that many groups of a column; for units
 * of time, what an archive of 30 years has.
 */
#define MAX_STEPS 10000

/* a unit of local days */
typedef struct Unit
{
	const char *name;
	int			least_days;		/* that it has */
	double		groups;
} Unit;

static const Unit units[] = {
	{"day", 1, 10000},
	{"week", 7, 1500},
	{"month", 28, 360},
	{"quarter", 90, 120},
	{"year", 365, 30},
	{"decade", 3652, 4},
	{"century", 36524, 2},
	{"millennium", 365242, 2}
};

/* Is it a constant text?  Then it is *string, allocated. */
static bool
is_text(const Node *node, char **string)
{
	const Const *constant = (const Const *) node;

	if (!IsA(node, Const) || constant->constisnull)
		return false;
	*string = TextDatumGetCString(constant->constvalue);
	return true;
}

/* The unit of date_trunc, if it is one of local days; else NULL. */
static const Unit *
unit_of(const Node *unit)
{
	char	   *name;

	if (!is_text(unit, &name))
		return NULL;
	for (int i = 0; i < (int) lengthof(units); i++)
	{
		if (pg_strcasecmp(name, units[i].name) == 0)
			return &units[i];
	}
	return NULL;
}

/* Is the field of extract() one of days? */
static bool
is_field_of_days(const Node *field)
{
	static const char *const fields[] = {
		"day", "dow", "isodow", "doy", "week", "month", "quarter", "year",
		"isoyear", "decade", "century", "millennium"
	};
	char	   *name;

	if (!is_text(field, &name))
		return false;
	for (int i = 0; i < (int) lengthof(fields); i++)
	{
		if (pg_strcasecmp(name, fields[i]) == 0)
			return true;
	}
	return false;
}

/* Does the format of to_char() show nothing but days? */
static bool
is_format_of_days(const Node *format)
{
	static const char *const patterns[] = {
		"YYYY", "IYYY", "YY", "MM", "DD", "WW", "IW", "Q", "-", "/", ".", " "
	};
	char	   *rest;

	if (!is_text(format, &rest))
		return false;
	while (*rest != '\0')
	{
		Size		len = 0;

		for (int i = 0; i < (int) lengthof(patterns) && len == 0; i++)
		{
			if (strncmp(rest, patterns[i], strlen(patterns[i])) == 0)
				len = strlen(patterns[i]);
		}
		if (len == 0)
			return false;
		rest += len;
	}
	return true;
}

/*
 * The time zone of a constant, if it can be no abbreviation, which may mean
 * something else than the zone of its name; NULL if it may.
 */
static const char *
zone_of(const Node *node)
{
	char	   *name;

	if (!is_text(node, &name))
		return NULL;
	return strchr(name, '/') != NULL ? name : NULL;
}

static bool
is_column(const Node *node, Oid type)
{
	return IsA(node, CoerceToDomainValue) &&
		((const CoerceToDomainValue *) node)->typeId == type;
}

/* The day that a function of a timestamp depends on, by its argument. */
static BisDayStep
day_of_timestamp(const Node *arg, const char **zone)
{
	const FuncExpr *function = (const FuncExpr *) arg;

	if (is_column(arg, TIMESTAMPOID))
		return BIS_DAY;
	if (!IsA(arg, FuncExpr) ||
		function->funcid != F_TIMEZONE_TEXT_TIMESTAMPTZ ||
		!is_column(lsecond(function->args), TIMESTAMPTZOID))
		return BIS_NO_DAY;
	*zone = zone_of(linitial(function->args));
	return *zone != NULL ? BIS_DAY_OF_ZONE : BIS_NO_DAY;
}

/* The day that the result of a function depends on, if only on a day. */
static BisDayStep
day_of_function(const FuncExpr *function, const char **zone)
{
	List	   *args = function->args;

	switch (function->funcid)
	{
		case F_DATE_TIMESTAMP:
			return day_of_timestamp(linitial(args), zone);
		case F_DATE_TIMESTAMPTZ:
			return is_column(linitial(args), TIMESTAMPTZOID) ?
				BIS_DAY_OF_SESSION : BIS_NO_DAY;
		case F_EXTRACT_TEXT_TIMESTAMP:
		case F_DATE_PART_TEXT_TIMESTAMP:
			return is_field_of_days(linitial(args)) ?
				day_of_timestamp(lsecond(args), zone) : BIS_NO_DAY;
		case F_EXTRACT_TEXT_TIMESTAMPTZ:
		case F_DATE_PART_TEXT_TIMESTAMPTZ:
			return is_field_of_days(linitial(args)) &&
				is_column(lsecond(args), TIMESTAMPTZOID) ?
				BIS_DAY_OF_SESSION : BIS_NO_DAY;
		case F_TO_CHAR_TIMESTAMP_TEXT:
			return is_format_of_days(lsecond(args)) ?
				day_of_timestamp(linitial(args), zone) : BIS_NO_DAY;
		case F_TO_CHAR_TIMESTAMPTZ_TEXT:
			return is_format_of_days(lsecond(args)) &&
				is_column(linitial(args), TIMESTAMPTZOID) ?
				BIS_DAY_OF_SESSION : BIS_NO_DAY;
		case F_DATE_TRUNC_TEXT_TIMESTAMP:
			return unit_of(linitial(args)) != NULL ?
				day_of_timestamp(lsecond(args), zone) : BIS_NO_DAY;
		case F_DATE_TRUNC_TEXT_TIMESTAMPTZ:
			return unit_of(linitial(args)) != NULL &&
				is_column(lsecond(args), TIMESTAMPTZOID) ?
				BIS_DAY_OF_SESSION : BIS_NO_DAY;
		case F_DATE_TRUNC_TEXT_TIMESTAMPTZ_TEXT:
			*zone = zone_of(lthird(args));
			return unit_of(linitial(args)) != NULL && *zone != NULL &&
				is_column(lsecond(args), TIMESTAMPTZOID) ?
				BIS_DAY_OF_ZONE : BIS_NO_DAY;
		default:
			return BIS_NO_DAY;
	}
}

/*
 * Does the expression depend on the column by more than the step's day?  That
 * is set by the first function that does not.
 */
static bool
depends_on_more(Node *node, void *context)
{
	BisGroupStep *step = context;
	const char *zone = NULL;
	BisDayStep	day;

	if (node == NULL)
		return false;
	if (IsA(node, CoerceToDomainValue))
		return true;
	if (IsA(node, FuncExpr))
	{
		day = day_of_function((FuncExpr *) node, &zone);
		if (day != BIS_NO_DAY)
		{
			bool		first = step->day == BIS_NO_DAY;

			if (first)
			{
				step->day = day;
				step->zone = zone;
			}
			return step->day != day ||
				(day == BIS_DAY_OF_ZONE && strcmp(step->zone, zone) != 0);
		}
	}
	return expression_tree_walker(node, depends_on_more, context);
}

int
BisMatchColumn(Node *expression, IndexOptInfo *index)
{
	for (int column = 1; column < index->ncolumns; column++)
	{
		if (match_index_to_operand(expression, column, index))
			return column;
	}
	return -1;
}

typedef struct Replacement
{
	IndexOptInfo *index;
	int			column;			/* of the index; -1: none yet */
	bool		failed;			/* more than one */
} Replacement;

/* Replace the stored column. */
static Node *
replace_column(Node *node, void *context)
{
	Replacement *replacement = context;
	CoerceToDomainValue *value;
	int			column;

	if (node == NULL)
		return NULL;
	column = BisMatchColumn(node, replacement->index);
	if (column < 0)
		return expression_tree_mutator(node, replace_column, context);
	replacement->failed |= replacement->column >= 0 &&
		replacement->column != column;
	replacement->column = column;
	value = makeNode(CoerceToDomainValue);
	value->typeId = exprType(node);
	value->typeMod = exprTypmod(node);
	value->collation = exprCollation(node);
	value->location = -1;
	return (Node *) value;
}

/* Set what is known of a step's groups. */
static void
set_groups(BisGroupStep *step)
{
	const FuncExpr *function = (const FuncExpr *) step->step;
	const char *zone;
	const Unit *unit;

	step->least_days = 0;
	step->groups = MAX_STEPS;
	if (step->day == BIS_NO_DAY || !IsA(function, FuncExpr) ||
		(function->funcid != F_DATE_TRUNC_TEXT_TIMESTAMP &&
		 function->funcid != F_DATE_TRUNC_TEXT_TIMESTAMPTZ &&
		 function->funcid != F_DATE_TRUNC_TEXT_TIMESTAMPTZ_TEXT) ||
		/* its timestamp need not be the column, but some other step of it */
		day_of_function(function, &zone) == BIS_NO_DAY)
		return;
	unit = unit_of(linitial(function->args));
	step->least_days = unit->least_days;
	step->groups = unit->groups;
}

bool
BisMatchStep(Node *key, IndexOptInfo *index, BisGroupStep *step)
{
	Replacement replacement = {.index = index,.column = -1};

	step->key = key;
	step->step = replace_column(key, &replacement);
	step->column = replacement.column;
	step->day = BIS_NO_DAY;
	step->zone = NULL;
	if (step->column < 0 || replacement.failed ||
		contain_var_clause(step->step) || contain_subplans(step->step) ||
		contain_volatile_functions(step->step))
		return false;
	if (depends_on_more(step->step, step))
		step->day = BIS_NO_DAY;
	set_groups(step);
	return true;
}
