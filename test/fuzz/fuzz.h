/*
 * fuzz.h
 *	  What the fuzzing targets share.
 *
 * The targets run inside a single-user backend: an input is bytes, a target
 * calls the extension with what it makes of them and says so if an answer
 * contradicts another.  Crashes, reports of the sanitizers and internal
 * errors (XX000) are findings without any target's help.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include "fmgr.h"

struct TupleTableSlot;

/* A target: one input, in a memory context of its own. */
typedef void (*FuzzTarget) (const uint8 *data, size_t size);

extern void FuzzQuery(const uint8 *data, size_t size);
extern void FuzzBinary(const uint8 *data, size_t size);
extern void FuzzText(const uint8 *data, size_t size);
extern void FuzzMatch(const uint8 *data, size_t size);
extern void FuzzShow(const uint8 *data, size_t size);
extern void FuzzVector(const uint8 *data, size_t size);
extern void FuzzField(const uint8 *data, size_t size);
extern void FuzzFuzzy(const uint8 *data, size_t size);
extern void FuzzCleaning(const uint8 *data, size_t size);

/*
 * Print what is wrong, keep the input, and go on with the next.  fmt says
 * what kind of finding it is.
 */
extern void FuzzFail(const char *fmt,...) pg_attribute_noreturn()
pg_attribute_printf(1, 2);

/*
 * Call body with arg.  Returns the SQLSTATE of the error it raised, or 0.
 * Errors outside of those that a user can cause are findings, and so is a
 * message that is not text of the database encoding.
 */
extern int	FuzzTry(void (*body) (void *arg), void *arg);

/* An SQL function, looked up by its signature when first called. */
typedef struct FuzzFunction
{
	const char *signature;
	FmgrInfo	info;
} FuzzFunction;

extern FmgrInfo *FuzzLookup(FuzzFunction *function);
extern Datum FuzzCallFlinfo(FmgrInfo *info, int nargs, const Datum *args);

#define FuzzCall(function, ...) \
	FuzzCallArray(function, lengthof(((Datum[]) {__VA_ARGS__})), \
				  (Datum[]) {__VA_ARGS__})
extern Datum FuzzCallArray(FuzzFunction *function, int nargs,
						   const Datum *args);

/* The same under FuzzTry. */
#define FuzzTryCall(result, function, ...) \
	FuzzTryCallArray(result, function, \
					 lengthof(((Datum[]) {__VA_ARGS__})), \
					 (Datum[]) {__VA_ARGS__})
extern int	FuzzTryCallArray(Datum *result, FuzzFunction *function,
							 int nargs, const Datum *args);

/* Call a function that returns rows, as at a new call site; row gets each. */
typedef void (*FuzzRow) (struct TupleTableSlot *slot, void *arg);

#define FuzzCallRows(function, row, arg, ...) \
	FuzzCallRowsArray(function, row, arg, \
					  lengthof(((Datum[]) {__VA_ARGS__})), \
					  (Datum[]) {__VA_ARGS__})
extern void FuzzCallRowsArray(FuzzFunction *function, FuzzRow row, void *arg,
							  int nargs, const Datum *args);

/*
 * A copy of the bytes that is text of the database encoding: what is not
 * becomes '?', NUL a blank.
 */
extern char *FuzzClean(const uint8 *data, size_t size, int *len);
extern Datum FuzzText2Datum(const char *s, int len);

/*
 * One of the configurations that inputs are tried with; FUZZ_NEWS is the one
 * that has fields of one's own.
 */
#define FUZZ_NEWS 256
extern Oid	FuzzConfig(int choice);

/* Is it bisearch_cjk? */
static inline bool
FuzzIsCjk(uint8 choice)
{
	return choice >= 0x80;
}

/* memory.c: a context whose allocations the address sanitizer watches. */
extern MemoryContext FuzzContextCreate(MemoryContext parent,
									   const char *name);

/*
 * An input byte by byte.  Behind its end come zeros or, with a seed other than
 * 0, random bytes.
 */
typedef struct FuzzBytes
{
	const uint8 *next;
	const uint8 *end;
	uint64		seed;
} FuzzBytes;

static inline uint8
FuzzByte(FuzzBytes *bytes)
{
	if (bytes->next < bytes->end)
		return *bytes->next++;
	if (bytes->seed == 0)
		return 0;
	bytes->seed = bytes->seed * UINT64CONST(6364136223846793005) +
		UINT64CONST(1442695040888963407);
	return (uint8) (bytes->seed >> 56);
}

#endif							/* FUZZ_H */
