/*
 * memory.c
 *	  A memory context that takes every allocation from malloc.
 *
 * PostgreSQL's contexts cut allocations from larger blocks, where the address
 * sanitizer sees no bounds.  Here each is a block of its own.  The fuzzing
 * build lets the extension's own AllocSetContextCreate end here too.
 *
 * Later versions of PostgreSQL know a fixed set of contexts only; there we
 * hand out theirs.
 */
#include "postgres.h"

#undef AllocSetContextCreateInternal

#include "utils/memutils.h"

#include "fuzz.h"

extern MemoryContext fuzz_context_create(MemoryContext parent,
										 const char *name, Size min, Size init,
										 Size max);

#if PG_VERSION_NUM < 160000

/* in front of an allocation; core reads the context just before it */
typedef struct Chunk
{
	struct Chunk *prev;
	struct Chunk *next;
	Size		size;
	MemoryContext context;
} Chunk;

typedef struct MallocContext
{
	MemoryContextData header;
	Chunk	   *first;
} MallocContext;

static void
link_chunk(MallocContext *set, Chunk *chunk)
{
	chunk->prev = NULL;
	chunk->next = set->first;
	if (set->first != NULL)
		set->first->prev = chunk;
	set->first = chunk;
}

static void
unlink_chunk(MallocContext *set, Chunk *chunk)
{
	if (chunk->next != NULL)
		chunk->next->prev = chunk->prev;
	if (chunk->prev != NULL)
		chunk->prev->next = chunk->next;
	else
		set->first = chunk->next;
}

static void *
malloc_alloc(MemoryContext context, Size size)
{
	Chunk	   *chunk = malloc(sizeof(Chunk) + size);

	if (chunk == NULL)
		return NULL;
	chunk->size = size;
	chunk->context = context;
	link_chunk((MallocContext *) context, chunk);
	return chunk + 1;
}

static void
malloc_free(MemoryContext context, void *pointer)
{
	Chunk	   *chunk = (Chunk *) pointer - 1;

	unlink_chunk((MallocContext *) context, chunk);
	free(chunk);
}

/* Always moves, so that a pointer to the old place is found out. */
static void *
malloc_realloc(MemoryContext context, void *pointer, Size size)
{
	Chunk	   *old = (Chunk *) pointer - 1;
	void	   *new = malloc_alloc(context, size);

	if (new == NULL)
		return NULL;
	memcpy(new, pointer, Min(old->size, size));
	malloc_free(context, pointer);
	return new;
}

static void
malloc_reset(MemoryContext context)
{
	MallocContext *set = (MallocContext *) context;

	while (set->first != NULL)
		malloc_free(context, set->first + 1);
}

static void
malloc_delete(MemoryContext context)
{
	malloc_reset(context);
	free(context);
}

static Size
malloc_space(MemoryContext context, void *pointer)
{
	(void) context;
	return ((Chunk *) pointer - 1)->size + sizeof(Chunk);
}

static bool
malloc_is_empty(MemoryContext context)
{
	return ((MallocContext *) context)->first == NULL;
}

static void
malloc_stats(MemoryContext context, MemoryStatsPrintFunc print,
			 void *passthru, MemoryContextCounters *totals,
			 bool print_to_stderr)
{
	(void) context, (void) print, (void) passthru, (void) totals;
	(void) print_to_stderr;
}

#ifdef MEMORY_CONTEXT_CHECKING
static void
malloc_check(MemoryContext context)
{
	(void) context;
}
#endif

static const MemoryContextMethods methods = {
	.alloc = malloc_alloc,
	.free_p = malloc_free,
	.realloc = malloc_realloc,
	.reset = malloc_reset,
	.delete_context = malloc_delete,
	.get_chunk_space = malloc_space,
	.is_empty = malloc_is_empty,
	.stats = malloc_stats,
#ifdef MEMORY_CONTEXT_CHECKING
	.check = malloc_check,
#endif
};

MemoryContext
FuzzContextCreate(MemoryContext parent, const char *name)
{
	MallocContext *set = malloc(sizeof(MallocContext));

	if (set == NULL)
		elog(FATAL, "out of memory");
	set->first = NULL;
	MemoryContextCreate((MemoryContext) set, T_AllocSetContext, &methods,
						parent, name);
	return (MemoryContext) set;
}

#else

MemoryContext
FuzzContextCreate(MemoryContext parent, const char *name)
{
	(void) name;
	return AllocSetContextCreateInternal(parent, "fuzz",
										 ALLOCSET_SMALL_SIZES);
}

#endif

MemoryContext
fuzz_context_create(MemoryContext parent, const char *name, Size min,
					Size init, Size max)
{
	(void) min, (void) init, (void) max;
	return FuzzContextCreate(parent, name);
}
