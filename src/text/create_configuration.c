/*
 * create_configuration.c
 *	  A configuration that keeps a dictionary's stems beside exact forms.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_ts_dict.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/syscache.h"
#include "utils/tuplestore.h"
#include "utils/varlena.h"

#include "base/compat.h"
#include "text/config.h"
#include "text/own_fields.h"

/* Qualified name, quoted, of dictionary oid; palloc'd. */
static char *
dictionary_name(Oid oid)
{
	HeapTuple	tuple = SearchSysCache1(TSDICTOID, ObjectIdGetDatum(oid));
	Form_pg_ts_dict form;
	char	   *name;

	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("text search dictionary with OID %u does not exist",
						oid)));
	form = (Form_pg_ts_dict) GETSTRUCT(tuple);
	name = quote_qualified_identifier(get_namespace_name(form->dictnamespace),
									  NameStr(form->dictname));
	ReleaseSysCache(tuple);
	return name;
}

/* Run one utility command. */
static void
run_command(const char *command)
{
	int			result = SPI_execute(command, false, 0);

	if (result != SPI_OK_UTILITY)
		elog(ERROR, "could not execute \"%s\": %s", command,
			 SPI_result_code_string(result));
}

/* The option of a dictionary with its value, after a comma; "" if empty. */
static char *
option(const char *name, text * value)
{
	char	   *s = text_to_cstring(value);

	return *s == '\0' ? s :
		psprintf(", %s = %s", name, quote_literal_cstr(s));
}

PG_FUNCTION_INFO_V1(bi_create_configuration);

/*
 * bi_create_configuration(name, stemmer, abbreviations, fields): create
 * dictionary name_stem, which wraps the stemmer, and configuration name, which
 * maps all words to it.  The name may be qualified; if not, both go into the
 * schema in which CREATE would put them.
 */
Datum
bi_create_configuration(PG_FUNCTION_ARGS)
{
	List	   *names = textToQualifiedNameList(PG_GETARG_TEXT_PP(0));
	char	   *stemmer = dictionary_name(PG_GETARG_OID(1));
	char	   *options = option("ABBREVIATIONS", PG_GETARG_TEXT_PP(2));
	char	   *fields = option("FIELDS", PG_GETARG_TEXT_PP(3));
	Oid			our_schema = get_func_namespace(fcinfo->flinfo->fn_oid);
	char	   *ours = get_namespace_name(our_schema);
	char	   *parser = quote_qualified_identifier(ours, "bisearch");
	char	   *template = quote_qualified_identifier(ours, "bisearch_stem");
	char	   *name;
	char	   *schema;
	char	   *dictionary;
	char	   *configuration;
	Oid			namespace = QualifiedNameGetCreationNamespace(names, &name);

	if (strlen(name) + strlen("_stem") >= NAMEDATALEN)
		ereport(ERROR,
				(errcode(ERRCODE_NAME_TOO_LONG),
				 errmsg("configuration name \"%s\" is too long", name),
				 errdetail("Its dictionary is called by the same name and \"_stem\", %d bytes at most.",
						   NAMEDATALEN - 1)));
	schema = get_namespace_name(namespace);
	dictionary = quote_qualified_identifier(schema,
											psprintf("%s_stem", name));
	configuration = quote_qualified_identifier(schema, name);

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	run_command(psprintf("CREATE TEXT SEARCH DICTIONARY %s (TEMPLATE = %s, DICTIONARY = %s%s%s)",
						 dictionary, template, quote_literal_cstr(stemmer),
						 options, fields));
	run_command(psprintf("CREATE TEXT SEARCH CONFIGURATION %s (PARSER = %s)",
						 configuration, parser));
	run_command(psprintf("ALTER TEXT SEARCH CONFIGURATION %s ADD MAPPING FOR word, number, ampersand WITH %s",
						 configuration, dictionary));
	SPI_finish();

	PG_RETURN_OID(get_ts_config_oid(list_make2(makeString(schema),
											   makeString(name)), false));
}

PG_FUNCTION_INFO_V1(bi_configuration_fields);

/* bi_configuration_fields(config): name and type of each field, as declared */
Datum
bi_configuration_fields(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	BiConfig	config;
	BiOwnField	field;

	InitMaterializedSRF(fcinfo, 0);
	BiConfigOpen(PG_GETARG_OID(0), &config);
	while (config.fields != NULL && BiNextField(&config.fields, &field))
	{
		Datum		values[2];
		bool		nulls[2] = {false, false};

		values[0] = PointerGetDatum(cstring_to_text_with_len(field.name,
															 field.len));
		values[1] = CStringGetTextDatum(BiFieldTypeName(field.type));
		tuplestore_putvalues(result->setResult, result->setDesc, values,
							 nulls);
	}
	PG_RETURN_NULL();
}
