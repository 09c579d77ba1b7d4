/*
 * configname.c
 *	  Configurations by name, as a bi_query stores and prints them.
 *
 * An unqualified name is looked up in pg_catalog and in the extension's
 * schema; any other name is qualified.  So a name means the same whatever
 * search_path is (query-language section 7).
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_ts_config.h"
#include "mb/pg_wchar.h"
#include "parser/scansup.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/varlena.h"

#include "base/compat.h"
#include "query/bi_query.h"
#include "query/parse_driver.h"

/* Schema of the called function, which is our extension's. */
Oid
BiExtensionSchema(FunctionCallInfo fcinfo)
{
	if (fcinfo->flinfo == NULL)
		elog(ERROR, "function called without its description");
	return get_func_namespace(fcinfo->flinfo->fn_oid);
}

static Oid
config_in_schema(const char *name, Oid schema)
{
	return GetSysCacheOid2(TSCONFIGNAMENSP, Anum_pg_ts_config_oid,
						   CStringGetDatum(name), ObjectIdGetDatum(schema));
}

/* The configuration that an unqualified name means, or InvalidOid. */
static Oid
unqualified_config(const char *name, Oid extension_schema)
{
	Oid			oid = config_in_schema(name, PG_CATALOG_NAMESPACE);

	return OidIsValid(oid) ? oid : config_in_schema(name, extension_schema);
}

static void
raise_no_such_config(const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("text search configuration \"%s\" does not exist", name)));
}

/* The configuration "bisearch". */
Oid
BiDefaultConfig(Oid extension_schema)
{
	Oid			oid = unqualified_config("bisearch", extension_schema);

	if (!OidIsValid(oid))
		raise_no_such_config("bisearch");
	return oid;
}

/* Core's configuration "simple". */
Oid
BiSimpleConfig(void)
{
	Oid			oid = config_in_schema("simple", PG_CATALOG_NAMESPACE);

	if (!OidIsValid(oid))
		raise_no_such_config("simple");
	return oid;
}

/*
 * The name of the configuration in a query: *nsp is NULL if unqualified.
 * Raises 42704 if it does not exist.
 */
void
BiConfigName(Oid config, Oid extension_schema, char **nsp, char **name)
{
	HeapTuple	tuple = SearchSysCache1(TSCONFIGOID, ObjectIdGetDatum(config));
	Form_pg_ts_config form;

	if (!HeapTupleIsValid(tuple))
		raise_no_such_config(psprintf("%u", config));
	form = (Form_pg_ts_config) GETSTRUCT(tuple);
	*name = pstrdup(NameStr(form->cfgname));
	*nsp = unqualified_config(*name, extension_schema) == config ? NULL :
		get_namespace_name(form->cfgnamespace);
	ReleaseSysCache(tuple);
}

/* OID of a query's configuration; see bi_query.h. */
Oid
BiQueryConfig(const BiQuery *query, Oid extension_schema)
{
	const char *text = BiQueryText(query);
	char	   *name = pnstrdup(text + query->nsplen, query->namelen);
	Oid			oid;

	if (query->nsplen == 0)
		oid = unqualified_config(name, extension_schema);
	else
	{
		char	   *nsp = pnstrdup(text, query->nsplen);
		Oid			schema = get_namespace_oid(nsp, true);

		oid = OidIsValid(schema) ? config_in_schema(name, schema) : InvalidOid;
		name = quote_qualified_identifier(nsp, name);
	}
	if (!OidIsValid(oid))
		raise_no_such_config(name);
	return oid;
}

/*
 * Length of the prefix at the start of text, or 0.  Braces around anything
 * but a name, such as {flood OR storm}, are none.
 */
static int
prefix_end(const char *text, int len)
{
	bool		quoted = false;
	bool		begun = false;	/* a part of the name ... */
	bool		ended = false;	/* ... and a blank after it */

	if (len == 0 || text[0] != '{')
		return 0;
	for (int i = 1; i < len; i += pg_mblen(text + i))
	{
		unsigned char c = text[i];

		/* no qualified name is longer */
		if (i > 8 * NAMEDATALEN)
			break;
		if (c == '"')
			quoted = !quoted;
		else if (quoted)
			continue;
		else if (c == '}')
			return i + 1;
		else if (c == '.')
			begun = ended = false;
		else if (scanner_isspace(c))
			ended = begun;
		else if (!IS_HIGHBIT_SET(c) && !isalnum(c) && c != '_' && c != '$')
			break;
		else if (ended)
			break;
		else
			begun = true;
	}
	return 0;
}

/*
 * Read "{config}" at the start of the input.  Sets *prefix to its length in
 * bytes, and returns the configuration; without a prefix *prefix is 0.  If
 * there is no such configuration, returns InvalidOid and sets *unknown to the
 * text in the braces.
 */
Oid
BiReadPrefix(const char *text, int len, Oid extension_schema, int *prefix,
			 char **unknown)
{
	List	   *names;
	char	   *content;
	Oid			oid = InvalidOid;

	*prefix = prefix_end(text, len);
	*unknown = NULL;
	if (*prefix == 0)
		return InvalidOid;

	content = pnstrdup(text + 1, *prefix - 2);
	if (SplitIdentifierString(pstrdup(content), '.', &names))
	{
		if (list_length(names) == 2)
		{
			Oid			schema = get_namespace_oid(linitial(names), true);

			if (OidIsValid(schema))
				oid = config_in_schema(lsecond(names), schema);
		}
		else if (list_length(names) == 1)
		{
			oid = unqualified_config(linitial(names), extension_schema);
			if (!OidIsValid(oid))
				oid = get_ts_config_oid(list_make1(makeString(linitial(names))),
										true);
		}
	}
	if (!OidIsValid(oid))
		*unknown = content;
	return oid;
}
