/*
 * dict_template.c
 *	  The dictionary templates bisearch_fold and bisearch_stem.
 *
 * bisearch_fold returns a word's folded form.  bisearch_stem returns that
 * and, as further variants at the same position, what another dictionary
 * makes of the folded form, prefixed with BI_STEM_SIGN.  Words without a
 * letter have no stem.
 *
 * The wrapped dictionary is looked up when first needed, not when ours is
 * created: a restored dump may create them in either order.
 */
#include "postgres.h"

#include <unicode/uchar.h>

#include "catalog/namespace.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_ts_dict.h"
#include "commands/defrem.h"
#include "miscadmin.h"
#include "tsearch/ts_cache.h"
#include "tsearch/ts_public.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "base/encoding.h"
#include "base/limits.h"
#include "text/analyze.h"
#include "text/dict_template.h"
#include "text/own_fields.h"

/*
 * Read the options of either template; with wraps, DICTIONARY is allowed and
 * required.
 */
static BiDictionary *
read_options(List *options, bool wraps)
{
	BiDictionary *dictionary = palloc0(sizeof(BiDictionary));
	const char *ampersand = "and";
	StringInfoData folded;
	ListCell   *lc;

	dictionary->fold.accents = true;
	dictionary->fold.points = true;
	dictionary->wrapped = InvalidOid;
	foreach(lc, options)
	{
		DefElem    *option = (DefElem *) lfirst(lc);

		if (pg_strcasecmp(option->defname, "accents") == 0)
			dictionary->fold.accents = defGetBoolean(option);
		else if (pg_strcasecmp(option->defname, "points") == 0)
			dictionary->fold.points = defGetBoolean(option);
		else if (pg_strcasecmp(option->defname, "ampersand") == 0)
			ampersand = defGetString(option);
		else if (pg_strcasecmp(option->defname, "abbreviations") == 0)
			dictionary->abbreviations = pstrdup(defGetString(option));
		else if (pg_strcasecmp(option->defname, "fields") == 0)
			dictionary->fields = BiReadFields(defGetString(option));
		else if (wraps && pg_strcasecmp(option->defname, "dictionary") == 0)
			dictionary->wrapped_name = pstrdup(defGetString(option));
		else
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("unrecognized parameter of template %s: \"%s\"",
							wraps ? "bisearch_stem" : "bisearch_fold",
							option->defname)));
	}
	if (wraps && dictionary->wrapped_name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("missing parameter of template bisearch_stem: \"dictionary\""),
				 errhint("Name the dictionary that stems, as in: DICTIONARY = 'pg_catalog.english_stem'.")));
	if (wraps)
		(void) BiQualifiedNames(dictionary->wrapped_name);
	initStringInfo(&folded);
	BiFold(ampersand, strlen(ampersand), &dictionary->fold, true, &folded);
	dictionary->ampersand = folded.data;
	return dictionary;
}

/* Return a lexeme as a list of one; NULL if no tsvector could hold it. */
static TSLexeme *
list_of_one(const char *lexeme, int len)
{
	TSLexeme   *list;

	if (len == 0 || len > BI_MAX_WORD_BYTES)
		return NULL;
	list = palloc0(sizeof(TSLexeme) * 2);
	list[0].nvariant = 1;
	list[0].lexeme = pnstrdup(lexeme, len);
	return list;
}

static Oid
dictionary_in(const char *name, Oid schema)
{
	return GetSysCacheOid2(TSDICTNAMENSP, Anum_pg_ts_dict_oid,
						   CStringGetDatum(name), ObjectIdGetDatum(schema));
}

/*
 * Find the dictionary that ours wraps.  As for configurations, an unqualified
 * name is looked up in pg_catalog and the extension's schema: documents must
 * not change with search_path, which restores and replication leave empty.
 * Nor is the user's privilege on the schema checked, as it is not for the
 * dictionaries of a configuration.
 */
static Oid
resolve_wrapped(const BiDictionary *dictionary)
{
	List	   *names = BiQualifiedNames(dictionary->wrapped_name);
	char	   *nsp;
	char	   *name;
	Oid			oid = InvalidOid;
	TSDictionaryCacheEntry *entry;

	DeconstructQualifiedName(names, &nsp, &name);
	if (nsp == NULL)
	{
		oid = dictionary_in(name, PG_CATALOG_NAMESPACE);
		if (!OidIsValid(oid))
			oid = dictionary_in(name, dictionary->schema);
	}
	else
	{
		Oid			schema = get_namespace_oid(nsp, true);

		if (OidIsValid(schema))
			oid = dictionary_in(name, schema);
	}
	if (!OidIsValid(oid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("text search dictionary \"%s\" does not exist",
						dictionary->wrapped_name),
				 nsp != NULL ? 0 :
				 errhint("The option DICTIONARY needs the schema's name, unless that is pg_catalog or bisearch's own.")));

	entry = lookup_ts_dictionary_cache(oid);
	if (entry->lexize.fn_addr == bi_stem_lexize)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("text search dictionary \"%s\" cannot be wrapped",
						dictionary->wrapped_name),
				 errdetail("It is of template bisearch_stem itself.")));
	return oid;
}

/* Whether the folded word holds a letter; numbers have no stem. */
static bool
has_letter(const char *word, int len)
{
	const char *end = word + len;

	while (word < end)
	{
		unsigned char c = *word;
		int			clen = 1;

		if (c < 0x80 ? c >= 'a' && c <= 'z' :
			u_hasBinaryProperty((UChar32) BiDecodeChar(word, end, &clen),
								UCHAR_ALPHABETIC))
			return true;
		word += clen;
	}
	return false;
}

/*
 * What the wrapped dictionary's lexize function returns for the word.
 */
