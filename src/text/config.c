/*
 * config.c
 *	  What the query language needs to know about a text search
 *	  configuration.
 *
 * Our own parser and dictionaries are recognized by the addresses of their
 * functions, under any name and in any schema.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_ts_dict.h"
#include "catalog/pg_ts_template.h"
#include "tsearch/ts_cache.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/syscache.h"

#include "text/config.h"
#include "text/dict_template.h"
#include "text/parser.h"

/* Whether the dictionary has template unaccent. */
static bool
is_unaccent(Oid oid)
{
	HeapTuple	dict = SearchSysCache1(TSDICTOID, ObjectIdGetDatum(oid));
	HeapTuple	template;
	bool		result = false;

	if (!HeapTupleIsValid(dict))
		return false;
	template = SearchSysCache1(TSTEMPLATEOID, ObjectIdGetDatum(
															   ((Form_pg_ts_dict) GETSTRUCT(dict))->dicttemplate));
	if (HeapTupleIsValid(template))
	{
		Form_pg_ts_template form =
			(Form_pg_ts_template) GETSTRUCT(template);

		result = strcmp(NameStr(form->tmplname), "unaccent") == 0;
		ReleaseSysCache(template);
	}
	ReleaseSysCache(dict);
	return result;
}

/* Update the description for dictionary oid. */
static void
describe_dictionary(Oid oid, BiConfig *config)
{
	TSDictionaryCacheEntry *entry = lookup_ts_dictionary_cache(oid);
	PGFunction	lexize = entry->lexize.fn_addr;

	if (lexize == bi_fold_lexize || lexize == bi_stem_lexize)
	{
		BiDictionary *dictionary = (BiDictionary *) entry->dictData;

		/* the first one decides how words fold */
		if (!config->folds)
			config->fold = dictionary->fold;
		config->folds = true;
		if (config->abbreviations == NULL && dictionary->abbreviations != NULL)
			config->abbreviations = pstrdup(dictionary->abbreviations);
		if (config->fields == NULL && dictionary->fields != NULL)
			config->fields = pstrdup(dictionary->fields);
	}
	if (lexize == bi_stem_lexize)
		config->exact_forms = true;
	if (lexize != bi_fold_lexize && lexize != dsimple_lexize &&
		!is_unaccent(oid))
		config->unstemmed = false;
}

/*
 * Configuration oid from the cache, which by itself would raise an internal
 * error for one that does not exist.
 */
static TSConfigCacheEntry *
lookup_config(Oid oid)
{
	if (!SearchSysCacheExists1(TSCONFIGOID, ObjectIdGetDatum(oid)))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("text search configuration with OID %u does not exist",
						oid)));
	return lookup_ts_config_cache(oid);
}

/* Is every character a token of its own? */
static bool
has_characters(const TSConfigCacheEntry *entry)
{
	return lookup_ts_parser_cache(entry->prsId)->prsstart.fn_addr ==
		bi_cjk_parser_start;
}

void
BiConfigOpen(Oid oid, BiConfig *config)
{
	TSConfigCacheEntry *entry = lookup_config(oid);
	List	   *dictionaries = NIL;
	ListCell   *lc;
	BiConfigMap ignored;

	memset(config, 0, sizeof(BiConfig));
	config->oid = oid;
	config->unstemmed = true;
	config->fold.accents = true;
	config->fold.points = true;

	/* loading dictionaries may reload the entry, so read it first */
	for (int type = 0; type < entry->lenmap; type++)
		for (int i = 0; i < entry->map[type].len; i++)
			dictionaries = list_append_unique_oid(dictionaries,
												  entry->map[type].dictIds[i]);
	foreach(lc, dictionaries)
		describe_dictionary(lfirst_oid(lc), config);
	list_free(dictionaries);
	config->characters = has_characters(lookup_config(oid));

	config->direct = BiConfigIsDirect(oid, &ignored);
}

/* Is the dictionary of one of our templates? */
static bool
is_ours(Oid dictionary)
{
	PGFunction	lexize =
		lookup_ts_dictionary_cache(dictionary)->lexize.fn_addr;

	return lexize == bi_fold_lexize || lexize == bi_stem_lexize;
}

bool
BiConfigIsDirect(Oid oid, BiConfigMap *map)
{
	TSConfigCacheEntry *entry = lookup_config(oid);
	bool		characters = has_characters(entry);

	if (entry->lenmap <= BI_TYPE_NUMBER ||
		entry->map[BI_TYPE_WORD].len != 1 ||
		entry->map[BI_TYPE_NUMBER].len != 1 ||
		entry->map[BI_TYPE_AMPERSAND].len > 1 ||
		entry->map[BI_TYPE_BLANK].len != 0)
		return false;
	map->words = entry->map[BI_TYPE_WORD].dictIds[0];
	map->ampersand = entry->map[BI_TYPE_AMPERSAND].len == 1 ?
		entry->map[BI_TYPE_AMPERSAND].dictIds[0] : InvalidOid;
	map->characters = InvalidOid;
	if (characters)
	{
		if (entry->map[BI_TYPE_CHARACTER].len != 1)
			return false;
		map->characters = entry->map[BI_TYPE_CHARACTER].dictIds[0];
		if (lookup_ts_dictionary_cache(map->characters)->lexize.fn_addr !=
			bi_fold_lexize)
			return false;
	}
	if (entry->map[BI_TYPE_NUMBER].dictIds[0] != map->words ||
		lookup_ts_parser_cache(entry->prsId)->prstoken.fn_addr !=
		bi_parser_token)
		return false;
	return is_ours(map->words) &&
		(!OidIsValid(map->ampersand) || map->ampersand == map->words ||
		 is_ours(map->ampersand));
}
