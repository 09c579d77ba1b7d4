/*
 * configname.c
 *	  Configurations by name: as a bi_query remembers and prints them.
 *
 * A bare name is one in pg_catalog or in the extension's schema; any other
 * bears its schema.  So a name means the same whatever search_path is, or
 * is not, set (query-language section 7).
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_ts_config.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/varlena.h"

#include "base/compat.h"
#include "query/bi_query.h"
#include "query/parse_driver.h"

/* Schema of the function being called, which is our extension's. */
Oid
BiExtensionSchema(FunctionCallInfo fcinfo)
{
	if (fcinfo->flinfo == NULL)
		elog(ERROR, "function called without its description");
	return get_func_namespace(fcinfo->flinfo->fn_oid);
}

static Oid
config_in(const char *name, Oid schema)
{
	return GetSysCacheOid2(TSCONFIGNAMENSP, Anum_pg_ts_config_oid,
						   CStringGetDatum(name), ObjectIdGetDatum(schema));
}

/* The configuration that a bare name means, or InvalidOid. */
static Oid
bare_config(const char *name, Oid extension_schema)
{
	Oid			oid = config_in(name, PG_CATALOG_NAMESPACE);

	return OidIsValid(oid) ? oid : config_in(name, extension_schema);
}

static void
no_such_config(const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("text search configuration \"%s\" does not exist", name)));
}

/* The configuration "bisearch". */
Oid
BiDefaultConfig(Oid extension_schema)
{
	Oid			oid = bare_config("bisearch", extension_schema);

	if (!OidIsValid(oid))
		no_such_config("bisearch");
	return oid;
}

/* Core's configuration "simple". */
Oid
BiSimpleConfig(void)
{
	Oid			oid = config_in("simple", PG_CATALOG_NAMESPACE);

	if (!OidIsValid(oid))
		no_such_config("simple");
	return oid;
}

/*
 * How a query names the configuration: *nsp is NULL for a bare name.
 * Raises 42704 if there is none.
 */
void
BiConfigName(Oid config, Oid extension_schema, char **nsp, char **name)
{
	HeapTuple	tuple = SearchSysCache1(TSCONFIGOID, ObjectIdGetDatum(config));
	Form_pg_ts_config form;

	if (!HeapTupleIsValid(tuple))
		no_such_config(psprintf("%u", config));
	form = (Form_pg_ts_config) GETSTRUCT(tuple);
	*name = pstrdup(NameStr(form->cfgname));
	*nsp = bare_config(*name, extension_schema) == config ? NULL :
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
		oid = bare_config(name, extension_schema);
	else
	{
		char	   *nsp = pnstrdup(text, query->nsplen);
		Oid			schema = get_namespace_oid(nsp, true);

		oid = OidIsValid(schema) ? config_in(name, schema) : InvalidOid;
		name = quote_qualified_identifier(nsp, name);
	}
	if (!OidIsValid(oid))
		no_such_config(name);
	return oid;
}

/* Where the prefix that starts at text ends, or 0. */
static int
prefix_end(const char *text, int len)
{
	bool		quoted = false;

	if (len == 0 || text[0] != '{')
		return 0;
	for (int i = 1; i < len; i += pg_mblen(text + i))
	{
		if (text[i] == '"')
			quoted = !quoted;
		else if (text[i] == '}' && !quoted)
			return i + 1;
		/* no name is longer */
		if (i > 8 * NAMEDATALEN)
			break;
	}
	return 0;
}

/*
 * Read "{config}" at the start of the input.  Sets *prefix to its length in
 * bytes, and returns the configuration; without a prefix *prefix is 0.  If
 * there is no such configuration, returns InvalidOid and sets *unknown to
 * what was in the braces.
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
				oid = config_in(lsecond(names), schema);
		}
		else if (list_length(names) == 1)
		{
			oid = bare_config(linitial(names), extension_schema);
			if (!OidIsValid(oid))
				oid = get_ts_config_oid(list_make1(makeString(linitial(names))),
										true);
		}
	}
	if (!OidIsValid(oid))
		*unknown = content;
	return oid;
}