static TSLexeme *
lexize_wrapped(BiDictionary *dictionary, const char *word, int len)
{
	TSDictionaryCacheEntry *entry;
	DictSubState state = {false, false, NULL};

	/* by way of a third template, dictionaries may still wrap one another */
	check_stack_depth();
	if (!OidIsValid(dictionary->wrapped))
		dictionary->wrapped = resolve_wrapped(dictionary);
	entry = lookup_ts_dictionary_cache(dictionary->wrapped);
	return (TSLexeme *)
		DatumGetPointer(FunctionCall4(&entry->lexize,
									  PointerGetDatum(entry->dictData),
									  PointerGetDatum(word),
									  Int32GetDatum(len),
									  PointerGetDatum(&state)));
}

TSLexeme *
BiStems(BiDictionary *dictionary, const char *word, int len)
{
	TSLexeme   *given;
	TSLexeme   *list;
	int			ngiven = 0;
	int			n = 0;
	uint16		variant = 1;

	if (!has_letter(word, len))
		return NULL;
	given = lexize_wrapped(dictionary, word, len);
	if (given == NULL || given->lexeme == NULL)
		return NULL;

	while (given[ngiven].lexeme != NULL)
		ngiven++;
	list = palloc0(sizeof(TSLexeme) * (ngiven + 1));
	for (int i = 0; i < ngiven; i++)
	{
		size_t		stem_len = strlen(given[i].lexeme);

		if (i == 0 || given[i].nvariant != given[i - 1].nvariant)
			variant++;
		if (stem_len == 0 || stem_len + 1 > BI_MAX_WORD_BYTES)
			continue;
		list[n].lexeme = palloc(stem_len + 2);
		list[n].lexeme[0] = BI_STEM_SIGN;
		memcpy(list[n].lexeme + 1, given[i].lexeme, stem_len + 1);
		list[n].nvariant = variant;
		list[n].flags = given[i].flags & TSL_PREFIX;
		n++;
	}
	return n > 0 ? list : NULL;
}

/*
 * The folded forms of a token: one, but for a fraction, which is two words.
 * NULL if there is none.
 */
static TSLexeme *
fold_token(const BiDictionary *dictionary, const char *token, int len)
{
	char		parts[2][BI_FRACTION_BYTES];
	StringInfoData folded;
	TSLexeme   *list;
	int			nparts;

	if (BiIsAmpersandToken(token, len))
		return list_of_one(dictionary->ampersand,
						   strlen(dictionary->ampersand));
	nparts = BiFoldFraction(token, len, parts);
	if (nparts > 0)
	{
		list = palloc0(sizeof(TSLexeme) * (nparts + 1));
		for (int i = 0; i < nparts; i++)
		{
			list[i].nvariant = 1;
			list[i].flags = i > 0 ? TSL_ADDPOS : 0;
			list[i].lexeme = pstrdup(parts[i]);
		}
		return list;
	}
	initStringInfo(&folded);
	BiFold(token, len, &dictionary->fold, true, &folded);
	list = list_of_one(folded.data, folded.len);
	pfree(folded.data);
	return list;
}

PG_FUNCTION_INFO_V1(bi_fold_init);

/* bi_fold_init(options): a dictionary of template bisearch_fold */
Datum
bi_fold_init(PG_FUNCTION_ARGS)
{
	List	   *options = (List *) PG_GETARG_POINTER(0);

	PG_RETURN_POINTER(read_options(options, false));
}

PG_FUNCTION_INFO_V1(bi_fold_lexize);

/* bi_fold_lexize(dictionary, word, length, state): the folded form */
Datum
bi_fold_lexize(PG_FUNCTION_ARGS)
{
	BiDictionary *dictionary = (BiDictionary *) PG_GETARG_POINTER(0);
	const char *word = (const char *) PG_GETARG_POINTER(1);
	int			len = PG_GETARG_INT32(2);

	PG_RETURN_POINTER(fold_token(dictionary, word, len));
}

PG_FUNCTION_INFO_V1(bi_stem_init);

/* bi_stem_init(options): a dictionary of template bisearch_stem */
Datum
bi_stem_init(PG_FUNCTION_ARGS)
{
	List	   *options = (List *) PG_GETARG_POINTER(0);
	BiDictionary *dictionary = read_options(options, true);

	dictionary->schema = get_func_namespace(fcinfo->flinfo->fn_oid);
	PG_RETURN_POINTER(dictionary);
}

/* The list exact, which holds one lexeme, followed by stems. */
static TSLexeme *
append_stems(TSLexeme *exact, const TSLexeme *stems)
{
	TSLexeme   *list;
	int			nstems = 0;

	while (stems[nstems].lexeme != NULL)
		nstems++;
	list = palloc(sizeof(TSLexeme) * (nstems + 2));
	list[0] = exact[0];
	memcpy(list + 1, stems, sizeof(TSLexeme) * (nstems + 1));
	pfree(exact);
	return list;
}

PG_FUNCTION_INFO_V1(bi_stem_lexize);

/* bi_stem_lexize(dictionary, word, length, state): folded form and stems */
Datum
bi_stem_lexize(PG_FUNCTION_ARGS)
{
	BiDictionary *dictionary = (BiDictionary *) PG_GETARG_POINTER(0);
	const char *word = (const char *) PG_GETARG_POINTER(1);
	int			len = PG_GETARG_INT32(2);
	TSLexeme   *list = fold_token(dictionary, word, len);

	/* the two words of a fraction are numbers, which have no stem */
	if (list != NULL && list[1].lexeme == NULL)
	{
		TSLexeme   *stems = BiStems(dictionary, list[0].lexeme,
									strlen(list[0].lexeme));

		if (stems != NULL)
			list = append_stems(list, stems);
	}
	PG_RETURN_POINTER(list);
}
