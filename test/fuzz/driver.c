/*
 * driver.c
 *	  libFuzzer inside a backend.
 */
#include "postgres.h"

#include <signal.h>

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "funcapi.h"
#include "libpq/pqsignal.h"
#include "mb/pg_wchar.h"
#include "nodes/execnodes.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/regproc.h"
#include "utils/resowner.h"
#include "utils/tuplestore.h"

#include "fuzz.h"

extern int	LLVMFuzzerRunDriver(int *argc, char ***argv,
								int (*callback) (const uint8 *data,
												 size_t size));

static FuzzTarget target;

/* configurations, once looked up */
static Oid	configs[6];

/* what an answer that contradicts another is thrown as */
#define CONTRADICTION ERRCODE_RAISE_EXCEPTION

/* of one kind, so many are told */
#define MAX_TOLD 20

/* kinds of findings so far: the format, and how often it was told */
static struct
{
	const char *fmt;
	int			told;
}			kinds[100];

static const uint8 *current;
static size_t current_size;
static int	nfindings;

/* Keep the input, in the directory that the environment names. */
static void
keep_input(int number)
{
	const char *directory = getenv("FUZZ_FINDINGS");
	char		path[MAXPGPATH];
	FILE	   *file;

	if (directory == NULL)
		return;
	snprintf(path, sizeof(path), "%s/finding-%d", directory, number);
	file = fopen(path, "w");
	if (file == NULL)
		return;
	fwrite(current, 1, current_size, file);
	fclose(file);
	fprintf(stderr, "Input kept as %s\n", path);
}

void
FuzzFail(const char *fmt,...)
{
	va_list		args;
	size_t		i = 0;

	while (i < lengthof(kinds) - 1 && kinds[i].fmt != NULL &&
		   kinds[i].fmt != fmt)
		i++;
	kinds[i].fmt = fmt;
	nfindings++;
	if (kinds[i].told++ < MAX_TOLD)
	{
		fputs("\nFINDING: ", stderr);
		va_start(args, fmt);
		vfprintf(stderr, fmt, args);
		va_end(args);
		fputc('\n', stderr);
		keep_input(nfindings);
		fflush(stderr);
	}
	ereport(ERROR, (errcode(CONTRADICTION), errmsg("finding")));
	abort();
}

/* Errors that what a user typed or a damaged value may cause. */
static bool
is_expected(int sqlstate)
{
	switch (sqlstate)
	{
		case ERRCODE_SYNTAX_ERROR:
		case ERRCODE_PROGRAM_LIMIT_EXCEEDED:
		case ERRCODE_STATEMENT_TOO_COMPLEX:
		case ERRCODE_UNDEFINED_OBJECT:
		case ERRCODE_INVALID_PARAMETER_VALUE:
		case ERRCODE_INVALID_BINARY_REPRESENTATION:
		case ERRCODE_PROTOCOL_VIOLATION:
		case ERRCODE_CHARACTER_NOT_IN_REPERTOIRE:
		case ERRCODE_UNTRANSLATABLE_CHARACTER:
		case ERRCODE_DATA_CORRUPTED:
			return true;
		default:
			return false;
	}
}

static void
check_message(const char *what, const char *message)
{
	if (message != NULL &&
		!pg_verify_mbstr(GetDatabaseEncoding(), message, strlen(message),
						 true))
		FuzzFail("%s is cut within a character: %s", what, message);
}

int
FuzzTry(void (*body) (void *arg), void *arg)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ResourceOwner own = ResourceOwnerCreate(owner, "fuzz");
	volatile int sqlstate = 0;

	CurrentResourceOwner = own;
	PG_TRY();
	{
		body(arg);
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		sqlstate = error->sqlerrcode;
		if (sqlstate == CONTRADICTION)
			ReThrowError(error);
		if (!is_expected(sqlstate))
			FuzzFail("error %s: %s (%s:%d, %s)",
					 unpack_sql_state(sqlstate), error->message,
					 error->filename, error->lineno, error->funcname);
		check_message("message", error->message);
		check_message("detail", error->detail);
		check_message("hint", error->hint);
		FreeErrorData(error);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	ResourceOwnerRelease(own, RESOURCE_RELEASE_BEFORE_LOCKS, false, false);
	ResourceOwnerRelease(own, RESOURCE_RELEASE_LOCKS, false, false);
	ResourceOwnerRelease(own, RESOURCE_RELEASE_AFTER_LOCKS, false, false);
	ResourceOwnerDelete(own);
	return sqlstate;
}

FmgrInfo *
FuzzLookup(FuzzFunction *function)
{
	if (!OidIsValid(function->info.fn_oid))
	{
		Datum		oid = DirectFunctionCall1(regprocedurein,
											  CStringGetDatum(function->signature));

		fmgr_info_cxt(DatumGetObjectId(oid), &function->info,
					  TopMemoryContext);
	}
	return &function->info;
}

Datum
FuzzCallFlinfo(FmgrInfo *info, int nargs, const Datum *args)
{
	LOCAL_FCINFO(fcinfo, 6);

	InitFunctionCallInfoData(*fcinfo, info, nargs, DEFAULT_COLLATION_OID,
							 NULL, NULL);
	for (int i = 0; i < nargs; i++)
	{
		fcinfo->args[i].value = args[i];
		fcinfo->args[i].isnull = false;
	}
	return FunctionCallInvoke(fcinfo);
}

/* Call function as at a new call site, so that nothing is remembered. */
Datum
FuzzCallArray(FuzzFunction *function, int nargs, const Datum *args)
{
	FmgrInfo	info;

	fmgr_info_copy(&info, FuzzLookup(function), CurrentMemoryContext);
	return FuzzCallFlinfo(&info, nargs, args);
}

void
FuzzCallRowsArray(FuzzFunction *function, FuzzRow row, void *arg, int nargs,
				  const Datum *args)
{
	FmgrInfo	info;
	ReturnSetInfo rsinfo = {.type = T_ReturnSetInfo};
	ExprContext econtext = {.type = T_ExprContext};
	TupleTableSlot *slot;
	LOCAL_FCINFO(fcinfo, 10);

	econtext.ecxt_per_query_memory = CurrentMemoryContext;
	econtext.ecxt_per_tuple_memory = CurrentMemoryContext;
	rsinfo.econtext = &econtext;
	rsinfo.allowedModes = SFRM_Materialize;
	fmgr_info_copy(&info, FuzzLookup(function), CurrentMemoryContext);
	get_func_result_type(info.fn_oid, NULL, &rsinfo.expectedDesc);
	InitFunctionCallInfoData(*fcinfo, &info, nargs, DEFAULT_COLLATION_OID,
							 NULL, (fmNodePtr) &rsinfo);
	for (int i = 0; i < nargs; i++)
	{
		fcinfo->args[i].value = args[i];
		fcinfo->args[i].isnull = false;
	}
	FunctionCallInvoke(fcinfo);

	slot = MakeSingleTupleTableSlot(rsinfo.setDesc, &TTSOpsMinimalTuple);
	while (tuplestore_gettupleslot(rsinfo.setResult, true, false, slot))
		row(slot, arg);
	ExecDropSingleTupleTableSlot(slot);
	tuplestore_end(rsinfo.setResult);
}

typedef struct TryCall
{
	Datum	   *result;
	FuzzFunction *function;
	int			nargs;
	const Datum *args;
} TryCall;

static void
try_call(void *arg)
{
	TryCall    *call = arg;

	*call->result = FuzzCallArray(call->function, call->nargs, call->args);
}

int
FuzzTryCallArray(Datum *result, FuzzFunction *function, int nargs,
				 const Datum *args)
{
	TryCall		call = {result, function, nargs, args};

	return FuzzTry(try_call, &call);
}

char *
FuzzClean(const uint8 *data, size_t size, int *len)
{
	char	   *text = palloc(size + 1);
	size_t		i = 0;

	for (size_t k = 0; k < size; k++)
		text[k] = data[k] == 0 ? ' ' : (char) data[k];
	text[size] = '\0';
	while (i < size)
	{
		int			n = pg_encoding_verifymbchar(GetDatabaseEncoding(),
												 text + i, size - i);

		if (n < 0 && GetDatabaseEncoding() != PG_SQL_ASCII)
		{
			text[i] = '?';
			n = 1;
		}
		i += Max(n, 1);
	}
	*len = (int) size;
	return text;
}

Datum
FuzzText2Datum(const char *s, int len)
{
	return PointerGetDatum(cstring_to_text_with_len(s, len));
}

Oid
FuzzConfig(int choice)
{
	static const char *const names[] = {
		"bisearch", "bisearch_english", "pg_catalog.english",
		"pg_catalog.simple", "bisearch_cjk", "news"
	};
	int			i = choice == FUZZ_NEWS ? 5 : FuzzIsCjk(choice) ? 4 : choice % 4;

	if (!OidIsValid(configs[i]))
		configs[i] = DatumGetObjectId(DirectFunctionCall1(regconfigin,
														  CStringGetDatum(names[i])));
	return configs[i];
}

static int
one_input(const uint8 *data, size_t size)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext context = FuzzContextCreate(caller, "input");
	ResourceOwner owner = CurrentResourceOwner;

	MemoryContextSwitchTo(context);
	current = data;
	current_size = size;
	PG_TRY();
	{
		target(data, size);
	}
	PG_CATCH();
	{
		/* it has been told */
		if (geterrcode() != CONTRADICTION)
			PG_RE_THROW();
		FlushErrorState();
		CurrentResourceOwner = owner;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return 0;
}

/* Run a target: its name and libFuzzer's arguments.  Does not come back. */
PG_FUNCTION_INFO_V1(bi_fuzz);
Datum
bi_fuzz(PG_FUNCTION_ARGS)
{
	static const struct
	{
		const char *name;
		FuzzTarget	target;
	}			targets[] = {
		{"query", FuzzQuery}, {"binary", FuzzBinary},
		{"text", FuzzText}, {"match", FuzzMatch},
		{"show", FuzzShow}, {"vector", FuzzVector}, {"field", FuzzField},
		{"fuzzy", FuzzFuzzy},
		{"clean", FuzzCleaning}
	};
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	Datum	   *elements;
	int			argc;
	char	  **argv;

	for (size_t i = 0; i < lengthof(targets); i++)
	{
		if (strcmp(name, targets[i].name) == 0)
			target = targets[i].target;
	}
	if (target == NULL)
		elog(ERROR, "no target %s", name);

	deconstruct_array(PG_GETARG_ARRAYTYPE_P(1), TEXTOID, -1, false,
					  TYPALIGN_INT, &elements, NULL, &argc);
	argv = palloc((argc + 2) * sizeof(char *));
	argv[0] = "fuzz";
	for (int i = 0; i < argc; i++)
		argv[i + 1] = TextDatumGetCString(elements[i]);
	argv[++argc] = NULL;

	/* libFuzzer takes over only signals that nobody has taken */
	pqsignal(SIGALRM, SIG_DFL);
	pqsignal(SIGINT, SIG_DFL);
	pqsignal(SIGTERM, SIG_DFL);
	pqsignal(SIGFPE, SIG_DFL);
	LLVMFuzzerRunDriver(&argc, &argv, one_input);
	PG_RETURN_VOID();
}
